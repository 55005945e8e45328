import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** Waits until no other transaction has the lock of this name, and keeps it until the end of this one. */
export const lock = async (within: Queries, kind: string, id: string): Promise<void> => {
  await within.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${kind}:${id}`}, 0))`)
}
