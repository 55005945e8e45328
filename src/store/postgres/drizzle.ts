import { createRequire } from 'node:module'

export type { SQL, SQLWrapper } from 'drizzle-orm'

// drizzle takes 250 MB of memory at start when imported as ES modules, and 20 MB when required.
const load = createRequire(import.meta.url)

export const { drizzle } = load('drizzle-orm/node-postgres') as typeof import('drizzle-orm/node-postgres')
export const {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  not,
  or,
  sql,
} = load('drizzle-orm') as typeof import('drizzle-orm')
const { bigint, boolean, customType, pgSchema, primaryKey } = load(
  'drizzle-orm/pg-core',
) as typeof import('drizzle-orm/pg-core')

export { boolean, customType, primaryKey }

/** Text without NUL, which PostgreSQL cannot hold: outside text may have it, and must not fail a whole transaction. */
export const text = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => value.replaceAll('\0', '\uFFFD'),
})
/** Many values as one parameter. */
export const list = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`

/** Every name is qualified with the schema, so that no search path decides what a statement means. */
const latchkey = pgSchema('latchkey')
export const table = latchkey.table
/** A whole number that JavaScript holds exactly. */
export const integer = () => bigint({ mode: 'number' })
/** The number of a row, drawn by the database unless a copy brings its own. */
export const rowNumber = () => integer().primaryKey().generatedByDefaultAsIdentity()
