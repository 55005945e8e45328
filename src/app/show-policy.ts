import type { Plan } from '../domain/connector.ts'
import { planFor } from '../domain/decide.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import type { Lent } from '../domain/lent.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { isWhole, itemsAt, standingIn, waitingFor } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import type { Decidable } from './decide-request.ts'
import { type Deps, isOwner, notServed, ownersOf } from './deps.ts'
import { asFrozen, lentFor } from './lent.ts'

/**
 * A document for the vault, and the part of the request that it covers. `isExact`: the connector would write the same
 * for these items today.
 */
export type ShownPlan = Plan & {
  readonly of: 'all' | 'own' | 'rest'
  readonly items: readonly Item[]
  readonly isExact: boolean
  readonly lent?: Lent | undefined
}

/** A request with all its items, for the requester and the owners, with the reader's own items. */
export const showItems =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Decidable>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    if (loaded.request.requester !== by && !isOwner(deps, loaded, by)) return refuse({ code: 'not-an-owner' })
    return accept({ ...loaded, part: { items: waitingFor(loaded.request, ownersOf(deps, loaded.request), by) } })
  }

/**
 * The exact document for the vault, for the requester and the owners. After the approval it is the written one. Before
 * that, an owner sees the document of their decision, and others that of all remaining items.
 */
export const showPolicy =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<ShownPlan>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request, grant } = loaded
    if (request.requester !== by && !isOwner(deps, loaded, by)) return refuse({ code: 'not-an-owner' })
    const standing = standingIn(request)
    const of = isWhole(request, standing) ? 'all' : 'rest'
    const connector = deps.integrations.get(request.integration)?.connector
    const shown = (plan: Plan, items: readonly Item[], part: ShownPlan['of']): Outcome<ShownPlan> => {
      const today = connector?.plan(items, request.workload)
      const isExact = today?.ok === true && today.value.hash === plan.hash
      const lent = asFrozen(plan, lentFor(connector, items))
      return accept({ ...plan, of: part, items, isExact, lent })
    }
    if (grant) return shown(grant.plan, grant.items, of)
    const own = request.requester === by ? [] : waitingFor(request, ownersOf(deps, request), by)
    const giving = {
      plan: (some: readonly Item[]) => connector?.plan(some, request.workload) ?? refuse(notServed(request)),
    }
    const isOwn = own.length > 0 && !isWhole(request, own)
    const positions = isOwn ? own : standing
    const plan = planFor(request, positions, giving)
    return plan.ok ? shown(plan.value, itemsAt(request, positions), isOwn ? 'own' : of) : plan
  }
