import type { AccessRequest } from '../domain/access-request.ts'
import type { Audience, Notice } from '../domain/card.ts'
import { cardId, type PersonId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { NewCard } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'

type CardDeps = Pick<Deps, 'directory' | 'integrations' | 'newId' | 'platforms'>

/** One card for each of the person's identities on a running platform. */
export const cardsTo = (
  deps: CardDeps,
  person: PersonId,
  card: { request?: AccessRequest['id'] } & ({ audience: Audience } | { audience: 'notice'; notice: Notice }),
): NewCard[] =>
  (deps.directory.find(person)?.identities ?? [])
    .filter(({ platform }) => deps.platforms.has(platform))
    .map((identity) => ({ ...card, id: cardId(deps.newId()), recipient: { to: 'person', person, identity } }))

/** The people in the parties, each once, without those in `except`. */
export const peopleIn = (deps: CardDeps, parties: readonly Party[], except: readonly PersonId[] = []): PersonId[] =>
  [...new Set(parties.flatMap(membersOf(deps)))].filter((person) => !except.includes(person))

/** The cards of a new request: for the requester, every other owner, and the integration's channel. */
export const cardsForRequest = (deps: CardDeps, request: AccessRequest): NewCard[] => {
  const channel = deps.integrations.get(request.integration)?.integration.channel
  return [
    ...cardsTo(deps, request.requester, { request: request.id, audience: 'requester' }),
    ...ownerCards(deps, request),
    ...(channel && deps.platforms.has(channel.platform)
      ? [
          {
            id: cardId(deps.newId()),
            request: request.id,
            audience: 'channel' as const,
            recipient: { to: 'channel' as const, channel },
          },
        ]
      : []),
  ]
}

export const ownerCards = (deps: CardDeps, request: AccessRequest): NewCard[] =>
  peopleIn(
    deps,
    request.requirements.flatMap(({ owners }) => owners),
    [request.requester],
  ).flatMap((owner) => cardsTo(deps, owner, { request: request.id, audience: 'owner' }))

/** News to everybody in the parties, without a request. */
export const noticeTo = (deps: CardDeps, parties: readonly Party[], notice: Notice): NewCard[] =>
  peopleIn(deps, parties).flatMap((person) => cardsTo(deps, person, { audience: 'notice', notice }))

/** News to the requester, the request's owners and the integration's owners. */
export const noticeToAll = (deps: CardDeps, request: AccessRequest, notice: Notice): NewCard[] => [
  ...cardsTo(deps, request.requester, { request: request.id, audience: 'notice', notice }),
  ...noticeToOwners(deps, request, notice),
]

/** News to the request's owners and the integration's owners, each once. */
export const noticeToOwners = (deps: CardDeps, request: AccessRequest, notice: Notice): NewCard[] => {
  const integration = deps.integrations.get(request.integration)?.integration
  const parties = [...request.requirements.flatMap(({ owners }) => owners), ...(integration?.owners ?? [])]
  return peopleIn(deps, parties, [request.requester]).flatMap((owner) =>
    cardsTo(deps, owner, { request: request.id, audience: 'notice', notice }),
  )
}
