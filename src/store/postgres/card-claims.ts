import type { Card } from '../../domain/card.ts'
import type { Taken } from '../../domain/lease-memory.ts'
import type { Platform } from '../../domain/platform.ts'
import { type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import { toCard } from '../rows/cards.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, isNull, lt, lte, or, sql } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { cards } from './schema.ts'

/** Stale cards that nobody has claimed; failed ones come last. */
const unclaimed = (queries: Queries, holder: Holder, platform: Platform, now: Timestamp, limit: number) =>
  queries
    .select({ id: cards.id })
    .from(cards)
    .where(
      and(
        ...[eq(cards.platform, platform), lt(cards.rendered, cards.wanted), lte(cards.retryAt, now)],
        or(isNull(cards.claimedUntil), lte(cards.claimedUntil, holder.now())),
      ),
    )
    .orderBy(asc(cards.retryAt), asc(cards.number))
    .limit(limit)

/** Usually no card is stale, and no transaction is needed. */
export const hasStaleCards = async (
  queries: Queries,
  holder: Holder,
  platform: Platform,
  now: Timestamp,
): Promise<boolean> => (await unclaimed(queries, holder, platform, now, 1)).length > 0

/** Claims stale cards without a live claim. What another transaction has in hand is left to it. */
export const claimCards = async (
  within: Queries,
  holder: Holder,
  platform: Platform,
  now: Timestamp,
  lasting: Seconds,
  limit: number,
): Promise<Taken<Card>> => {
  const claim = holder.claim()
  const picked = unclaimed(within, holder, platform, now, limit).for('no key update', { skipLocked: true })
  const taken = await within
    .update(cards)
    .set({ claim, claimedUntil: holder.until(lasting), attempts: sql`${cards.attempts} + 1` })
    .where(sql`${cards.id} = ANY (ARRAY${picked})`)
    .returning()
  const inOrder = taken.toSorted((one, other) => one.retryAt - other.retryAt || one.number - other.number)
  return { claim, things: inOrder.map(toCard) }
}

/** When the next failed card or ended claim may be taken. */
export const nextCard = async (queries: Queries, platform: Platform): Promise<Timestamp | undefined> => {
  const soonest = sql<Timestamp | null>`min(greatest(${cards.retryAt}, coalesce(${cards.claimedUntil}, 0)))`
  const isStale = and(eq(cards.platform, platform), lt(cards.rendered, cards.wanted))
  const [row] = await queries
    .select({ soonest: soonest.mapWith((value: unknown) => timestamp(Number(value))) })
    .from(cards)
    .where(isStale)
  return row?.soonest ?? undefined
}
