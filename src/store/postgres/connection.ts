import { createRequire } from 'node:module'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Client, ClientConfig, Pool, PoolClient } from 'pg'
import { drizzle } from './drizzle.ts'
import { isLost, isRepeatable } from './failures.ts'

const load = createRequire(import.meta.url)
const pg = load('pg') as typeof import('pg')

/** The base of queries: the pool, or one connection inside a transaction. */
export type Queries = NodePgDatabase

/** Runs the work in one transaction, and again while nothing of it can have been written. */
export type Atomically = <T>(work: (within: Queries) => Promise<T>) => Promise<T>

/** An open database. */
export type Connection = {
  /** For reading outside of transactions. */
  readonly queries: Queries
  readonly atomically: Atomically
  /**
   * A transaction whose commit does not wait for the disk. A power cut may undo it, which only repeats a step. It is for
   * claims and shown messages, never for a decision or a name.
   */
  readonly lightly: Atomically
  close(): Promise<void>
}

const most = 10 // connections of one process
const tries = 20

/** Opens a pool of connections. Nothing is connected yet. */
export const openConnection = (config: ClientConfig): Connection => {
  const pool = new pg.Pool({ ...config, max: most, pipeline: true, keepAlive: true } as ClientConfig & { max: number })
  pool.on('error', () => {}) // an idle connection broke; the next one is a new one
  // Without a listener, the end of a connection that is in use would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    queries: withDrizzle(pool),
    atomically: (work) => repeated(pool, work, begin),
    lightly: (work) => repeated(pool, work, `${begin}; SET LOCAL synchronous_commit = off`),
    close: () => pool.end(),
  }
}

/** Does the work with a connection of its own, which ends with it. */
export const withClient = async <T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ ...config, keepAlive: true })
  client.on('error', () => {}) // the next query fails
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** drizzle over a connection or a pool; column names are in snake case. */
export const withDrizzle = (client: Pool | PoolClient | Client): Queries => {
  const known = wrapped.get(client)
  if (known) return known
  const fresh = drizzle({ client, casing: 'snake_case' })
  wrapped.set(client, fresh)
  return fresh
}
const wrapped = new WeakMap<object, Queries>()

// A process that stops in the middle, or a forgotten lock, must not stop the others for long.
const begin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '10s'"

const repeated = async <T>(pool: Pool, work: (within: Queries) => Promise<T>, first: string): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await once(pool, work, first)
    if ('answer' in outcome) return outcome.answer
    if (!outcome.isUndone || !isRepeatable(outcome.error) || attempt >= tries) throw outcome.error
  }
}

type Outcome<T> = { readonly answer: T } | { readonly error: unknown; readonly isUndone: boolean }

const once = async <T>(pool: Pool, work: (within: Queries) => Promise<T>, first: string): Promise<Outcome<T>> => {
  const client = await pool.connect()
  let lost: unknown
  try {
    const number = numberOf(client, first)
    try {
      const answer = await work(withDrizzle(client))
      const transaction = await number
      try {
        await client.query('COMMIT')
      } catch (error) {
        if (!isLost(error)) return { error, isUndone: true }
        lost = error
        // Only the database knows whether it committed; repeating a committed change would lose its answer.
        return (await isCommitted(pool, transaction)) ? { answer } : { error, isUndone: true }
      }
      return { answer }
    } catch (error) {
      await number.catch(() => {})
      if (isLost(error)) lost = error
      else await client.query('ROLLBACK').catch((broken: unknown) => (lost = broken))
      return { error, isUndone: true }
    }
  } finally {
    client.release(lost instanceof Error ? lost : undefined)
  }
}

/** Begins, and asks for the number of the transaction with the same wait. */
const numberOf = async (client: PoolClient, first: string): Promise<string> => {
  const [, asked] = await Promise.all([
    client.query(first),
    client.query<{ number: string }>('SELECT pg_current_xact_id()::text AS number'),
  ])
  return asked.rows[0]?.number ?? ''
}

const isCommitted = async (pool: Pool, transaction: string): Promise<boolean> => {
  const asked = await pool.query<{ state: string | null }>('SELECT pg_xact_status($1::xid8) AS state', [transaction])
  return asked.rows[0]?.state === 'committed'
}
