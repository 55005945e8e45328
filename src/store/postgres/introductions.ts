import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Identity, NewCard } from '../../domain/card.ts'
import { type Introduced, introductionLasts, mostIntroductions } from '../../domain/introductions.ts'
import { after, type Timestamp, timestamp } from '../../domain/time.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, gt, lte, primaryKey, table, text } from './drizzle.ts'
import { lock } from './locks.ts'

export const introductions = table(
  'introductions',
  { platform: text().notNull(), tenant: text().notNull(), subject: text().notNull(), at: moment().notNull() },
  (of) => [primaryKey({ columns: [of.platform, of.tenant, of.subject] })],
)

const staleAt = (now: Timestamp): Timestamp => timestamp(now - introductionLasts * 1000)

/** When the account asked within the time. */
export const introducedAt = async (
  queries: Queries,
  { platform, tenant, subject }: Identity,
  now: Timestamp,
): Promise<Timestamp | undefined> => {
  const isTheirs = [eq(introductions.platform, platform), eq(introductions.tenant, tenant)]
  const [row] = await queries
    .select({ at: introductions.at })
    .from(introductions)
    .where(and(...isTheirs, eq(introductions.subject, subject), gt(introductions.at, staleAt(now))))
  return row?.at
}

/**
 * Notes the account inside a transaction; rows that count no more are deleted. One lock for all, because all count
 * towards one limit.
 */
export const introduce = async (
  within: Queries,
  identity: Identity,
  event: AuditEvent,
  cards: readonly NewCard[],
): Promise<Introduced> => {
  const now = event.at
  await lock(within, 'introductions', '')
  await within.delete(introductions).where(lte(introductions.at, staleAt(now)))
  const earlier = await introducedAt(within, identity, now)
  if (earlier !== undefined) return { is: 'asked-already', again: after(earlier, introductionLasts) }
  const counted = await within.select({ at: introductions.at }).from(introductions).orderBy(asc(introductions.at))
  const [oldest] = counted
  if (counted.length >= mostIntroductions) {
    return { is: 'too-many', again: after(oldest?.at ?? now, introductionLasts) }
  }
  const { platform, tenant, subject } = identity
  await within.insert(introductions).values({ platform, tenant, subject, at: now })
  await insertCards(within, cards)
  await appendAudit(within, [event])
  return { is: 'asked' }
}
