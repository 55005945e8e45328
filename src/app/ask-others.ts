import { askOthers } from '../domain/access-request.ts'
import { type Card, type Identity, isUnreachable, type UnreachableReason } from '../domain/card.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import type { Integration, Members } from '../domain/integration.ts'
import { openIn } from '../domain/request-items.ts'
import { type Requirement, withOthers } from '../domain/routing.ts'
import type { Directory, Loaded, Save } from '../ports.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import { type Deps, ownersOf, untilCommitted } from './deps.ts'

type Pending = Loaded['request']

const mostNamed = 20
const most = 10_000

/**
 * Checks pending requests that did not reach their owners. Owners without a card get one. When no owner is reachable,
 * the integration's owners may decide too; they and the requester are told.
 */
export const askOthersWhereNeeded = (deps: Deps) => async (): Promise<void> => {
  for (const id of await deps.store.unheard()) await untilCommitted(() => seeTo(deps, id))
}

/**
 * Checks pending requests whose owners the new directory changed. New owners get a card if nobody else who may decide has
 * one. All cards are drawn again, because other people may have something to decide now. A wrong directory must not
 * let others decide, so nobody else is asked.
 */
export const askOwnersOfToday =
  (deps: Deps) =>
  async (before: Directory): Promise<void> => {
    for (const { request } of await deps.store.requests({ state: 'pending', limit: most })) {
      const [earlier, now] = [ownersOf({ directory: before }, request), ownersOf(deps, request)]
      if (earlier.some((members, index) => !areSamePeople(members, now[index])))
        await untilCommitted(() => seeTo(deps, request.id, { isReload: true }))
    }
  }

const areSamePeople = (one: Members, other: Members | undefined): boolean =>
  one.size === other?.size && [...one].every((person) => other.has(person))

const seeTo = async (deps: Deps, id: RequestId, { isReload = false } = {}): Promise<'committed' | 'conflict'> => {
  const loaded = await deps.store.request(id)
  const integration = loaded && deps.integrations.get(loaded.request.integration)?.integration
  if (loaded?.request.state !== 'pending' || !integration) return 'committed'
  const { request } = loaded
  const cards = await deps.store.cardsOf(id)
  const owners = ownersOf(deps, request)
  const silent = request.requirements.filter(
    (each, index) => openIn(request, each, owners[index]).length > 0 && !isHeard(deps, request, each, cards),
  )
  if (silent.length === 0 && !isReload) return 'committed'
  const otherwise = isReload ? { request, audit: [] } : widening(deps, request, silent, cards, integration)
  const change = invitation(deps, request, silent, cards) ?? otherwise
  if (!change) return 'committed'
  const saved = await deps.store.commit(change)
  deps.nudge()
  return saved
}

const ownersIn = (deps: Deps, request: Pending, parties: Requirement['owners']): readonly PersonId[] =>
  peopleIn(deps, parties, [request.requester])

const cardsFor = (cards: readonly Card[], person: PersonId): readonly Card[] =>
  cards.filter(
    ({ audience, recipient }) => audience === 'owner' && recipient.to === 'person' && recipient.person === person,
  )

const isLost = ({ trouble }: Card): boolean => trouble !== undefined && isUnreachable(trouble.code)

/** Whether a person who may decide has a card that was or may be delivered. */
const isHeard = (deps: Deps, request: Pending, { owners }: Requirement, cards: readonly Card[]): boolean =>
  ownersIn(deps, request, owners).some((person) => cardsFor(cards, person).some((card) => !isLost(card)))

/** Cards for owners without one, such as later members of a group. */
const invitation = (
  deps: Deps,
  request: Pending,
  silent: readonly Requirement[],
  cards: readonly Card[],
): Save | undefined => {
  const people = silent.flatMap(({ owners }) => ownersIn(deps, request, owners))
  const added = ownerCardsTo(deps, request, [...new Set(people)], cards)
  return added.length > 0 ? { request, audit: [], cards: added } : undefined
}

/** Cards for identities without one. */
const ownerCardsTo = (deps: Deps, request: Pending, people: readonly PersonId[], cards: readonly Card[]) =>
  people
    .flatMap((person) => cardsTo(deps, person, { request: request.id, audience: 'owner' }))
    .filter(({ recipient }) => recipient.to === 'person' && !isAmong(recipient.identity, cards))

const isAmong = (identity: Identity, cards: readonly Card[]): boolean =>
  cards.some(
    ({ audience, recipient }) =>
      audience === 'owner' &&
      recipient.to === 'person' &&
      recipient.identity.platform === identity.platform &&
      recipient.identity.tenant === identity.tenant &&
      recipient.identity.subject === identity.subject,
  )

const widening = (
  deps: Deps,
  request: Pending,
  silent: readonly Requirement[],
  cards: readonly Card[],
  integration: Integration,
): Save | undefined => {
  const requirements = request.requirements.map((each) =>
    silent.includes(each) ? widened(deps, request, each, integration) : each,
  )
  const people = [...new Set(silent.flatMap(({ owners }) => ownersIn(deps, request, owners)))]
  const others = ownersIn(deps, request, integration.owners).filter((person) => !people.includes(person))
  const added = ownerCardsTo(deps, request, others, cards)
  if (added.length === 0 && wasTold(cards)) return undefined
  const isAsked = others.length > 0 && (added.length > 0 || others.some((person) => hasCard(cards, person)))
  const named = people.slice(0, mostNamed)
  const notice = { about: 'owners-unreachable', people: named, others: isAsked, why: reasonsOf(cards, named) } as const
  const told = [request.requester, ...(isAsked ? others : [])].flatMap((person) =>
    cardsTo(deps, person, { request: request.id, audience: 'notice', notice }),
  )
  if (added.length === 0 && told.length === 0) return undefined // nobody could be told, and nothing would change
  deps.log.warn({ request: request.id, others: isAsked }, 'no owner of a request can be reached')
  const change = askOthers(request, isAsked ? requirements : request.requirements, people, notice.why, deps.clock.now())
  return { ...change, cards: [...added, ...told] }
}

/** The platforms' reason for each of them. */
const reasonsOf = (cards: readonly Card[], people: readonly PersonId[]): Readonly<Record<string, UnreachableReason>> =>
  Object.fromEntries(
    people.flatMap((person) => {
      const code = cardsFor(cards, person).find(isLost)?.trouble?.code
      return code !== undefined && isUnreachable(code) ? [[person, code]] : []
    }),
  )

const hasCard = (cards: readonly Card[], person: PersonId): boolean =>
  cardsFor(cards, person).some((card) => !isLost(card))

/** When the first owners have no members left, the integration's owners replace them, as for a new request. */
const widened = (deps: Deps, request: Pending, each: Requirement, integration: Integration): Requirement =>
  ownersIn(deps, request, each.owners).length === 0
    ? { ...each, owners: integration.owners, by: 'integration' }
    : withOthers(each, integration)

/** That nobody else can be asked is told once. */
const wasTold = (cards: readonly Card[]): boolean =>
  cards.some((card) => card.audience === 'notice' && card.notice.about === 'owners-unreachable' && !card.notice.others)
