import { createRequire } from 'node:module'
import type { Client, ClientConfig, Pool } from 'pg'
import { ExternalError, type Opening } from '../../ports.ts'
import { type Gate, newGate } from '../gate.ts'
import { isLost } from './failures.ts'
import { type Atomically, type Queries, throwWithoutValues, withDrizzle } from './queries.ts'
import { type Met, transactions } from './transactions.ts'

export { type Atomically, type Queries, throwWithoutValues, withDrizzle } from './queries.ts'

const load = createRequire(import.meta.url)
const pg = load('pg') as typeof import('pg')

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

/** Opens a pool of connections. Nothing is connected yet. `meet` is done on each one before its first use. */
export const openConnection = (
  config: ClientConfig,
  onBlocked?: Opening['onBlocked'],
  meet: Met['meet'] = async () => {},
): Connection => {
  const verify = (client: Client, done: (error?: Error) => void) => {
    meet(client).then(() => done(), done)
  }
  const settings = { ...limits, max: most, pipeline: true, keepAlive: true, verify, ...config }
  const pool = new pg.Pool(settings)
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
  const met: Met = { meet }
  const waiting = newGate({ isBlocked: isLost, isFree, look: 100, refusal }, onBlocked)
  const gate: Gate = { ...waiting, run: (work) => waiting.run(work).catch(throwWithoutValues) }
  return {
    pool,
    queries: withDrizzle(pool),
    atomically: transactions(pool, gate, met),
    lightly: transactions(pool, gate, met, '; SET LOCAL synchronous_commit = off'),
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
    // Nobody's function in another schema may be taken for one of the system's: this may be the owner.
    await client.query('SET search_path = pg_catalog')
    return await work(client)
  } catch (error) {
    return throwWithoutValues(error)
  } finally {
    await client.end().catch(() => {})
  }
}
