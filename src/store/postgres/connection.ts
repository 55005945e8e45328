import { createRequire } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Client, ClientConfig, Pool, PoolClient } from 'pg'
import { ExternalError, type Opening } from '../../ports.ts'
import { type Gate, newGate } from '../gate.ts'
import { drizzle } from './drizzle.ts'
import { codeOf, isLost, isRepeatable, withoutValues } from './failures.ts'

const load = createRequire(import.meta.url)
const pg = load('pg') as typeof import('pg')

/** The base of queries: the pool, or one connection inside a transaction. */
export type Queries = NodePgDatabase

/** Runs the work in one transaction, and again after a deadlock or the like. */
export type Atomically = <T>(work: (within: Queries) => Promise<T>) => Promise<T>

/** An open database. */
export type Connection = {
  readonly pool: Pool
  /** For reading outside of transactions. */
  readonly queries: Queries
  readonly atomically: Atomically
  /**
   * A transaction whose commit does not wait for the disk. A power cut may undo it, which only repeats a step. It is for
   * claims and shown messages, never for a decision or a name.
   */
  readonly lightly: Atomically
  /** Makes verbs wait while PostgreSQL is away. */
  readonly gate: Gate
  close(): Promise<void>
}

/** The ways in which a verb runs. */
export type Ways = Pick<Connection, 'queries' | 'atomically' | 'lightly'> & {
  /** As safe, but no other process is told: for claims, of which nobody learns anything. */
  readonly quietly: Atomically
}

const most = 10 // connections of one process
const patience = 60_000

/** Opens a pool of connections. Nothing is connected yet. `meet` is done on each one before its first use. */
export const openConnection = (
  config: ClientConfig,
  onBlocked?: Opening['onBlocked'],
  meet: (client: Client) => Promise<void> = async () => {},
): Connection => {
  const verify = (client: Client, done: (error?: Error) => void) => {
    meet(client).then(() => done(), done)
  }
  const usual = { ...limits, max: most, pipeline: true, keepAlive: true, verify }
  const pool = new pg.Pool({ ...usual, ...config } as ClientConfig)
  pool.on('error', () => {}) // an idle connection broke; the next one is a new one
  pool.on('connect', (client) => {
    // Without a listener, the end of a connection that is in use would end the process.
    client.on('error', () => {})
    client.query('SET search_path = pg_catalog').catch(() => {})
  })
  const isFree = () =>
    pool.query('SELECT 1').then(
      () => true,
      (error: unknown) => {
        if (isLost(error)) return false
        throw error
      },
    )
  const waiting = newGate({ isBlocked: isLost, isFree, look: 100, refusal }, onBlocked)
  const gate: Gate = { ...waiting, run: (work) => waiting.run(work).catch(throwWithoutValues) }
  return {
    pool,
    queries: withDrizzle(pool),
    atomically: transactions(pool, gate, begin),
    lightly: transactions(pool, gate, `${begin}; SET LOCAL synchronous_commit = off`),
    gate,
    close: () => {
      gate.close()
      return pool.end()
    },
  }
}

// A server that neither answers nor breaks off must not hold a verb for ever.
const limits = { connectionTimeoutMillis: 10_000, query_timeout: 30_000 }

const refusal = () => new ExternalError('database-away', 'PostgreSQL cannot be reached.', { transient: true })

/** Does the work with a connection of its own, which ends with it. */
export const withClient = async <T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ ...config, keepAlive: true })
  client.on('error', () => {}) // the next query fails
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    return throwWithoutValues(error)
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
const begin =
  'BEGIN ISOLATION LEVEL READ COMMITTED; ' +
  "SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '10s'"

const transactions =
  (pool: Pool, gate: Gate, first: string): Atomically =>
  async (work) => {
    const tooLate = Date.now() + patience
    for (;;) {
      const outcome = await once(pool, gate, work, first)
      if ('answer' in outcome) return outcome.answer
      if (!isRepeatable(outcome.error) || Date.now() > tooLate) throwWithoutValues(outcome.error)
    }
  }

/** What leaves the store may be logged. */
export const throwWithoutValues = (error: unknown): never => {
  throw withoutValues(error)
}

/** After an error nothing was written. */
type Outcome<T> = { readonly answer: T } | { readonly error: unknown }

const once = async <T>(
  pool: Pool,
  gate: Gate,
  work: (within: Queries) => Promise<T>,
  first: string,
): Promise<Outcome<T>> => {
  const client = await pool.connect()
  let lost: unknown
  try {
    const number = numberOf(client, first)
    number.catch(() => {}) // it is looked at below, and must not float before
    try {
      const answer = await work(withDrizzle(client))
      const transaction = await number
      try {
        const { command } = await client.query('COMMIT')
        if (command === 'COMMIT') return { answer }
        return { error: new Error('A statement of the transaction had failed, so nothing was written.') }
      } catch (error) {
        if (!isLost(error)) return { error }
        lost = error
        // Only the database knows whether it committed; repeating a committed change would lose its answer.
        return (await isCommitted(pool, gate, transaction)) ? { answer } : { error }
      }
    } catch (error) {
      await number.catch(() => {})
      if (isLost(error)) lost = error
      else await client.query('ROLLBACK').catch((broken: unknown) => (lost = broken))
      return { error }
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

const isCommitted = (pool: Pool, gate: Gate, transaction: string): Promise<boolean> =>
  gate.run(async () => {
    for (;;) {
      const state = await stateOf(pool, transaction)
      if (state !== 'in progress') return state === 'committed'
      await delay(100) // the server has not noticed the broken connection yet
    }
  })

const stateOf = async (pool: Pool, transaction: string): Promise<string | null | undefined> => {
  try {
    const asked = await pool.query<{ state: string | null }>('SELECT pg_xact_status($1::xid8) AS state', [transaction])
    return asked.rows[0]?.state
  } catch (error) {
    if (codeOf(error) === '22023') return 'aborted' // a standby that took over never heard of it
    throw error
  }
}
