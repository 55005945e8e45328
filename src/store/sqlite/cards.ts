import { type Card, type CardOutcome, isGuarded, type MessageRef, type Notice, type Reach } from '../../domain/card.ts'
import type { CardId, ControlGroupId, RequestId } from '../../domain/ids.ts'
import type { Claim, Taken } from '../../domain/lease-memory.ts'
import type { Platform } from '../../domain/platform.ts'
import { type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import type { NewCard } from '../../ports.ts'
import { cardColumns, toCard } from '../rows/cards.ts'
import { canonicalJson } from '../rows/json.ts'
import { channelReach } from './channels.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq, inArray, isNotNull, isNull, lt, lte, or, sql } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { cards, requests } from './schema.ts'
import { given, givenColumns, givenRow, statement } from './statement.ts'

/** Adds cards that were not shown yet, so they are stale at once. */
export const insertCards = (queries: Queries, added: readonly NewCard[]): void => {
  for (const card of added) insertCard(queries).run(cardColumns(card, revisionOf(queries, card)))
}

const insertCard = statement((queries) =>
  queries
    .insert(cards)
    .values(givenRow(cards, 'number', 'message', 'claim', 'claimedUntil', 'trouble'))
    .prepare(),
)

/** After a change of the request, its cards and news become stale. */
export const outdateCards = (queries: Queries, request: RequestId, revision: number): void => {
  outdate(queries).run({ request, wanted: revision })
}

const outdate = statement((queries) =>
  queries
    .update(cards)
    .set(givenColumns(['wanted']))
    .where(eq(cards.request, given('request')))
    .prepare(),
)

/** After a change of a control group, its news become stale. */
export const outdateNews = (queries: Queries, group: ControlGroupId, revision: number): void => {
  queries.update(cards).set({ wanted: revision }).where(eq(ofControlGroup, group)).run()
}

/** As the index has it. */
const ofControlGroup = sql`notice ->> 'controlGroup'`

/** Claims stale cards without a live claim; failed ones come last. */
export const claimCards = (
  queries: Queries,
  holder: Holder,
  platform: Platform,
  now: Timestamp,
  lasting: Seconds,
  limit: number,
): Taken<Card> => {
  const claim = holder.claim()
  const find = (within: Queries) => dueIds(within).all({ platform, now, limit, free: holder.now() })
  if (find(queries).length === 0) return { claim, things: [] } // usually no card is stale, so no write transaction is opened
  return lightly(queries, (within) => {
    const ids = find(within).map(({ id }) => id) // again, because another process may have been faster
    const claimed = { claim, claimedUntil: holder.until(lasting), attempts: sql`${cards.attempts} + 1` }
    within.update(cards).set(claimed).where(inArray(cards.id, ids)).run()
    const taken = within.select().from(cards).where(inArray(cards.id, ids))
    return { claim, things: taken.orderBy(asc(cards.retryAt), asc(cards.number)).all().map(toCard) }
  })
}

const dueIds = statement((queries) =>
  queries
    .select({ id: cards.id })
    .from(cards)
    .where(
      and(
        ...[eq(cards.platform, given('platform')), lt(cards.rendered, cards.wanted), lte(cards.retryAt, given('now'))],
        or(isNull(cards.claimedUntil), lte(cards.claimedUntil, given('free'))),
      ),
    )
    .orderBy(asc(cards.retryAt), asc(cards.number))
    .limit(given('limit'))
    .prepare(),
)

/** When the next failed card or ended claim may be taken. */
export const nextCard = (queries: Queries, platform: Platform): Timestamp | undefined => {
  const soonest = sql<Timestamp | null>`min(max(${cards.retryAt}, coalesce(${cards.claimedUntil}, 0)))`
  const isDue = and(eq(cards.platform, platform), lt(cards.rendered, cards.wanted))
  return queries.select({ soonest }).from(cards).where(isDue).get()?.soonest ?? undefined
}

/** One card, stale or not. */
export const findCard = (queries: Queries, id: CardId): Card | undefined => {
  const row = cardRow(queries).get({ id })
  return row && toCard(row)
}

const cardRow = statement((queries) =>
  queries
    .select()
    .from(cards)
    .where(eq(cards.id, given('id')))
    .prepare(),
)

/**
 * Ends the claim with its result, if it is still held. The first message is noted also after a release, because nobody
 * else posted it. A card whose message is permanently gone is deleted.
 */
export const recordCard = (
  queries: Queries,
  { now }: Holder,
  id: CardId,
  outcome: CardOutcome,
  claim?: Claim,
): boolean => {
  const isFree = or(isNull(cards.claimedUntil), lte(cards.claimedUntil, now()))
  const isClaimed = claim === undefined ? isFree : eq(cards.claim, claim)
  const isOurs = and(eq(cards.id, id), outcome.kind === 'rendered' ? or(isClaimed, isFirstPost) : isClaimed)
  const change = (values: Parameters<ReturnType<typeof setting>['set']>[0]): boolean =>
    setting(queries).set(values).where(isOurs).run().changes === 1
  switch (outcome.kind) {
    case 'rendered': {
      if (!change(shown(outcome.revision, outcome.message))) return false
      if (outcome.reach) outdateIfWidened(queries, id, outcome.reach)
      wakeRefused(queries).run({ id })
      return true
    }
    case 'refused':
      return change(refused(outcome))
    case 'failed':
      return change({ ...unclaimed, retryAt: outcome.retryAt })
    case 'gone':
      return queries.delete(cards).where(isOurs).run().changes === 1
    default:
      return outcome satisfies never
  }
}

const isFirstPost = and(isNull(cards.message), isNull(cards.claim))
const setting = (queries: Queries) => queries.update(cards)
const unclaimed = { claim: null, claimedUntil: null }

/** Makes every permanently refused card due again. */
export const retryRefused = (queries: Queries): void => {
  queries
    .update(cards)
    .set({ retryAt: timestamp(0) })
    .where(isNotNull(cards.trouble))
    .run()
}

/** When a recipient gets one message, its refused cards become due at once. */
const wakeRefused = statement((queries) =>
  queries
    .update(cards)
    .set({ retryAt: timestamp(0) })
    .where(
      and(
        isNotNull(cards.trouble),
        sql`(platform, recipient) = (SELECT platform, recipient FROM cards WHERE id = ${given('id')})`,
      ),
    )
    .prepare(),
)

/** The same refusal again keeps its start. */
const refused = ({ code, at, retryAt }: CardOutcome & { kind: 'refused' }) => ({
  trouble: sql`CASE WHEN trouble ->> 'code' = ${code} THEN trouble ELSE ${canonicalJson({ since: at, code })} END`,
  ...unclaimed,
  retryAt,
})

/** Every card of a request, oldest first. */
export const cardsOf = (queries: Queries, request: RequestId): readonly Card[] =>
  queries.select().from(cards).where(eq(cards.request, request)).orderBy(asc(cards.number)).all().map(toCard)

/** Pending requests with a refused owner card, or without any owner card. */
export const unheard = (queries: Queries): readonly RequestId[] =>
  queries
    .all<{ id: RequestId }>(sql`
    SELECT id FROM requests WHERE decide_by IS NOT NULL AND (
      EXISTS (SELECT 1 FROM cards WHERE request = requests.id AND audience = 'owner' AND trouble IS NOT NULL)
      OR NOT EXISTS (SELECT 1 FROM cards WHERE request = requests.id AND audience = 'owner'))`)
    .map(({ id }) => id)

/** Redraws a card whose text was written for other readers than the present ones. */
const outdateIfWidened = (queries: Queries, id: CardId, reach: Reach): void => {
  const recipient = findCard(queries, id)?.recipient
  if (recipient?.to !== 'channel') return
  const now = channelReach(queries, recipient.channel) ?? reach
  if (isGuarded(now) !== isGuarded(reach)) queries.update(cards).set({ rendered: 0 }).where(eq(cards.id, id)).run()
}

/** Never backwards: a slow worker may report after a faster one. News about nothing that changes has no revision. */
const shown = (revision: number, message: MessageRef) => ({
  rendered: sql`max(${cards.rendered},
    CASE WHEN ${cards.request} IS NULL AND ${ofControlGroup} IS NULL THEN 1 ELSE ${revision} END)`,
  message,
  attempts: 0,
  retryAt: timestamp(0),
  ...unclaimed,
  trouble: null,
})

/** News about nothing that changes has no revision: it is shown once. What a control group shows begins with its own. */
const revisionOf = (queries: Queries, card: NewCard): number => {
  const id = card.request
  if (id === undefined) return card.audience === 'notice' ? revisionOfNews(queries, card.notice) : 1
  const row = revisionRow(queries).get({ id })
  if (row === undefined) throw new Error(`There is no request ${id} that a card could show.`)
  return row.revision
}

const revisionOfNews = (queries: Queries, notice: Notice): number => {
  if (notice.about !== 'control-group') return 1
  const found = queries.get<{ revision: number } | undefined>(
    sql`SELECT revision FROM control_groups WHERE id = ${notice.controlGroup}`,
  )
  if (found === undefined) throw new Error(`There is no control group ${notice.controlGroup} that a card could show.`)
  return found.revision
}

const revisionRow = statement((queries) =>
  queries
    .select({ revision: requests.revision })
    .from(requests)
    .where(eq(requests.id, given('id')))
    .prepare(),
)
