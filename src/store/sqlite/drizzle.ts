import { createRequire } from 'node:module'

export type { SQL } from 'drizzle-orm'

// drizzle takes 250 MB of memory at start when imported as ES modules, and 20 MB when required.
const load = createRequire(import.meta.url)

export const { drizzle } = load('drizzle-orm/better-sqlite3') as typeof import('drizzle-orm/better-sqlite3')
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
export const { customType, getTableConfig, integer, primaryKey, sqliteTable, text } = load(
  'drizzle-orm/sqlite-core',
) as typeof import('drizzle-orm/sqlite-core')
