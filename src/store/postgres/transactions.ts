import type { Pool, PoolClient } from 'pg'
import type { Gate } from '../gate.ts'
import { isWritten, noteTurn, type Turn } from './commits.ts'
import { isLost, isRepeatable } from './failures.ts'
import { type Atomically, type Queries, throwWithoutValues, withDrizzle } from './queries.ts'

const patience = 60_000

// A process that stops in the middle, or a forgotten lock, must not stop the others for long.
const begin =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path = pg_catalog; ' +
  "SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '10s'"

/** Runs transactions, each again while nothing of it was written and it may succeed. `settings` follow its beginning. */
export const transactions =
  (pool: Pool, gate: Gate, settings = ''): Atomically =>
  async (work) => {
    const tooLate = Date.now() + patience
    for (;;) {
      const outcome = await once(pool, gate, work, `${begin}${settings}`)
      if ('answer' in outcome) return outcome.answer
      if (!isRepeatable(outcome.error) || Date.now() > tooLate) throwWithoutValues(outcome.error)
    }
  }

/** After an error nothing was written. */
type Outcome<T> = { readonly answer: T } | { readonly error: unknown }
/** `lost` ends the connection. With a `turn`, only the database knows whether the answer is written. */
type Tried<T> = Outcome<T> & { readonly lost?: Error; readonly turn?: Turn }

const once = async <T>(
  pool: Pool,
  gate: Gate,
  work: (within: Queries) => Promise<T>,
  first: string,
): Promise<Outcome<T>> => {
  const client = await pool.connect()
  const tried = await tryOn(client, work, first)
  client.release(tried.lost) // before anything is asked: all connections may be lost at once
  const { turn, lost } = tried
  if (turn === undefined) return tried
  // Repeating a written change would lose its answer.
  return (await gate.run(() => isWritten(pool, turn))) ? tried : { error: lost }
}

const tryOn = async <T>(
  client: PoolClient,
  work: (within: Queries) => Promise<T>,
  first: string,
): Promise<Tried<T>> => {
  const begun = Promise.all([client.query(first), noteTurn(client)])
  begun.catch(() => {}) // it is looked at below, and must not float before
  try {
    const answer = await work(withDrizzle(client))
    const [, turn] = await begun
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
