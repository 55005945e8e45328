import type { Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { eq, lt } from './drizzle.ts'
import { signatures } from './schema.ts'
import { given, givenRow, statement } from './statement.ts'

/** Remembers a request's signature, and deletes those that are too old to be accepted; within a transaction. */
export const isFirstSight = (within: Queries, signature: string, now: Timestamp, forgetBefore: Timestamp): boolean => {
  forget(within).run({ before: forgetBefore })
  return remember(within).run({ signature, seenAt: now }).changes === 1
}

/** Whether a signature was seen, without remembering it. */
export const wasSeen = (queries: Queries, signature: string): boolean =>
  queries.select().from(signatures).where(eq(signatures.signature, signature)).get() !== undefined

const forget = statement((queries) =>
  queries
    .delete(signatures)
    .where(lt(signatures.seenAt, given('before')))
    .prepare(),
)
const remember = statement((queries) =>
  queries.insert(signatures).values(givenRow(signatures)).onConflictDoNothing().prepare(),
)
