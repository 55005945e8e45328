import { isDeepStrictEqual } from 'node:util'
import { type Card, type CardOutcome, isUnreachable, type MessageRef, type Reach } from '../domain/card.ts'
import { backoff, type Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { CardId, PersonId } from '../domain/ids.ts'
import type { Claim } from '../domain/lease-memory.ts'
import { type PastItem, pastItems } from '../domain/past-access.ts'
import { givenOf, waitingFor } from '../domain/request-items.ts'
import { after, seconds, type Timestamp, timestamp } from '../domain/time.ts'
import { type ChatPlatform, ExternalError, type Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import { requestCard } from '../views/cards.ts'
import { noticeCard } from '../views/notices.ts'
import type { MessageView } from '../views/view-model.ts'
import { cardsTo } from './cards-for.ts'
import { caveatsOf } from './caveats.ts'
import { lookAtChannel } from './check-channels.ts'
import { conversationWith } from './conversation-with.ts'
import { type Deps, isOnlyVault, isOwner, membersOf, nameOf, ownersOf } from './deps.ts'
import { endingContext, isTooLate } from './ending-context.ts'
import { isFollowed } from './followed-cards.ts'
import { barTo } from './may-hold.ts'
import { openFetchLink } from './open-fetch-link.ts'
import { typingAt } from './open-home.ts'
import { misusedLinkOf, toHolder } from './page-addresses.ts'
import type { Pool } from './pool.ts'

export const cardsAtOnce = 8

type Shown = { readonly text: string; readonly revision: number }
/**
 * The last content of each message, so that a change without a new word costs no call. Its loss costs one edit per
 * card.
 */
const shown = new WeakMap<ChatPlatform, Map<string, Shown>>()
const remembered = 5000

/** Makes one chat platform match the rows: posts new messages and edits stale ones. It does not wait for them. */
export const reconcileCards = (deps: Deps, platform: ChatPlatform, pool: Pool) => {
  /** The newest claim on each card in hand: a step that outlives its claim ends the newer one. */
  const claims = new Map<CardId, Claim>()
  return async (wake: () => void): Promise<void> => {
    const now = deps.clock.now()
    const room = pool.room()
    if (room <= 0) return
    const { claim, things: cards } = await deps.store.claimCards(platform.name, now, deps.settings.claim, room)
    for (const card of cards) {
      const isInHand = claims.has(card.id)
      claims.set(card.id, claim)
      // Named with its claim: the pool may still count a step that looks at `claims` no more.
      if (!isInHand) pool.start(`${card.id} ${claim}`, () => step(deps, platform, card, claims), wake)
    }
  }
}

const step = async (deps: Deps, platform: ChatPlatform, card: Card, claims: Map<CardId, Claim>): Promise<void> => {
  try {
    await record(deps, card.id, await bring(deps, platform, card), claims)
  } finally {
    claims.delete(card.id)
  }
}

/** Under the newest claim, so that no delivered message is lost. A claim that comes later is handed back. */
const record = async (deps: Deps, id: CardId, outcome: CardOutcome, claims: Map<CardId, Claim>): Promise<void> => {
  let isNoted = false
  for (let claim = claims.get(id), used: Claim | undefined; claim !== used; claim = claims.get(id)) {
    const again = { kind: 'failed', retryAt: deps.clock.now() } as const
    const isDone = await deps.store.recordCard(id, isNoted ? again : outcome, claim)
    isNoted ||= isDone
    used = claim
  }
  if (!isNoted) deps.log.warn({ card: id }, 'a card took so long that somebody else took it')
}

const bring = async (deps: Deps, platform: ChatPlatform, card: Card): Promise<CardOutcome> => {
  try {
    const { loaded, context } = await prepare(deps, card)
    if (isTooLate(card, loaded, context.now)) return { kind: 'gone' }
    const memory = shown.get(platform) ?? new Map<string, Shown>()
    shown.set(platform, memory)
    // Compared without the link: drawing a new link must not make the message look changed.
    const text = JSON.stringify(viewOf(card, loaded, context))
    const last = memory.get(card.id)
    // Another process may have drawn it since, with other text.
    const isSame = card.message !== undefined && last?.text === text && last.revision === card.rendered
    const message = isSame ? card.message : await show(deps, platform, card, loaded, context)
    if (memory.size >= remembered) memory.clear()
    const { reach } = context
    const revision = loaded?.request.revision ?? 1
    memory.set(card.id, { text, revision })
    return { kind: 'rendered', revision, message, ...(reach && { reach }) }
  } catch (error) {
    return outcomeOf(deps, card, error)
  }
}

/** Two early retries, then one per hour. A message that arrives at the same recipient ends the wait. */
const untilAskedAgain = (attempts: number) => seconds(Math.min(60 * 4 ** Math.max(0, attempts - 1), 3600))

/** Undeliverable news is dropped after this time. */
const keptFor = seconds(7 * 86_400)

const outcomeOf = ({ clock, log }: Deps, card: Card, error: unknown): CardOutcome => {
  const now = clock.now()
  if (!(error instanceof ExternalError)) {
    log.error({ card: card.id, error: String(error) }, 'a card could not be drawn')
    return { kind: 'failed', retryAt: after(now, backoff(card.attempts)) }
  }
  const { code } = error
  if (code === 'message-gone') return { kind: 'gone' }
  if (!error.transient) {
    const to = card.recipient.to === 'person' ? card.recipient.person : card.recipient.channel.id
    if (card.audience === 'notice' && card.trouble && after(card.trouble.since, keptFor) < now) return { kind: 'gone' }
    const line = { card: card.id, to, code, detail: error.message }
    if (card.trouble?.code !== code) log.warn(line, 'a message is refused for good; latchkey status says what to do')
    const retryAt = after(now, isUnreachable(code) ? untilAskedAgain(card.attempts) : backoff(card.attempts))
    return { kind: 'refused', code, at: now, retryAt }
  }
  log.warn({ card: card.id, code }, 'a card waits')
  return { kind: 'failed', retryAt: waitAsked(error, now) ?? after(now, backoff(card.attempts)) }
}

/** As long as the platform asked, if it did: a platform delays early retries even more. */
const waitAsked = ({ retryAfter }: ExternalError, now: Timestamp): Timestamp | undefined =>
  retryAfter ? timestamp(now + retryAfter) : undefined

/** Posts or edits the message; with a new link each time, if the operator chose links in messages. */
const show = async (
  deps: Deps,
  platform: ChatPlatform,
  card: Card,
  loaded: Loaded | undefined,
  context: Context,
): Promise<MessageRef> => {
  const link = await linkInMessage(deps, card, loaded)
  const view = viewOf(card, loaded, { ...context, ...(link && { link }) })
  if (!card.message) return platform.post(card.recipient, view, await conversationWith(deps, platform, card.recipient))
  await platform.update(card.message, view)
  return card.message
}

type Context = Omit<CardContext, 'audience'>

const prepare = async (deps: Deps, card: Card): Promise<{ loaded: Loaded | undefined; context: Context }> => {
  const reach = await reachOf(deps, card)
  const loaded = card.request && (await deps.store.request(card.request))
  return { loaded, context: { ...(await contextOf(deps, loaded, card)), ...(reach && { reach }) } }
}

/** Posts a new channel message only when its readers are known; a later look redraws existing ones. */
const reachOf = async (deps: Deps, { recipient, message }: Card): Promise<Reach | undefined> => {
  if (recipient.to !== 'channel') return undefined
  const { channel } = recipient
  return (message && (await deps.store.channelReach(channel))) ?? lookAtChannel(deps, channel)
}

const viewOf = (card: Card, loaded: Loaded | undefined, context: Context): MessageView => {
  const origin = { card: card.id }
  if (card.audience === 'notice') return { ...noticeCard(card.notice, context, loaded), origin }
  if (!loaded) throw new Error('a card without its request')
  return { ...requestCard(loaded, { ...context, audience: card.audience }), origin }
}

/**
 * A link inside the message, if the operator chose that. Only the person's first message gets one: a second identity's
 * link would replace it.
 */
const linkInMessage = async (deps: Deps, card: Card, loaded: Loaded | undefined): Promise<CardContext['link']> => {
  if (!deps.settings.linkInMessage || card.audience !== 'access' || loaded?.grant?.state !== 'active') return undefined
  const [first] = cardsTo(deps, loaded.request.requester, { request: loaded.request.id, audience: 'access' })
  if (!first || !isDeepStrictEqual(first.recipient, card.recipient)) return undefined
  const opened = await openFetchLink(deps)(loaded.grant.id, loaded.request.requester, 'message')
  return opened.ok ? { url: opened.value.url.reveal(), expiresAt: opened.value.expiresAt } : undefined
}

const contextOf = async (deps: Deps, loaded: Loaded | undefined, card: Card): Promise<Context> => {
  const entry = loaded && deps.integrations.get(loaded.request.integration)
  const grant = loaded?.grant
  const isForOwner =
    card.recipient.to === 'channel' || (loaded !== undefined && isOwner(deps, loaded, card.recipient.person))
  return {
    now: deps.clock.now(),
    nameOf: nameOf(deps),
    peopleOf: membersOf(deps),
    ...(entry && { integration: entry.integration }),
    ...(loaded && isOnlyVault(deps, loaded.request.integration) && { isOnlyVault: true }),
    ...(loaded && (await isFollowed(deps, card)) && { isFollowed: true }),
    ...(card.audience === 'notice' ? await misusedLinkOf(deps, card.notice) : {}),
    ...(loaded && toHolder(deps, loaded, card)),
    ...(await endingContext(deps, card, loaded)),
    ...typingAt(deps, card.recipient),
    ...(entry && isForOwner && grant && isUnproved(grant) && grant.handle
      ? { manualRevoke: entry.connector.manualRevoke(grant.handle) }
      : {}),
    ...(loaded?.request.state === 'pending' ? { caveats: await caveatsOfItems(deps, loaded) } : {}),
    ...(isForOwner && loaded?.request.state === 'pending' ? await forDecision(deps, loaded) : {}),
    ...(loaded && card.recipient.to === 'person' && standsTo(deps, loaded, card.recipient.person, isForOwner)),
  }
}

/** The reader's items among several. */
const standsTo = (
  deps: Deps,
  { request }: Loaded,
  person: PersonId,
  isOwner: boolean,
): Pick<Context, 'own' | 'isBystander'> => {
  if (request.items.length === 1) return {}
  return {
    ...(request.state === 'pending' && { own: waitingFor(request, ownersOf(deps, request), person) }),
    ...(!isOwner && { isBystander: true }),
  }
}

const isUnproved = (grant: Grant): boolean => grant.state === 'revoking' || isWithdrawing(grant)

/** Caveats matter only before the decision: afterwards they help nobody. */
const caveatsOfItems = async (deps: Deps, loaded: Loaded) =>
  new Map(
    await Promise.all(
      givenOf(loaded).map(async (item) => [item, await caveatsOf(deps)(loaded.request.integration, item)] as const),
    ),
  )

const withFetched = async ({ store }: Deps, past: PastItem<Loaded>) => {
  const { grant } = past.of
  return grant ? { ...past, isUnfetched: !(await store.wasFetched(grant.id)) } : past
}

/** An owner's information for a decision: whether it is possible, the person's earlier access, and other holders. */
const forDecision = async (deps: Deps, { request }: Loaded) => {
  const bar = barTo(deps, { request })
  const recent = pastItems(request, await deps.store.requestsOf(request.requester, 15))
  const same = await deps.store.requestsFor(...givenOf({ request }).map(({ resource }) => resource))
  return {
    ...(bar && { bar }),
    past: await Promise.all(recent.map((one) => withFetched(deps, one))),
    alsoHeldBy: same.filter((one) => one.grant !== undefined && one.request.requester !== request.requester),
  }
}
