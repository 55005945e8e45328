import type { ClientBase, Pool, PoolClient } from 'pg'
import type { Gate } from '../gate.ts'
import { isWritten, noteTurn, type Turn } from './commits.ts'
import { isLost, isRepeatable } from './failures.ts'
import { type Atomically, type Queries, throwWithoutValues, withDrizzle } from './queries.ts'

const patience = 60_000

// A process that stops in the middle, or a forgotten lock, must not stop the others for long.
const begin =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path = pg_catalog; ' +
  "SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '10s'"

/**
 * The server that was met. A pooler keeps a connection open while the server behind it changes, so each transaction looks
 * at the timeline, too.
 */
export type Met = { readonly meet: (client: ClientBase) => Promise<void>; timeline?: string }

/** Another server took over, and was met just now: the transaction was undone. */
class Succession extends Error {}

/** Runs transactions, each again while nothing of it was written and it may succeed. `settings` follow its beginning. */
export const transactions =
  (pool: Pool, gate: Gate, met: Met, settings = ''): Atomically =>
  async (work) => {
    const tooLate = Date.now() + patience
    for (;;) {
      const outcome = await once(pool, gate, met, work, `${begin}${settings}`)
      if ('answer' in outcome) return outcome.answer
      const { error } = outcome
      const isAgain = error instanceof Succession || isRepeatable(error)
      if (!isAgain || Date.now() > tooLate) throwWithoutValues(error)
    }
  }

/** After an error nothing was written. */
type Outcome<T> = { readonly answer: T } | { readonly error: unknown }
/** `lost` ends the connection. With a `turn`, only the database knows whether the answer is written. */
type Tried<T> = Outcome<T> & { readonly lost?: Error; readonly turn?: Turn }

const once = async <T>(
  pool: Pool,
  gate: Gate,
  met: Met,
  work: (within: Queries) => Promise<T>,
  first: string,
): Promise<Outcome<T>> => {
  const client = await pool.connect()
  const tried = await tryOn(client, met, work, first)
  client.release(tried.lost) // before anything is asked: all connections may be lost at once
  const { turn, lost } = tried
  if (turn === undefined) return tried
  // Repeating a written change would lose its answer.
  return (await gate.run(() => isWritten(pool, turn))) ? tried : { error: lost }
}

const tryOn = async <T>(
  client: PoolClient,
  met: Met,
  work: (within: Queries) => Promise<T>,
  first: string,
): Promise<Tried<T>> => {
  const begun = Promise.all([client.query(first), noteTurn(client)])
  begun.catch(() => {}) // it is looked at below, and must not float before
  try {
    const answer = await work(withDrizzle(client))
    const [, { turn, timeline }] = await begun
    met.timeline ??= timeline
    if (timeline !== met.timeline) {
      await client.query('ROLLBACK')
      await met.meet(client)
      met.timeline = timeline
      return { error: new Succession() }
    }
    try {
      const { command } = await client.query('COMMIT')
      if (command === 'COMMIT') return { answer }
      return { error: new Error('A statement of the transaction had failed, so nothing was written.') }
    } catch (error) {
      return isLost(error) ? { answer, turn, lost: lostBy(error) } : { error }
    }
  } catch (error) {
    await begun.catch(() => {})
    if (isLost(error)) return { error, lost: lostBy(error) }
    const broken = await client.query('ROLLBACK').then(() => undefined, lostBy)
    return { error, ...(broken && { lost: broken }) }
  }
}

const lostBy = (error: unknown): Error => (error instanceof Error ? error : new Error('The connection is lost.'))
