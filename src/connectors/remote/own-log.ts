import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { jsonOf } from '../../domain/json-of.ts'
import type { Timestamp } from '../../domain/time.ts'

/** What the connector's own log records. It contains no credential. */
export type Record = {
  readonly what: 'joined' | 'started' | 'refused' | 'ended' | 'opened' | 'word' | 'bad-message'
  readonly detail: Readonly<{ [name: string]: string | number | boolean }>
}

const Row = z.strictObject({
  number: z.int().positive(),
  at: z.int(),
  what: z.enum(['joined', 'started', 'refused', 'ended', 'opened', 'word', 'bad-message']),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  previous: z.string(),
  hash: z.string(),
})
export type Row = z.infer<typeof Row>

/** A log in which each row holds the hash of the row before, so that none can be changed or left out unseen. */
export type OwnLog = {
  write(record: Record): Promise<Row>
  rows(): readonly Row[]
  close(): Promise<void>
}

/** Rows in memory, for the open questions of the last ones. */
const remembered = 10_000
const first = '0'.repeat(64)

const hashOf = ({ hash: _, ...row }: Omit<Row, 'hash'> & { hash?: string }): string =>
  createHash('sha256').update(JSON.stringify(row)).digest('hex')

/** Opens the log, and checks every row. Throws, with the remedy, when one is wrong. */
export const openLog = async (file: string, now: () => Timestamp): Promise<OwnLog> => {
  const text = await readFile(file, 'utf8').catch(() => '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1) // a kill may have torn the last row
  const rows: Row[] = []
  for (const line of whole.split('\n').slice(0, -1)) {
    const row = Row.safeParse(jsonOf(line))
    const last = rows.at(-1)
    const isNext =
      row.success && row.data.number === (last?.number ?? 0) + 1 && row.data.previous === (last?.hash ?? first)
    if (!row.success || !isNext || hashOf(row.data) !== row.data.hash) {
      throw new Error(`${file}: row ${(last?.number ?? 0) + 1} was changed. Find out why, then move the file away.`)
    }
    rows.push(row.data)
  }
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600)
  await handle.truncate(Buffer.byteLength(whole))
  let end = Buffer.byteLength(whole)
  let last = Promise.resolve(rows.at(-1))
  const append = async ({ what, detail }: Record, before: Row | undefined): Promise<Row> => {
    const row = { number: (before?.number ?? 0) + 1, at: now(), what, detail, previous: before?.hash ?? first }
    const made: Row = { ...row, hash: hashOf(row) }
    const line = Buffer.from(`${JSON.stringify(made)}\n`)
    await handle.write(line, 0, line.length, end)
    await handle.sync()
    end += line.length
    rows.push(made)
    if (rows.length > remembered) rows.splice(0, rows.length - remembered)
    return made
  }
  return {
    write: (record) => {
      const written = last.then((before) => append(record, before))
      last = written.catch(() => rows.at(-1))
      return written
    },
    rows: () => rows,
    close: async () => {
      await last
      await handle.close()
    },
  }
}
