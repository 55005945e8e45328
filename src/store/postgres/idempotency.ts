import type { KeyedSubmission } from '../../domain/idempotency-memory.ts'
import { keyLasts } from '../../domain/idempotency-memory.ts'
import type { PersonId } from '../../domain/ids.ts'
import { timestamp } from '../../domain/time.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, eq, lte, primaryKey, table, text } from './drizzle.ts'

export const submissions = table(
  'keyed_submissions',
  {
    person: text().$type<PersonId>().notNull(),
    key: text().notNull(),
    body: text().notNull(),
    draft: text().notNull(),
    at: moment().notNull(),
  },
  (of) => [primaryKey({ columns: [of.person, of.key] })],
)

/**
 * Notes a submission under its key, unless there is one; keys that mean nothing any more are deleted. A second insert
 * waits for the first one, and the last statement reads what that one wrote.
 */
export const keySubmission = async (
  within: Queries,
  { person, key, body, draft, now }: KeyedSubmission,
): Promise<Pick<KeyedSubmission, 'body' | 'draft'>> => {
  const isMeant = and(eq(submissions.person, person), eq(submissions.key, key))
  const [, , [first]] = await Promise.all([
    within
      .delete(submissions)
      .where(lte(submissions.at, timestamp(now - keyLasts * 1000)))
      .execute(),
    within.insert(submissions).values({ person, key, body, draft, at: now }).onConflictDoNothing().execute(),
    within.select({ body: submissions.body, draft: submissions.draft }).from(submissions).where(isMeant),
  ])
  return first ?? { body, draft }
}
