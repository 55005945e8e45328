import { type Card, type CardOutcome, isGuarded, type MessageRef, type Reach } from '../../domain/card.ts'
import type { CardId, ControlGroupId, RequestId } from '../../domain/ids.ts'
import type { Claim } from '../../domain/lease-memory.ts'
import type { Channel } from '../../domain/platform.ts'
import { timestamp } from '../../domain/time.ts'
import type { NewCard } from '../../ports.ts'
import { cardColumns, toCard } from '../rows/cards.ts'
import { canonicalJson } from '../rows/json.ts'
import { channelReach, lockChannel } from './channels.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, exists, isNotNull, isNull, lte, not, or, sql } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { cards, requests } from './schema.ts'

/**
 * Adds cards that were not shown yet, so they are stale at once. The revision is read under a lock, so that a change of
 * the same moment either counts for the card or finds it.
 */
export const insertCards = async (within: Queries, added: readonly NewCard[]): Promise<void> => {
  if (added.length === 0) return
  const rows = added.map((card) => ({ ...cardColumns(card, 1), wanted: revisionOf(card) }))
  await within.insert(cards).values(rows)
}

/**
 * News about nothing that changes has no revision: it is shown once. What a control group shows begins with its own. A
 * card about something that does not exist is refused, because it would want no revision.
 */
const revisionOf = (card: NewCard) => {
  if (card.request !== undefined) {
    return sql`(SELECT revision FROM ${requests} WHERE id = ${card.request} FOR SHARE)`
  }
  return card.audience === 'notice' && card.notice.about === 'control-group'
    ? sql`(SELECT revision FROM latchkey.control_groups WHERE id = ${card.notice.controlGroup} FOR SHARE)`
    : sql`1`
}

/** After a change of a control group, its news become stale. */
export const outdateNews = async (within: Queries, group: ControlGroupId, revision: number): Promise<void> => {
  await within.update(cards).set({ wanted: revision }).where(eq(ofControlGroup, group))
}

/** As the index has it. */
const ofControlGroup = sql`((${cards.notice})::jsonb ->> 'controlGroup')`

/** One card, stale or not. */
export const findCard = async (queries: Queries, id: CardId): Promise<Card | undefined> => {
  const [row] = await queries.select().from(cards).where(eq(cards.id, id))
  return row && toCard(row)
}

/**
 * Ends the claim with its result, if it is still held. The first message is noted also after a release, because nobody
 * else posted it. A card whose message is permanently gone is deleted.
 */
export const recordCard = async (
  within: Queries,
  { now }: Pick<Holder, 'now'>,
  id: CardId,
  outcome: CardOutcome,
  claim?: Claim,
): Promise<boolean> => {
  const isFree = or(isNull(cards.claimedUntil), lte(cards.claimedUntil, now()))
  const isClaimed = claim === undefined ? isFree : eq(cards.claim, claim)
  const isOurs = and(eq(cards.id, id), outcome.kind === 'rendered' ? or(isClaimed, isFirstPost) : isClaimed)
  const change = async (values: Partial<Columns>): Promise<boolean> =>
    (await within.update(cards).set(values).where(isOurs)).rowCount === 1
  switch (outcome.kind) {
    case 'rendered': {
      const channel = outcome.reach && (await channelOf(within, id))
      if (channel) await lockChannel(within, channel)
      if (!(await change(shown(outcome.revision, outcome.message)))) return false
      if (channel && outcome.reach) await outdateIfWidened(within, id, channel, outcome.reach)
      await wakeRefused(within, id)
      return true
    }
    case 'refused':
      return change(refused(outcome))
    case 'failed':
      return change({ ...unclaimed, retryAt: outcome.retryAt })
    case 'gone':
      return (await within.delete(cards).where(isOurs)).rowCount === 1
    default:
      return outcome satisfies never
  }
}

type Columns = { [Name in keyof typeof cards.$inferInsert]: (typeof cards.$inferInsert)[Name] | ReturnType<typeof sql> }

const isFirstPost = and(isNull(cards.message), isNull(cards.claim))
const unclaimed = { claim: null, claimedUntil: null }

/** Makes every permanently refused card due again. */
export const retryRefused = async (within: Queries): Promise<void> => {
  await within
    .update(cards)
    .set({ retryAt: timestamp(0) })
    .where(isNotNull(cards.trouble))
}

/** When a recipient gets one message, its refused cards become due at once. */
const wakeRefused = async (within: Queries, id: CardId): Promise<void> => {
  const isTheirs = sql`(${cards.platform}, ${cards.recipient}) = (
    SELECT platform, recipient FROM ${cards} AS shown WHERE shown.id = ${id}
  )`
  await within
    .update(cards)
    .set({ retryAt: timestamp(0) })
    .where(and(isNotNull(cards.trouble), isTheirs))
}

/** The same refusal again keeps its start. */
const refused = ({ code, at, retryAt }: CardOutcome & { kind: 'refused' }) => ({
  trouble: sql`CASE WHEN (${cards.trouble})::json ->> 'code' = ${code} THEN ${cards.trouble}
    ELSE ${canonicalJson({ since: at, code })} END`,
  ...unclaimed,
  retryAt,
})

/** Every card of a request, oldest first. */
export const cardsOf = async (queries: Queries, request: RequestId): Promise<readonly Card[]> =>
  (await queries.select().from(cards).where(eq(cards.request, request)).orderBy(asc(cards.number))).map(toCard)

/** Pending requests with a refused owner card, or without any owner card. */
export const unheard = async (queries: Queries): Promise<readonly RequestId[]> => {
  const isOwners = and(eq(cards.request, requests.id), eq(cards.audience, 'owner'))
  const owners = queries.select({ id: cards.id }).from(cards).where(isOwners)
  const refusedOwners = queries
    .select({ id: cards.id })
    .from(cards)
    .where(and(isOwners, isNotNull(cards.trouble)))
  const found = await queries
    .select({ id: requests.id })
    .from(requests)
    .where(and(isNotNull(requests.decideBy), or(exists(refusedOwners), not(exists(owners)))))
  return found.map(({ id }) => id)
}

const channelOf = async (queries: Queries, id: CardId): Promise<Channel | undefined> => {
  const recipient = (await findCard(queries, id))?.recipient
  return recipient?.to === 'channel' ? recipient.channel : undefined
}

/** Redraws a card whose text was written for other readers than the present ones. */
const outdateIfWidened = async (within: Queries, id: CardId, channel: Channel, reach: Reach): Promise<void> => {
  const now = (await channelReach(within, channel)) ?? reach
  if (isGuarded(now) !== isGuarded(reach)) await within.update(cards).set({ rendered: 0 }).where(eq(cards.id, id))
}

/** Never backwards: a slow worker may report after a faster one. News about nothing that changes has no revision. */
const shown = (revision: number, message: MessageRef) => ({
  rendered: sql`greatest(${cards.rendered},
    CASE WHEN ${cards.request} IS NULL AND ${ofControlGroup} IS NULL THEN 1 ELSE ${revision}::bigint END)`,
  message,
  attempts: 0,
  retryAt: timestamp(0),
  ...unclaimed,
  trouble: null,
})
