import type { Command } from 'commander'
import { Option } from 'commander'
import type { GrantLine } from '../../control/protocol.ts'
import { proofVerb } from '../../domain/proof.ts'
import { timesText } from '../../views/use-text.ts'
import { shortId } from '../audit/list.ts'
import { countOf, momentText } from '../audit/options.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { type Column, printTable } from '../table.ts'
import { itemsText } from './requests.ts'

type ListOptions = PlaceOptions & {
  readonly state?: GrantLine['state'] | 'live'
  readonly all?: boolean
  readonly person?: string
  readonly integration?: string
  readonly limit: number
  readonly json?: boolean
}

/** `latchkey grants` */
export const define = (command: Command, io: Io): void => {
  const states = ['live', 'provisioning', 'active', 'revoking', 'ended']
  withJsonOption(withPlaceOptions(command))
    .addOption(new Option('--state <state>', 'only grants in this state').choices(states).default('live'))
    .option('--all', 'include ended grants')
    .option('--person <person>', 'only grants of this person')
    .option('--integration <name>', 'only grants at this integration')
    .option('--limit <count>', 'the most grants to show, newest first', countOf('--limit'), 50)
    .addHelpText(
      'after',
      examples('latchkey grants', 'latchkey grants --state revoking', 'latchkey grants --all --json'),
    )
    .action((options: ListOptions) => listGrants(options, io))
}

const listGrants = async (options: ListOptions, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { state, all, person, integration, limit, json } = options
  const rows = await withServer(options, io, (server) =>
    server.ask({ verb: 'grants', ...{ person, integration, limit }, ...(all ? {} : { state }) }),
  )
  printTable(io, grantColumns, rows, { json, empty: 'No such grants.' })
}

/** The state of a grant in one line. "Ended" appears only once the end is proved. */
export const grantText = ({
  state,
  expiresAt,
  because = '',
  note,
  endedAt,
  proof,
  trouble,
  nextTry,
  lapse,
}: GrantLine): string => {
  const lapsed = lapse
    ? `, no new credential (${lapse.why})${lapse.endsAt ? `, ends ${momentText(lapse.endsAt)}` : ''}`
    : ''
  const waits = trouble ? `: the vault says ${trouble.code}${nextTry ? `, next try ${momentText(nextTry)}` : ''}` : ''
  const why = note === undefined ? because : `${because}: “${note}”`
  switch (state) {
    case 'provisioning':
      return `being set up${lapsed}${waits}`
    case 'active':
      return `active until ${momentText(expiresAt ?? 0)}${lapsed}${waits}`
    case 'revoking':
      return `ending (${why}), not proved yet${waits}`
    case 'ended':
      return `ended ${momentText(endedAt ?? 0)} (${why})${proof ? `, ${proofText(proof)}` : ''}`
    default:
      return state satisfies never
  }
}

const proofText = ({ means, latency }: NonNullable<GrantLine['proof']>): string =>
  `${proofVerb({ means })} by ${means} after ${Math.round(latency)} ms`

/** What the vault's audit log says; nobody may read "never" where something may be missing. */
const usedText = ({ used, state }: GrantLine): string => {
  if (!used) return state === 'provisioning' ? '' : 'not watched'
  const { times, refused, last, isIncomplete } = used
  const uses = times > 0 ? `${timesText(times)}, last ${momentText(last ?? 0)}` : isIncomplete ? 'not seen' : 'never'
  return `${uses}${refused > 0 ? `, ${refused} refused` : ''}${isIncomplete ? ' (incomplete)' : ''}`
}

export const grantColumns: readonly Column<GrantLine>[] = [
  { title: 'grant', of: ({ id }) => shortId(id) },
  { title: 'who', of: ({ person }) => person },
  { title: 'what', of: ({ items }) => itemsText(items) },
  { title: 'where', of: ({ integration }) => integration },
  { title: 'state', of: grantText },
  { title: 'used', of: usedText },
  { title: 'request', of: ({ request }) => shortId(request) },
]
