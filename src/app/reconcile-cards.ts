import { type Card, type CardOutcome, isUnreachable } from '../domain/card.ts'
import { backoff } from '../domain/grant.ts'
import type { PersonId } from '../domain/ids.ts'
import { after, seconds, type Timestamp, timestamp } from '../domain/time.ts'
import { type ChatPlatform, ExternalError, type Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import { requestCard } from '../views/cards.ts'
import { noticeCard } from '../views/notices.ts'
import type { MessageView } from '../views/view-model.ts'
import { type Deps, isOwner } from './deps.ts'
import { barTo } from './may-hold.ts'
import { openFetchLink } from './open-fetch-link.ts'
import type { Pool } from './pool.ts'

export const cardsAtOnce = 8

/** What each message showed last, so that a change that alters no word costs no call. Losing it costs one edit a card. */
const shown = new WeakMap<ChatPlatform, Map<string, string>>()
const remembered = 5000

/** Makes one chat platform match the rows: posts what was never posted, edits what is out of date. Waits for none. */
export const reconcileCards =
  (deps: Deps, platform: ChatPlatform, pool: Pool) =>
  async (wake: () => void): Promise<void> => {
    const now = deps.clock.now()
    const room = pool.room()
    const cards = room > 0 ? await deps.store.claimCards(platform.name, now, after(now, deps.settings.claim), room) : []
    for (const card of cards) pool.start(card.id, () => bring(deps, platform, card), wake)
  }

const bring = async (deps: Deps, platform: ChatPlatform, card: Card): Promise<void> => {
  try {
    const { view: words, revision } = await render(deps, card)
    const view: MessageView = { ...words, origin: { card: card.id } }
    const memory = shown.get(platform) ?? new Map<string, string>()
    shown.set(platform, memory)
    const text = JSON.stringify(view)
    const isSame = card.message !== undefined && memory.get(card.id) === text
    const message = card.message ?? (await platform.post(card.recipient, view))
    if (card.message && !isSame) await platform.update(card.message, view)
    if (memory.size >= remembered) memory.clear()
    memory.set(card.id, text)
    await deps.store.recordCard(card.id, { kind: 'rendered', revision, message })
  } catch (error) {
    await deps.store.recordCard(card.id, outcomeOf(deps, card, error))
  }
}

/** Soon once or twice, then hourly; any message that arrives at the same recipient ends the wait at once. */
const untilAskedAgain = (attempts: number) => seconds(Math.min(60 * 4 ** Math.max(0, attempts - 1), 3600))

/** News that its recipient could not be given for so long is let go. */
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
    const to = card.recipient.to === 'person' ? card.recipient.person : card.recipient.channel
    if (card.audience === 'notice' && card.trouble && after(card.trouble.since, keptFor) < now) return { kind: 'gone' }
    const line = { card: card.id, to, code, detail: error.message }
    if (card.trouble?.code !== code) log.warn(line, 'a message is refused for good; latchkey status says what to do')
    const retryAt = after(now, isUnreachable(code) ? untilAskedAgain(card.attempts) : backoff(card.attempts))
    return { kind: 'refused', code, at: now, retryAt }
  }
  log.warn({ card: card.id, code }, 'a card waits')
  return { kind: 'failed', retryAt: waitAsked(error, now) ?? after(now, backoff(card.attempts)) }
}

/** As long as the platform asked for, if it did: whoever comes back too early is held off for longer. */
const waitAsked = ({ retryAfter }: ExternalError, now: Timestamp): Timestamp | undefined =>
  retryAfter ? timestamp(now + retryAfter) : undefined

const render = async (deps: Deps, card: Card): Promise<{ view: MessageView; revision: number }> => {
  const link = card.audience === 'access' ? await linkInMessage(deps, card) : undefined
  const loaded = card.request && (await deps.store.request(card.request))
  const context = { ...(await contextOf(deps, loaded, card)), ...(link && { link }) }
  const revision = loaded?.request.revision ?? 1
  if (card.audience === 'notice') return { view: noticeCard(card.notice, context, loaded), revision }
  if (!loaded) throw new Error('a card without its request')
  return { view: requestCard(loaded, { ...context, audience: card.audience }), revision }
}

/** Only if the operator chose a link in the message itself; each post or edit draws a new one. */
const linkInMessage = async (deps: Deps, card: Card): Promise<CardContext['link']> => {
  if (!deps.settings.linkInMessage || !card.request) return undefined
  const loaded = await deps.store.request(card.request)
  if (loaded?.grant?.state !== 'active') return undefined
  const opened = await openFetchLink(deps)(loaded.grant.id, loaded.request.requester, 'message')
  return opened.ok ? { url: opened.value.url.reveal(), expiresAt: opened.value.expiresAt } : undefined
}

const contextOf = async (
  deps: Deps,
  loaded: Loaded | undefined,
  card: Card,
): Promise<Omit<CardContext, 'audience'>> => {
  const entry = loaded && deps.catalogue.get(loaded.request.integration)
  const grant = loaded?.grant
  const isForOwner =
    card.recipient.to === 'channel' || (loaded !== undefined && isOwner(deps, loaded.request, card.recipient.person))
  return {
    now: deps.clock.now(),
    nameOf: nameOf(deps),
    ...(entry && { integration: entry.integration }),
    ...(entry && isForOwner && grant?.state === 'revoking' && grant.handle
      ? { manualRevoke: entry.connector.manualRevoke(grant.handle) }
      : {}),
    ...(isForOwner && loaded?.request.state === 'pending' ? await forDecision(deps, loaded) : {}),
  }
}

/** What an owner wants to know before deciding: whether it can be, what this person held lately, who holds the same. */
const forDecision = async (deps: Deps, { request }: Loaded) => {
  const bar = barTo(deps, request)
  const recent = await deps.store.requestsOf(request.requester, 5)
  const same = await Promise.all(request.items.map(({ resource }) => deps.store.requestsFor(resource)))
  return {
    ...(bar && { bar }),
    heldRecently: recent.filter((one) => one.grant !== undefined && one.request.id !== request.id),
    alsoHeldBy: same.flat().filter((one) => one.grant !== undefined && one.request.requester !== request.requester),
  }
}

/** A person as a card names them; someone who left the directory keeps the key. */
export const nameOf =
  ({ directory }: Pick<Deps, 'directory'>): CardContext['nameOf'] =>
  (id: PersonId) => {
    const person = directory.find(id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  }
