import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Identity, NewCard } from '../../domain/card.ts'
import { type Introduced, introductionLasts, mostIntroductions } from '../../domain/introductions.ts'
import { after, type Timestamp, timestamp } from '../../domain/time.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, lte, primaryKey, sql, sqliteTable, text } from './drizzle.ts'

export const introductions = sqliteTable(
  'introductions',
  { platform: text().notNull(), tenant: text().notNull(), subject: text().notNull(), at: moment().notNull() },
  (table) => [primaryKey({ columns: [table.platform, table.tenant, table.subject] })],
)

const staleAt = (now: Timestamp): Timestamp => timestamp(now - introductionLasts * 1000)

/** When the account asked within the time. */
export const introducedAt = (
  queries: Queries,
  { platform, tenant, subject }: Identity,
  now: Timestamp,
): Timestamp | undefined =>
  queries
    .select({ at: introductions.at })
    .from(introductions)
    .where(
      and(
        eq(introductions.platform, platform),
        eq(introductions.tenant, tenant),
        eq(introductions.subject, subject),
        gt(introductions.at, staleAt(now)),
      ),
    )
    .get()?.at

/** Notes the account inside a transaction; rows that count no more are deleted. */
export const introduce = (
  queries: Queries,
  identity: Identity,
  event: AuditEvent,
  cards: readonly NewCard[],
): Introduced => {
  const now = event.at
  queries
    .delete(introductions)
    .where(lte(introductions.at, staleAt(now)))
    .run()
  const earlier = introducedAt(queries, identity, now)
  if (earlier !== undefined) return { is: 'asked-already', again: after(earlier, introductionLasts) }
  const counted = { count: sql<number>`count(*)`, oldest: sql<Timestamp | null>`min(${introductions.at})` }
  const { count = 0, oldest = null } =
    queries
      .select(counted)
      .from(introductions)
      .where(gt(introductions.at, staleAt(now)))
      .get() ?? {}
  if (count >= mostIntroductions) return { is: 'too-many', again: after(oldest ?? now, introductionLasts) }
  const { platform, tenant, subject } = identity
  queries.insert(introductions).values({ platform, tenant, subject, at: now }).run()
  insertCards(queries, cards)
  appendAudit(queries, [event])
  return { is: 'asked' }
}
