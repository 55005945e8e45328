import type { Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { desc, lt, lte, type SQL, sql } from './drizzle.ts'
import { cardMarks, cards, requests } from './schema.ts'

const day = 86_400_000

/**
 * Deletes unneeded rows, at most `limit` of each kind, in one short transaction. Returns their number without the
 * marks, which always exist.
 */
export const prune = async (within: Queries, now: Timestamp, before: Timestamp, limit: number): Promise<number> => {
  await mark(within, now)
  const marks = within.select().from(cardMarks).where(lte(cardMarks.at, before))
  const [oldMark] = await marks.orderBy(desc(cardMarks.at)).limit(1)
  if (oldMark) await within.delete(cardMarks).where(lt(cardMarks.at, oldMark.at))
  // What is deleted must never look like "never used".
  await within.execute(sql`UPDATE latchkey.audit_watches SET kept_from = ${before}`)
  const some = (table: string, isOld: SQL) => deletion(table, isOld, limit)
  const deletions = [
    ...(oldMark ? [some('cards', isOldCard(oldMark.number))] : []),
    some('commits', sql`at < ${now - day}`),
    some('signatures', sql`seen_at < ${before}`),
    some('sessions', sql`expires_at < ${before}`),
    some('terminal_sign_ins', sql`expires_at < ${before} AND session IS NULL`),
    some('receipts', sql`last < ${before}`),
    some('rotations', sql`until < ${now}`),
    some('receipt_news', sql`shown_at < ${before} AND due_at IS NULL`),
    some('audit_gaps', sql`until < ${before}`),
    some('use_alarms', sql`at < ${before}`),
    some('folders', sql`integration IN (SELECT integration FROM latchkey.passes WHERE touched_at < ${before})`),
    some(
      'passes',
      sql`touched_at < ${before}
        AND NOT EXISTS (SELECT 1 FROM latchkey.folders WHERE folders.integration = passes.integration)`,
    ),
  ]
  let deleted = 0
  for (const each of deletions) deleted += (await within.execute(each)).rowCount ?? 0
  return deleted
}

/** The array keeps the limit. A row that changed meanwhile has another place, and stays. */
const deletion = (table: string, isOld: SQL, limit: number): SQL => {
  const name = sql`latchkey.${sql.identifier(table)}`
  return sql`DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE ${isOld} LIMIT ${limit}))`
}

/** Cards have no date, so a daily mark notes how many cards existed. The database never gives a number twice. */
const mark = async (within: Queries, now: Timestamp): Promise<void> => {
  await within.execute(sql`INSERT INTO ${cardMarks} (at, number)
    SELECT ${now}::bigint, (SELECT coalesce(max(number), 0) FROM ${cards})
    WHERE NOT EXISTS (SELECT 1 FROM ${cardMarks} WHERE at > ${now - day}) ON CONFLICT DO NOTHING`)
}

/** Keeps unshown cards, and every card of an open request or live access. */
const isOldCard = (number: number): SQL => sql`number <= ${number} AND rendered >= wanted
  AND NOT EXISTS (SELECT 1 FROM ${requests} WHERE id = request AND is_open)`
