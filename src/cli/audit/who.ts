import { type AccessThen, accessAt } from '../../app/access-at.ts'
import type { StoreReader } from '../../ports.ts'
import { printable } from '../../terminal.ts'
import type { PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { type Column, printTable } from '../table.ts'
import { CliError } from '../trouble.ts'
import { shortId, withReader } from './list.ts'
import { momentOf, momentText } from './options.ts'

type WhoOptions = PlaceOptions & { readonly resource: string; readonly at: string; readonly json?: boolean }

/** `latchkey audit who` */
export const whoHadAccess = (options: WhoOptions, io: Io): Promise<void> =>
  withReader(options, io, async (reader) => {
    const moment = momentOf(options.at, Date.now(), '--at')
    const holdings = await reader.holdings(options.resource)
    if (holdings.length === 0) return io.say(options.json ? '[]' : await nobodyEver(reader, options.resource))
    const found: Entry[] = []
    for (const { request, grant } of holdings) {
      const then = grant && accessAt(request, grant, await reader.auditOf(request.id), moment)
      if (then) found.push(entryOf(then, options.resource))
    }
    const what = `${printable(options.resource)} at ${momentText(moment)}`
    printTable(io, columns, found, { json: options.json, empty: `Nobody had access to ${what}.` })
    if (found.length === 0 || options.json) return
    const readers = [...new Set(found.filter(({ credentialSince }) => credentialSince).map(({ person }) => person))]
    io.say(`\nCould have used ${what}: ${readers.length === 0 ? 'nobody held a credential' : readers.join(', ')}.`)
    io.say('Access counts until its end was proved. Only the vault’s own audit log shows whether a secret was read.')
  })

const nobodyEver = async (reader: StoreReader, resource: string): Promise<string> => {
  const [last = ''] = resource.split('/').slice(-1)
  const similar = await reader.pathsLike(last, 5)
  if (similar.includes(resource)) return `Nobody ever had access to ${resource}.`
  const hint = similar.length > 0 ? ` Did you mean ${similar.join(', ')}?` : ''
  throw new CliError(`Nobody ever had access to "${resource}", and no resource of that path is known.${hint}`)
}

const entryOf = ({ request, grant, from, until, endingSince, credentialSince }: AccessThen, resource: string) => ({
  person: request.requester,
  integration: request.integration,
  permissions: grant.items.filter(({ path, resource: id }) => path === resource || id === resource).map(itemText),
  from: iso(from),
  ...(endingSince !== undefined && { endingSince: iso(endingSince) }),
  ...(until !== undefined && { provedOver: iso(until) }),
  ...(credentialSince !== undefined && { credentialSince: iso(credentialSince) }),
  reason: request.reason,
  request: request.id,
  grant: grant.id,
})

const itemText = ({ type, permission }: AccessThen['grant']['items'][number]): string => `${permission} (${type})`
const iso = (moment: number): string => new Date(moment).toISOString()
const short = (moment: string | undefined, otherwise: string): string =>
  moment === undefined ? otherwise : momentText(Date.parse(moment))

type Entry = ReturnType<typeof entryOf>

const columns: readonly Column<Entry>[] = [
  { title: 'who', of: ({ person }) => person },
  { title: 'what', of: ({ permissions }) => permissions.join(', ') },
  { title: 'from', of: ({ from }) => short(from, '') },
  { title: 'proved over', of: ({ provedOver }) => short(provedOver, 'not yet') },
  { title: 'credential', of: ({ credentialSince }) => short(credentialSince, 'none') },
  { title: 'why', of: ({ reason }) => reason },
  { title: 'request', of: ({ request }) => shortId(request) },
]
