import type { Command } from 'commander'
import { Option } from 'commander'
import type { RequestLine } from '../../control/protocol.ts'
import { shortId } from '../audit/list.ts'
import { countOf, momentText } from '../audit/options.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { type Column, printTable } from '../table.ts'

type ListOptions = PlaceOptions & {
  readonly state?: RequestLine['state'] | 'open'
  readonly all?: boolean
  readonly person?: string
  readonly integration?: string
  readonly limit: number
  readonly json?: boolean
}

/** `latchkey requests` */
export const define = (command: Command, io: Io): void => {
  const states = ['open', 'pending', 'approved', 'denied', 'cancelled', 'expired']
  withJsonOption(withPlaceOptions(command))
    .addOption(new Option('--state <state>', 'only requests in this state').choices(states).default('open'))
    .option('--all', 'whatever their state')
    .option('--person <person>', 'only requests of this person')
    .option('--integration <name>', 'only requests at this integration')
    .option('--limit <count>', 'the most requests to show, newest first', countOf('--limit'), 50)
    .addHelpText('after', examples('latchkey requests', 'latchkey requests --state denied --person developer'))
    .action((options: ListOptions) => listRequests(options, io))
}

const listRequests = async (options: ListOptions, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { state, all, person, integration, limit, json } = options
  const rows = await withServer(options, io, (server) =>
    server.ask({ verb: 'requests', ...{ person, integration, limit }, ...(all ? {} : { state }) }),
  )
  printTable(io, columns, rows, { json, empty: 'No such requests.' })
}

/** Items in one cell, with what was denied of them. */
export const itemsText = (items: RequestLine['items']): string =>
  items
    .map(({ permission, type, path, except, denied }) =>
      [
        `${permission} ${type} ${path}`,
        ...(except ? [`without ${except.join(' ')}`] : []),
        ...(denied ? ['(denied)'] : []),
      ].join(' '),
    )
    .join(', ')

const stateText = ({ state, decideBy, grant }: RequestLine): string => {
  if (decideBy !== undefined) return `pending until ${momentText(decideBy)}`
  return grant ? `${state}, access ${grant.state}` : state
}

const columns: readonly Column<RequestLine>[] = [
  { title: 'request', of: ({ id }) => shortId(id) },
  { title: 'state', of: stateText },
  { title: 'who', of: ({ person }) => person },
  { title: 'what', of: ({ items }) => itemsText(items) },
  { title: 'where', of: ({ integration }) => integration },
  { title: 'asked', of: ({ submittedAt }) => momentText(submittedAt) },
  { title: 'owners', of: ({ owners }) => owners.join(', ') },
  { title: 'why', of: ({ reason = '' }) => reason },
]
