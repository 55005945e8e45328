import type { SQL } from 'drizzle-orm'
import type { Timestamp } from '../../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { sql } from './drizzle.ts'

const markEvery = 86_400_000

/**
 * Deletes unneeded rows, at most `limit` of each kind, in one short transaction. Returns their number without the
 * marks, which always exist.
 */
export const prune = (queries: Queries, now: Timestamp, before: Timestamp, limit: number): number =>
  lightly(queries, (within) => {
    mark(within, now)
    const oldMark = within.get<{ at: number; number: number } | undefined>(
      sql`SELECT at, number FROM card_marks WHERE at <= ${before} ORDER BY at DESC LIMIT 1`,
    )
    if (oldMark) within.run(sql`DELETE FROM card_marks WHERE at < ${oldMark.at}`)
    // What is deleted must never look like "never used".
    within.run(sql`UPDATE audit_watches SET kept_from = ${before}`)
    const forgotten = [
      ...(oldMark ? [oldCards(oldMark.number, limit)] : []),
      sql`DELETE FROM signatures WHERE signature IN
        (SELECT signature FROM signatures WHERE seen_at < ${before} LIMIT ${limit})`,
      sql`DELETE FROM sessions WHERE number IN
        (SELECT number FROM sessions WHERE expires_at < ${before} LIMIT ${limit})`,
      sql`DELETE FROM terminal_sign_ins WHERE hash IN
        (SELECT hash FROM terminal_sign_ins WHERE expires_at < ${before} AND session IS NULL LIMIT ${limit})`,
      sql`DELETE FROM receipts WHERE rowid IN (SELECT rowid FROM receipts WHERE last < ${before} LIMIT ${limit})`,
      sql`DELETE FROM rotations WHERE rowid IN (SELECT rowid FROM rotations WHERE until < ${now} LIMIT ${limit})`,
      sql`DELETE FROM receipt_news WHERE rowid IN
        (SELECT rowid FROM receipt_news WHERE shown_at < ${before} AND due_at IS NULL LIMIT ${limit})`,
      sql`DELETE FROM audit_gaps WHERE number IN (SELECT number FROM audit_gaps WHERE until < ${before} LIMIT ${limit})`,
      sql`DELETE FROM use_alarms WHERE rowid IN (SELECT rowid FROM use_alarms WHERE at < ${before} LIMIT ${limit})`,
      sql`DELETE FROM folders WHERE number IN (
        SELECT number FROM folders WHERE integration IN (SELECT integration FROM passes WHERE touched_at < ${before})
        LIMIT ${limit})`,
      sql`DELETE FROM passes WHERE touched_at < ${before}
        AND NOT EXISTS (SELECT 1 FROM folders WHERE folders.integration = passes.integration)`,
    ]
    return forgotten.reduce((sum, statement) => sum + within.run(statement).changes, 0)
  })

/**
 * Cards have no date, so a daily mark notes how many cards existed. SQLite reuses the highest number after its
 * deletion; a mark above all cards would age new cards, so it is deleted.
 */
const mark = (queries: Queries, now: Timestamp): void => {
  queries.run(sql`DELETE FROM card_marks WHERE number > (SELECT coalesce(max(number), 0) FROM cards)`)
  queries.run(sql`INSERT INTO card_marks (at, number)
    SELECT ${now}, (SELECT coalesce(max(number), 0) FROM cards)
    WHERE NOT EXISTS (SELECT 1 FROM card_marks WHERE at > ${now - markEvery})`)
}

/**
 * Keeps unshown cards, and every card of an open request or live access. The newest card also stays, so that its number
 * is not reused.
 */
const oldCards = (number: number, limit: number): SQL => sql`
  DELETE FROM cards WHERE number IN (
    SELECT number FROM cards
    WHERE number <= ${number} AND number < (SELECT max(number) FROM cards) AND rendered >= wanted
      AND (request IS NULL OR NOT EXISTS (SELECT 1 FROM requests WHERE id = request AND is_open = 1))
    ORDER BY number LIMIT ${limit})`
