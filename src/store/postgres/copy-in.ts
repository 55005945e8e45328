import type { Client, ClientConfig } from 'pg'
import * as z from 'zod'
import type { AuditHead } from '../../ports.ts'
import { type CopySource, notCopied, type Stored } from '../rows/copy.ts'
import { head, walkAudit } from './audit.ts'
import { withClient, withDrizzle } from './connection.ts'
import { alone, pendingMigrations } from './migrate.ts'
import { indexAll } from './resource-texts.ts'

/** What a copy brought, or would bring. */
export type Copied = {
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, number>
  /** The end of the audit log in the copy; absent in a trial. */
  readonly head?: AuditHead
  /** Texts in which a NUL, which PostgreSQL cannot store, became U+FFFD. */
  readonly mended: number
}

type How = {
  readonly isTrial: boolean
  /** Called with the rows copied so far. */
  readonly onProgress: (rows: number) => void
  /** Shipped migrations: the target must have them all. */
  readonly folder: string
}

/**
 * Copies every table into an empty, migrated database in one transaction, so that a kill leaves it empty. Constraints
 * and triggers wait until all rows are there. Then the audit log is checked, before anything counts.
 */
export const copyInto = (owner: ClientConfig, source: CopySource, how: How): Promise<Copied> =>
  withClient(owner, async (client) => {
    const copied = await alone(client, async () => {
      const tables = await emptyTables(client, source, how.folder)
      const rows = new Map([...tables.keys()].map((name) => [name, source.count(name)]))
      if (how.isTrial) return { rows, mended: 0 }
      const settled = await relaxed(client, [...tables.keys()])
      const mended = await copyTables(client, source, tables, how.onProgress)
      await settled()
      await numberOn(client)
      await indexAll(withDrizzle(client))
      return { rows, mended, head: await checked(client, rows) }
    })
    if (!how.isTrial) await client.query('ANALYZE') // as autovacuum will do: the first plans need it at once
    return copied
  })

type Column = { readonly name: string; readonly type: string }
const Columns = z.array(z.object({ table: z.string(), name: z.string(), type: z.string() }))

/** The tables of the source with their columns, locked against everybody. Throws where anything is in them. */
const emptyTables = async (
  client: Client,
  source: CopySource,
  folder: string,
): Promise<Map<string, readonly Column[]>> => {
  const pending = await pendingMigrations(client, folder)
  if (pending.length > 0) throw new Error('the target is not ready: run "latchkey database migrate" first')
  const { rows } = await client.query(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND c.relname <> ALL ($1) ORDER BY c.relname, a.attnum`,
    [notCopied],
  )
  const all = Map.groupBy(Columns.parse(rows), ({ table }) => table)
  const tables = new Map([...all].filter(([table]) => source.columnsOf(table) !== undefined))
  for (const name of tables.keys()) {
    await client.query(`LOCK TABLE latchkey.${quoted(name)} IN ACCESS EXCLUSIVE MODE NOWAIT`).catch(inUse)
    const where = name === 'audit_head' ? 'WHERE sequence > 0' : ''
    const { rowCount } = await client.query(`SELECT FROM latchkey.${quoted(name)} ${where} LIMIT 1`)
    if (rowCount !== 0) throw new Error(`the target is not empty: there are rows in ${name}`)
  }
  return tables
}

const inUse = (cause: unknown): never => {
  throw new Error('somebody uses the target: stop every server there first', { cause })
}

/** Takes foreign keys and triggers away until the returned function puts them back, which checks every row. */
const relaxed = async (client: Client, tables: readonly string[]): Promise<() => Promise<void>> => {
  const { rows } = await client.query<{ on: string; name: string; says: string }>(
    `SELECT conrelid::regclass::text AS on, conname AS name, pg_get_constraintdef(oid) AS says FROM pg_constraint
    WHERE connamespace = 'latchkey'::regnamespace AND contype = 'f'`,
  )
  for (const { on, name } of rows) await client.query(`ALTER TABLE ${on} DROP CONSTRAINT ${quoted(name)}`)
  const triggers = async (what: 'DISABLE' | 'ENABLE') => {
    for (const table of tables) await client.query(`ALTER TABLE latchkey.${quoted(table)} ${what} TRIGGER USER`)
  }
  await triggers('DISABLE')
  return async () => {
    for (const { on, name, says } of rows)
      await client.query(`ALTER TABLE ${on} ADD CONSTRAINT ${quoted(name)} ${says}`)
    await triggers('ENABLE')
  }
}

const together = 2_000 // rows in one statement

/** Streams every table; returns the number of texts that had to be mended. */
const copyTables = async (
  client: Client,
  source: CopySource,
  tables: ReadonlyMap<string, readonly Column[]>,
  onProgress: (rows: number) => void,
): Promise<number> => {
  let mended = 0
  let done = 0
  const stored = (value: Stored, { type }: Column): Stored | boolean => {
    if (type === 'boolean' && value !== null) return value === 1
    if (typeof value !== 'string' || !value.includes('\0')) return value
    mended += 1
    return value.replaceAll('\0', '\u{fffd}')
  }
  await client.query('DELETE FROM latchkey.audit_head')
  for (const [table, columns] of tables) {
    const names = columns.map(({ name }) => quoted(name)).join(', ')
    const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')
    const insert = `INSERT INTO latchkey.${quoted(table)} (${names}) SELECT * FROM unnest(${arrays})`
    let batch: (Stored | boolean)[][] = columns.map(() => [])
    const flush = async () => {
      const length = batch[0]?.length ?? 0
      if (length === 0) return
      await client.query(insert, batch)
      batch = columns.map(() => [])
      done += length
      onProgress(done)
    }
    for (const row of source.rows(
      table,
      columns.map(({ name }) => name),
    )) {
      for (const [index, column] of columns.entries()) batch[index]?.push(stored(row[index] ?? null, column))
      if (batch[0]?.length === together) await flush()
    }
    await flush()
  }
  return mended
}

/** The next row of each table gets the next number. */
const numberOn = async (client: Client): Promise<void> => {
  const { rows } = await client.query<{ table: string; column: string }>(
    `SELECT attrelid::regclass::text AS table, attname AS column FROM pg_attribute
    WHERE attidentity <> '' AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace)`,
  )
  for (const { table, column } of rows) {
    const name = quoted(column)
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(${name}), 1), count(${name}) > 0) FROM ${table}`,
      [table, column],
    )
  }
}

/** Counts every table, and follows the whole audit log. Throws what is not as in the source. */
const checked = async (client: Client, expected: ReadonlyMap<string, number>): Promise<AuditHead> => {
  for (const [table, rows] of expected) {
    const counted = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM latchkey.${quoted(table)}`)
    if (Number(counted.rows[0]?.rows) !== rows) throw new Error(`the copy of ${table} has not all rows`)
  }
  const queries = withDrizzle(client)
  const { firstBad } = await walkAudit(queries, [])
  if (firstBad)
    throw new Error(`the audit log of the source is not whole at row ${firstBad.sequence} (${firstBad.fault})`)
  return head(queries)
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
