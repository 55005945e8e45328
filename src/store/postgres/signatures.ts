import type { Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { inArray, lt } from './drizzle.ts'
import { signatures } from './schema.ts'

const mostForgotten = 100

/** Remembers a request's signature, and deletes those that are too old to be accepted. */
export const isFirstSight = async (
  within: Queries,
  signature: string,
  now: Timestamp,
  forgetBefore: Timestamp,
): Promise<boolean> => {
  // Others may forget the same ones at the same moment, so nobody waits for a row.
  const old = within
    .select({ signature: signatures.signature })
    .from(signatures)
    .where(lt(signatures.seenAt, forgetBefore))
    .limit(mostForgotten)
    .for('update', { skipLocked: true })
  const [, remembered] = await Promise.all([
    within.delete(signatures).where(inArray(signatures.signature, old)),
    within.insert(signatures).values({ signature, seenAt: now }).onConflictDoNothing(),
  ])
  return remembered.rowCount === 1
}
