import type { Plan } from '../domain/connector.ts'
import type { Grant } from '../domain/grant.ts'
import { type Lent, lentIn } from '../domain/lent.ts'
import { givenOf, isWhole, standingIn } from '../domain/request-items.ts'
import type { Item, Resource } from '../domain/resource.ts'
import type { Connector, Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'

type Reaching = Pick<Connector, 'reach'>

/** Whether an item comes by a policy that opens more than the item. */
export const opensMore = (connector: Reaching, item: Item): boolean =>
  (connector.reach?.([item])?.beyond.length ?? 0) > 0

/** What would be lent for these items now. */
export const lentFor = (connector: Reaching | undefined, items: readonly Item[]): Lent | undefined =>
  connector?.reach?.(items)

/** What is or would be lent for a request, as it was frozen. What else that opens is known by today's configuration. */
export const lentOf = (deps: Pick<Deps, 'integrations'>, { request, grant }: Loaded): Lent | undefined => {
  if (grant) return lentOfGrant(deps, grant)
  const now = lentFor(deps.integrations.get(request.integration)?.connector, givenOf({ request }))
  return isWhole(request, standingIn(request)) ? asFrozen(request.plan, now) : now
}

/** The same for an access. */
export const lentOfGrant = (
  { integrations }: Pick<Deps, 'integrations'>,
  { plan, integration, items }: Pick<Grant, 'plan' | 'integration' | 'items'>,
): Lent | undefined => asFrozen(plan, lentFor(integrations.get(integration)?.connector, items))

/** What a plan lends; with all that it opens, if the same would be lent `now`. */
export const asFrozen = (plan: Plan, now: Lent | undefined): Lent | undefined => {
  const frozen = lentIn(plan)
  return frozen && now && isSame(frozen, now) ? now : frozen
}

const isSame = (one: Lent, other: Lent): boolean =>
  one.role === other.role && one.policies.join() === other.policies.join()

/** What would be lent for each permission of a resource; absent where the bot does not lend. */
export type Lends = ReadonlyMap<string, Lent>

/** See `Lends`. */
export const lendsFor =
  ({ integrations }: Pick<Deps, 'integrations'>) =>
  ({ id, type, path, integration, permissions }: Resource): Lends | undefined => {
    const reach = integrations.get(integration)?.connector.reach
    return reach && new Map(permissions.flatMap((permission) => entry(permission, reach, { id, type, path })))
  }

const entry = (
  permission: string,
  reach: NonNullable<Connector['reach']>,
  { id, type, path }: Pick<Resource, 'id' | 'type' | 'path'>,
): readonly (readonly [string, Lent])[] => {
  const lent = reach([{ resource: id, type, path, permission }])
  return lent ? [[permission, lent]] : []
}
