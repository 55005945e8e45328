import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/**
 * Waits until no other transaction has the lock of this name, and keeps it until the end of this one.
 *
 * Statements of one `Promise.all` go out when each begins, not in the order of the list: a builder begins only when it is
 * awaited. `execute()` begins it at once. Every lock uses that, so whatever is called after a lock is sent after it.
 */
export const lock = async (within: Queries, kind: string, id: string): Promise<void> => {
  await within.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${kind}:${id}`}, 0))`).execute()
}
