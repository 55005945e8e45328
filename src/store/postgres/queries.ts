import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Client, Pool, PoolClient } from 'pg'
import { drizzle } from './drizzle.ts'
import { withoutValues } from './failures.ts'

/** The base of queries: the pool, or one connection inside a transaction. */
export type Queries = NodePgDatabase

/** Runs the work in one transaction, and again after a deadlock or the like. */
export type Atomically = <T>(work: (within: Queries) => Promise<T>) => Promise<T>

/** drizzle over a connection or a pool; column names are in snake case. */
export const withDrizzle = (client: Pool | PoolClient | Client): Queries => {
  const known = wrapped.get(client)
  if (known) return known
  const fresh = drizzle({ client, casing: 'snake_case' })
  wrapped.set(client, fresh)
  return fresh
}
const wrapped = new WeakMap<object, Queries>()

/** What leaves the store may be logged. */
export const throwWithoutValues = (error: unknown): never => {
  throw withoutValues(error)
}
