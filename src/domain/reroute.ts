import type { AccessRequest, Change, Decision } from './access-request.ts'
import { system } from './audit-event.ts'
import { itemsText, ownersText, requestEvent } from './request-audit.ts'
import { allOf, decidedBy, itemsAt, itemsOf, standingIn } from './request-items.ts'
import { type Positions, type Requirement, type Route, requirementsFrom, sameOwners } from './routing.ts'
import type { Timestamp } from './time.ts'

/** The routes of one item in the request. */
export const routesAt = (request: AccessRequest, position: number): readonly Route[] =>
  request.requirements.flatMap((requirement) => {
    const { for: _, ...route } = requirement
    return itemsOf(request, requirement).includes(position) ? [route] : []
  })

/** The items with new owners. `routes` are those of each item; denied items stay denied. */
export const movedItems = (request: AccessRequest, routes: readonly (readonly Route[])[]): Positions =>
  standingIn(request).filter((position) => !areSameRoutes(routesAt(request, position), routes[position] ?? []))

const areSameRoutes = (before: readonly Route[], now: readonly Route[]): boolean =>
  before.length === now.length && now.every((route) => before.some((one) => sameOwners(one, route)))

/**
 * Sends items whose owners changed since submission to the new owners, and voids the decisions on them. Decisions on
 * other items stay. `undefined` when nothing changed.
 */
export const reroute = (
  request: AccessRequest,
  routes: readonly (readonly Route[])[],
  now: Timestamp,
): Change | undefined => {
  const moved = movedItems(request, routes)
  if (moved.length === 0 || request.state !== 'pending') return undefined
  const requirements = requirementsFrom(
    allOf(request).map((position) =>
      moved.includes(position) ? (routes[position] ?? []) : routesAt(request, position),
    ),
  )
  const isPart = moved.length < request.items.length
  const touching = (each: readonly Requirement[]) =>
    each.filter((one) => itemsOf(request, one).some((position) => moved.includes(position)))
  const detail = {
    from: ownersText(touching(request.requirements)),
    to: ownersText(touching(requirements)),
    ...(isPart && { items: itemsText(itemsAt(request, moved)) }),
  }
  const decisions = request.decisions.flatMap((decision) => without(request, decision, moved))
  return {
    request: { ...request, requirements, decisions },
    audit: [requestEvent(request, 'request-rerouted', system, now, detail)],
  }
}

/** The decision without the moved items; empty when it concerned no others. */
const without = (request: AccessRequest, decision: Decision, moved: Positions): readonly Decision[] => {
  const left = decidedBy(request, decision).filter((position) => !moved.includes(position))
  if (left.length === 0) return []
  if (left.length === decidedBy(request, decision).length) return [decision]
  const { items, plan, ...part } = decision.part ?? { items: allOf(request), plan: request.plan.hash }
  const gone = items.filter((position) => !left.includes(position))
  return [{ ...decision, part: { ...part, items, ...(plan !== undefined && { plan }), void: gone } }]
}
