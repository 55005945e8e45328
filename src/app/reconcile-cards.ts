import { isDeepStrictEqual } from 'node:util'
import { backoff } from '../domain/backoff.ts'
import { type Card, type CardOutcome, isUnreachable, type MessageRef } from '../domain/card.ts'
import type { CardId } from '../domain/ids.ts'
import type { Claim } from '../domain/lease-memory.ts'
import { after, seconds, type Timestamp, timestamp } from '../domain/time.ts'
import { type ChatPlatform, ExternalError, type Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import { type Context, contentOf, viewOf } from './card-content.ts'
import { cardsTo } from './cards-for.ts'
import { conversationWith } from './conversation-with.ts'
import type { Deps } from './deps.ts'
import { isTooLate } from './ending-context.ts'
import { openFetchLink } from './open-fetch-link.ts'
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
    const { loaded, context } = await contentOf(deps, card)
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
    const revision = loaded?.request.revision ?? context.controlGroup?.group.revision ?? 1
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
  const conversation = await conversationWith(deps, platform, card.recipient)
  if (!card.message) return platform.post(card.recipient, view, conversation)
  await platform.update(card.message, view, conversation)
  return card.message
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
