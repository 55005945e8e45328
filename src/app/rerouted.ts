import type { AccessRequest } from '../domain/access-request.ts'
import type { Notice } from '../domain/card.ts'
import { itemsAt } from '../domain/request-items.ts'
import { routesAt } from '../domain/reroute.ts'
import type { Positions } from '../domain/routing.ts'
import type { Save } from '../ports.ts'
import { noticeToOwners, ownerCards, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'

/**
 * The change with its news. The old and new owners of the moved items, and the integration's owners, are told. New
 * deciders of the request get a card.
 */
export const newsOfMove = (deps: Deps, change: Save, before: AccessRequest, moved: Positions): Save => {
  const partiesOf = (request: AccessRequest) => [
    ...new Set(moved.flatMap((position) => routesAt(request, position)).flatMap(({ owners }) => owners)),
  ]
  const [from, to] = [partiesOf(before), partiesOf(change.request)]
  const isPart = moved.length < before.items.length
  const notice: Notice = {
    ...{ about: 'rerouted', from: from.join(', '), to: to.join(', ') },
    ...(isPart && { items: itemsAt(before, moved).map(({ path }) => path) }),
  }
  const old = peopleIn(
    deps,
    before.requirements.flatMap(({ owners }) => owners),
  )
  const fresh = ownerCards(deps, change.request).filter(
    ({ recipient }) => recipient.to === 'person' && !old.includes(recipient.person),
  )
  const asked = { ...change.request, requirements: [{ owners: [...from, ...to], approvals: 1, by: 'tag' as const }] }
  return { ...change, cards: [...fresh, ...noticeToOwners(deps, asked, notice)] }
}
