import type { Card, Reach } from '../domain/card.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { PersonId } from '../domain/ids.ts'
import { type PastItem, pastItems } from '../domain/past-access.ts'
import { givenOf, waitingFor } from '../domain/request-items.ts'
import type { Connector, Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import { requestCard } from '../views/cards.ts'
import { noticeCard } from '../views/notices.ts'
import type { MessageView } from '../views/view-model.ts'
import { caveatsOf } from './caveats.ts'
import { lookAtChannel } from './check-channels.ts'
import { controlGroupOf } from './control-group-cards.ts'
import { type Deps, isOnlyVault, isOwner, membersOf, nameOf, ownersOf } from './deps.ts'
import { endingContext } from './ending-context.ts'
import { isFollowed } from './followed-cards.ts'
import { lentOf } from './lent.ts'
import { barTo } from './may-hold.ts'
import { neighboursOf } from './neighbours.ts'
import { typingAt } from './open-home.ts'
import { usageOf } from './orders.ts'
import { outlastingOf } from './outlasting.ts'
import { misusedLinkOf, toHolder } from './page-addresses.ts'
import { usedSoFarOf } from './used-so-far.ts'

export type Context = Omit<CardContext, 'audience'>

/** What a card's text is made from. `caveats` asks the vault, for at most a second. */
export const contentOf = async (
  deps: Deps,
  card: Card,
  caveats: 'with-caveats' | 'without-caveats' = 'with-caveats',
): Promise<{ loaded: Loaded | undefined; context: Context }> => {
  const reach = await reachOf(deps, card)
  const loaded = card.request && (await deps.store.request(card.request))
  return { loaded, context: { ...(await contextOf(deps, loaded, card, caveats)), ...(reach && { reach }) } }
}

/** Posts a new channel message only when its readers are known; a later look redraws existing ones. */
const reachOf = async (deps: Deps, { recipient, message }: Card): Promise<Reach | undefined> => {
  if (recipient.to !== 'channel') return undefined
  const { channel } = recipient
  return (message && (await deps.store.channelReach(channel))) ?? lookAtChannel(deps, channel)
}

/** A card as a message. */
export const viewOf = (card: Card, loaded: Loaded | undefined, context: Context): MessageView => {
  const origin = { card: card.id }
  if (card.audience === 'notice') return { ...noticeCard(card.notice, context, loaded), origin }
  if (!loaded) throw new Error('a card without its request')
  return { ...requestCard(loaded, { ...context, audience: card.audience }), origin }
}

const contextOf = async (
  deps: Deps,
  loaded: Loaded | undefined,
  card: Card,
  caveats: 'with-caveats' | 'without-caveats',
): Promise<Context> => {
  const reader = card.recipient.to === 'channel' ? 'channel' : card.recipient.person
  return {
    ...(await contextFor(deps, loaded, reader, caveats)),
    ...(loaded && (await isFollowed(deps, card)) && { isFollowed: true }),
    ...(card.audience === 'notice' ? await misusedLinkOf(deps, card.notice) : {}),
    ...(await controlGroupOf(deps, card)),
    ...(await endingContext(deps, card, loaded)),
    ...typingAt(deps, card.recipient),
  }
}

/** What a text about a request is made from, for one reader, in whatever message or page it stands. */
export const contextFor = async (
  deps: Deps,
  loaded: Loaded | undefined,
  reader: PersonId | 'channel',
  caveats: 'with-caveats' | 'without-caveats',
): Promise<Context> => {
  const entry = loaded && deps.integrations.get(loaded.request.integration)
  const grant = loaded?.grant
  const isForOwner = reader === 'channel' || (loaded !== undefined && isOwner(deps, loaded, reader))
  return {
    now: deps.clock.now(),
    nameOf: nameOf(deps),
    peopleOf: membersOf(deps),
    ...(entry && { integration: entry.integration }),
    ...(deps.settings.lookEvery !== undefined && { lookEvery: deps.settings.lookEvery }),
    ...(loaded && { outlasts: outlastingOf(deps, { ...loaded.request, items: givenOf(loaded) }) }),
    ...(entry && grant && loginNow(entry.connector, grant)),
    ...(loaded && lentContext(deps, loaded)),
    ...(loaded && entry?.connector.auditLog && (await usedOf(deps, loaded))),
    ...(loaded && isOnlyVault(deps, loaded.request.integration) && { isOnlyVault: true }),
    ...(loaded && toHolder(deps, loaded, reader)),
    ...(loaded && (await neighboursOf(deps, loaded))),
    ...(grant?.state === 'ended' && { rotations: await deps.store.rotationsOf(grant.id) }),
    ...(entry && isForOwner && grant && isUnproved(grant) && grant.handle
      ? { manualRevoke: entry.connector.manualRevoke(grant.handle) }
      : {}),
    ...(loaded?.request.state === 'pending' && caveats === 'with-caveats'
      ? { caveats: await caveatsOfItems(deps, loaded) }
      : {}),
    ...(isForOwner && loaded?.request.state === 'pending' ? await forDecision(deps, loaded) : {}),
    ...(loaded && reader !== 'channel' && standsTo(deps, loaded, reader, isForOwner)),
  }
}

const lentContext = (deps: Deps, loaded: Loaded): Pick<Context, 'lent'> => {
  const lent = lentOf(deps, loaded)
  return lent ? { lent } : {}
}

const usedOf = async ({ store }: Deps, loaded: Loaded): Promise<Pick<Context, 'used'>> => {
  const used = await usedSoFarOf(store, loaded)
  return used ? { used } : {}
}

/** Role and login are no secrets: only the workload has a token for them. */
const loginNow = (connector: Connector, grant: Grant): Pick<Context, 'login'> => {
  const login = grant.state === 'active' && grant.workload ? usageOf(connector, grant).login : undefined
  return login ? { login } : {}
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
