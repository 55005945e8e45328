import type { SQL } from 'drizzle-orm'
import type { Timestamp } from '../../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { sql } from './drizzle.ts'

const markEvery = 86_400_000

/**
 * Forgets what nobody needs any more, at most `limit` rows of each kind in one short transaction. Says how many rows; the
 * marks are not counted, as they never run out.
 */
export const prune = (queries: Queries, now: Timestamp, before: Timestamp, limit: number): number =>
  lightly(queries, (within) => {
    mark(within, now)
    const oldMark = within.get<{ at: number; number: number } | undefined>(
      sql`SELECT at, number FROM card_marks WHERE at <= ${before} ORDER BY at DESC LIMIT 1`,
    )
    if (oldMark) within.run(sql`DELETE FROM card_marks WHERE at < ${oldMark.at}`)
    const forgotten = [
      ...(oldMark ? [oldCards(oldMark.number, limit)] : []),
      sql`DELETE FROM signatures WHERE signature IN
        (SELECT signature FROM signatures WHERE seen_at < ${before} LIMIT ${limit})`,
      sql`DELETE FROM folders WHERE number IN (
        SELECT number FROM folders WHERE integration IN (SELECT integration FROM passes WHERE touched_at < ${before})
        LIMIT ${limit})`,
      sql`DELETE FROM passes WHERE touched_at < ${before}
        AND NOT EXISTS (SELECT 1 FROM folders WHERE folders.integration = passes.integration)`,
    ]
    return forgotten.reduce((sum, statement) => sum + within.run(statement).changes, 0)
  })

/**
 * Cards carry no date: that so many were there on a day tells the age of each. SQLite gives a number again when the card
 * that had the highest is deleted, so a mark above all cards would age the next ones: it goes.
 */
const mark = (queries: Queries, now: Timestamp): void => {
  queries.run(sql`DELETE FROM card_marks WHERE number > (SELECT coalesce(max(number), 0) FROM cards)`)
  queries.run(sql`INSERT INTO card_marks (at, number)
    SELECT ${now}, (SELECT coalesce(max(number), 0) FROM cards)
    WHERE NOT EXISTS (SELECT 1 FROM card_marks WHERE at > ${now - markEvery})`)
}

/**
 * What waits to be shown stays, and so does every card of a request that is open or whose access lives. The newest card
 * stays as well, so that its number is not given again.
 */
const oldCards = (number: number, limit: number): SQL => sql`
  DELETE FROM cards WHERE number IN (
    SELECT number FROM cards
    WHERE number <= ${number} AND number < (SELECT max(number) FROM cards) AND rendered >= wanted
      AND (request IS NULL OR NOT EXISTS (SELECT 1 FROM requests WHERE id = request AND is_open = 1))
    ORDER BY number LIMIT ${limit})`
