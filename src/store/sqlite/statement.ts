import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Queries } from './connection.ts'
import { getTableColumns, sql } from './drizzle.ts'

/**
 * A prepared statement, built once per database: for most, drizzle's building takes longer than SQLite's run. Values
 * that change are `given`.
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

/** A value for each run, encoded for its column. */
export const given = <Name extends string>(name: Name) => sql.placeholder(name)

/**
 * The same for all columns of a table but some, so that none is forgotten: a run without one fails. It fits any column
 * type, because drizzle types placeholders only in `values`.
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
