import type { KeyedSubmission } from '../../domain/idempotency-memory.ts'
import { keyLasts } from '../../domain/idempotency-memory.ts'
import type { PersonId } from '../../domain/ids.ts'
import { timestamp } from '../../domain/time.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, eq, lte, primaryKey, sqliteTable, text } from './drizzle.ts'

export const submissions = sqliteTable(
  'keyed_submissions',
  {
    person: text().$type<PersonId>().notNull(),
    key: text().notNull(),
    body: text().notNull(),
    draft: text().notNull(),
    at: moment().notNull(),
  },
  (table) => [primaryKey({ columns: [table.person, table.key] })],
)

/** Notes a submission under its key, unless there is one; keys that mean nothing any more are deleted. */
export const keySubmission = (
  queries: Queries,
  { person, key, body, draft, now }: KeyedSubmission,
): Pick<KeyedSubmission, 'body' | 'draft'> => {
  queries
    .delete(submissions)
    .where(lte(submissions.at, timestamp(now - keyLasts * 1000)))
    .run()
  queries.insert(submissions).values({ person, key, body, draft, at: now }).onConflictDoNothing().run()
  const isMeant = and(eq(submissions.person, person), eq(submissions.key, key))
  return (
    queries.select({ body: submissions.body, draft: submissions.draft }).from(submissions).where(isMeant).get() ?? {
      body,
      draft,
    }
  )
}
