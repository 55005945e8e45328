import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Queries } from './connection.ts'
import { getTableColumns, sql } from './drizzle.ts'

/**
 * A prepared statement, built once for each database: drizzle takes longer to build most of them than SQLite to run
 * them. What changes from run to run is `given`.
 */
export const statement = <Built extends object>(build: (queries: Queries) => Built): ((queries: Queries) => Built) => {
  const built = new WeakMap<Queries, Built>()
  return (queries) => {
    const known = built.get(queries)
    if (known) return known
    const fresh = build(queries)
    built.set(queries, fresh)
    return fresh
  }
}

/** A value that comes with each run, encoded as its column wants. */
export const given = <Name extends string>(name: Name) => sql.placeholder(name)

/**
 * The same for every column of a table but some, so that none is forgotten: a run without it fails. Typed to fit any
 * column, as drizzle's types know of placeholders in `values` only.
 */
export const givenRow = <Table extends SQLiteTable, Left extends keyof Table['$inferInsert'] = never>(
  table: Table,
  ...left: readonly Left[]
): Record<Exclude<keyof Table['$inferInsert'], Left>, never> =>
  givenColumns(Object.keys(getTableColumns(table)).filter((name) => !left.some((one) => one === name))) as Record<
    Exclude<keyof Table['$inferInsert'], Left>,
    never
  >

/** The same for columns by their names. */
export const givenColumns = <Name extends string>(names: readonly Name[]): Record<Name, never> =>
  Object.fromEntries(names.map((name) => [name, given(name)])) as Record<Name, never>
