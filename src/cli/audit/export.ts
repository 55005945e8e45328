import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { nameOf } from '../../app/evidence.ts'
import type { AuditLines } from '../../control/operator-lines.ts'
import type { AuditFilter, AuditHead } from '../../ports.ts'
import { printableLines } from '../../terminal.ts'
import { withServer } from '../client.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { withReader } from './list.ts'
import { type FilterOptions, filterOf, headText } from './options.ts'

type ExportOptions = FilterOptions & { readonly format: string; readonly out?: string; readonly server?: boolean }

type AuditRow = AuditLines['rows'][number]

/** Where the rows come from: the database, or the running server. */
type Source = {
  auditHead(): Promise<AuditHead>
  rowsAfter(sequence: number, filter: AuditFilter, limit: number): Promise<readonly AuditRow[]>
}

const page = 500
const said = 100_000 // rows between two progress messages

/** `latchkey audit export` writes page by page, never faster than its reader, so that memory stays constant. */
export const exportAudit = (options: ExportOptions, io: Io): Promise<void> =>
  options.server ? fromServer(options, io) : withReader(options, io, (reader) => exportFrom(reader, options, io))

const fromServer = (options: ExportOptions, io: Io): Promise<void> => {
  const chosen = Object.keys(filterOf(options, Date.now()))
  if (chosen.length > 0) throw usageError(`--server exports all rows; leave out --${chosen.join(', --')}`)
  return withServer(options, io, (server) => {
    const source: Source = {
      auditHead: async () => (await server.ask({ verb: 'export-audit', limit: 1 })).head,
      rowsAfter: async (after, _, limit) => (await server.ask({ verb: 'export-audit', after, limit })).rows,
    }
    return exportFrom(source, options, io)
  })
}

const exportFrom = async (reader: Source, options: ExportOptions, io: Io): Promise<void> => {
  const format = Object.hasOwn(formats, options.format) ? formats[options.format] : undefined
  if (!format) throw usageError(`--format: "${options.format}" is unknown; write jsonl or csv`)
  const target = options.out === undefined ? process.stdout : await openNew(options.out)
  const write = async (text: string) => {
    if (!target.write(text)) await once(target, 'drain')
  }
  await write(format.head)
  const count = await eachPage(reader, options, async (rows, sofar) => {
    await write(rows.map(format.line).join(''))
    if (Math.floor(sofar / said) > Math.floor((sofar - rows.length) / said)) io.note(`… ${sofar} rows`)
  })
  if (target !== process.stdout) {
    target.end()
    await finished(target)
  }
  io.note(`${count} ${count === 1 ? 'row' : 'rows'}; the log ends at ${headText(await reader.auditHead())}`)
}

const eachPage = async (
  reader: Source,
  options: FilterOptions,
  use: (rows: readonly AuditRow[], sofar: number) => Promise<void>,
): Promise<number> => {
  const filter = filterOf(options, Date.now())
  const { sequence: end } = await reader.auditHead() // rows that are written during the export are not part of it
  let count = 0
  for (let after = 0; after < end; ) {
    const found = await reader.rowsAfter(after, filter, page)
    const rows = found.filter(({ sequence }) => sequence <= end)
    count += rows.length
    if (rows.length > 0) await use(rows, count)
    after = found.length < page ? end : (found.at(-1)?.sequence ?? end)
  }
  return count
}

/** Never overwrites a file, and lets only its owner read it: the log says who could read what. */
const openNew = async (file: string): Promise<Writable> => {
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  try {
    await once(stream, 'open')
    return stream
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CliError(isThere ? `${file} is there already.` : `${file} cannot be written: ${error}`)
  }
}

type Format = { readonly head: string; readonly line: (row: AuditRow) => string }

/** RFC 4180: quotes fields where needed, doubles quotes, ends lines with CR LF. */
const csvLine = (fields: readonly (string | number)[]): string => `${fields.map(csvField).join(',')}\r\n`

const csvField = (value: string | number): string => {
  if (typeof value === 'number') return String(value)
  const visible = printableLines(value)
  const text = isFormula.test(visible) ? `'${visible}` : visible
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Text that a spreadsheet would run instead of showing it; a leading apostrophe makes it text. */
const isFormula = /^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/

const iso = (moment: number): string => new Date(moment).toISOString()

const formats: Readonly<Record<string, Format>> = {
  /** Each row unchanged as JSON, so that anybody can follow the chain of hashes. */
  jsonl: { head: '', line: (row) => `${printableLines(JSON.stringify(row))}\n` },
  csv: {
    head: csvLine([
      'sequence',
      'time',
      'kind',
      'actor_kind',
      'actor',
      'integration',
      'request',
      'grant',
      'detail',
      'hash',
    ]),
    line: ({ sequence, at, kind, actor, integration = '', request = '', grant = '', detail, hash }) =>
      csvLine([
        sequence,
        iso(at),
        kind,
        actor.kind,
        nameOf(actor),
        integration,
        request,
        grant,
        JSON.stringify(detail),
        hash,
      ]),
  },
}
