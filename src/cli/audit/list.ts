import { nameOf } from '../../app/evidence.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { AuditRow, Database, StoreReader } from '../../ports.ts'
import { printable } from '../../terminal.ts'
import { existingDatabase, type PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { type Column, printTable } from '../table.ts'
import { CliError } from '../trouble.ts'
import { type FilterOptions, filterOf, momentText } from './options.ts'

export type ListOptions = FilterOptions & { readonly limit: number; readonly json?: boolean }

/** Opens the log for `work`, and always closes it. */
export const withReader = async <T>(
  options: PlaceOptions,
  io: Io,
  work: (reader: StoreReader) => Promise<T>,
): Promise<T> => {
  const reader = await openOrSay(await existingDatabase(options, io))
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}

const openOrSay = async (database: Database): Promise<StoreReader> => {
  try {
    return await database.read()
  } catch (error) {
    throw new CliError(messageOf(error))
  }
}

/** `latchkey audit list` */
export const listAudit = (options: ListOptions, io: Io): Promise<void> =>
  withReader(options, io, async (reader) => {
    const rows = await reader.latestRows(filterOf(options, Date.now()), options.limit)
    printTable(io, columns, rows, { json: options.json, empty: 'No such rows.' })
  })

/** The first letters of an id are enough to name it in another command. */
export const shortId = (id: string | undefined): string => id?.slice(0, 8) ?? ''

export const detailText = (detail: AuditRow['detail']): string =>
  Object.entries(detail)
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    .join(' ')

const columns: readonly Column<AuditRow>[] = [
  { title: 'no', of: ({ sequence }) => String(sequence) },
  { title: 'time', of: ({ at }) => momentText(at) },
  { title: 'what', of: ({ kind }) => kind },
  { title: 'by', of: ({ actor }) => nameOf(actor) },
  { title: 'where', of: ({ integration }) => integration ?? '' },
  { title: 'request', of: ({ request }) => shortId(request) },
  { title: 'detail', of: ({ detail }) => detailText(detail) },
]

/** `latchkey audit show` */
export const showAudit = (sequence: number, options: PlaceOptions & { json?: boolean }, io: Io): Promise<void> =>
  withReader(options, io, async (reader) => {
    const found = await reader.row(sequence)
    if (!found) throw new CliError(`There is no row ${sequence}; the newest is ${(await reader.auditHead()).sequence}.`)
    const { row, previous } = found
    if (options.json) return io.say(JSON.stringify({ ...row, previous }, undefined, 2))
    const { at, kind, actor, integration, request, grant, detail, hash } = row
    const lines: readonly [string, string | undefined][] = [
      ['row', String(sequence)],
      ['time', `${momentText(at)} (${at})`],
      ['what', kind],
      ['by', nameOf(actor)],
      ['where', integration],
      ['request', request],
      ['grant', grant],
      ...Object.entries(detail).map(([key, value]): [string, string] => [`  ${key}`, String(value)]),
      ['hash', hash],
      ['after', previous],
    ]
    for (const [name, value] of lines) if (value !== undefined) io.say(`${name.padEnd(14)}${printable(value)}`)
  })
