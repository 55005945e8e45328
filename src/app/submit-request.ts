import { submit } from '../domain/access-request.ts'
import { exceptionsFor, stillExcepting } from '../domain/beneath.ts'
import type { Plan } from '../domain/connector.ts'
import { requestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { named } from '../domain/request-items.ts'
import { type Item, isFolder } from '../domain/resource.ts'
import { routesOf } from '../domain/routing.ts'
import { ExternalError, type Loaded } from '../ports.ts'
import { cardsForRequest } from './cards-for.ts'
import { type CheckedWish, checkWish, type Wish } from './check-wish.ts'
import { type Deps, membersOf } from './deps.ts'
import { lentFor, opensMore } from './lent.ts'
import { newLooks } from './looks.ts'
import { walkBeneath } from './walk-beneath.ts'

export type { Wish } from './check-wish.ts'

/**
 * Files a request for all items or for none. The owner tags are the last discovered ones; a decision reads them again.
 * Only for folders is the vault asked, which takes seconds: no chat may be waiting then. Sending the same draft twice
 * makes one request.
 */
export const submitRequest = (deps: Deps) => {
  const looks = newLooks(deps)
  const file = async (wish: Wish): Promise<Outcome<Loaded>> => {
    const { store, clock } = deps
    const before = await store.requestByDraft(wish.draft)
    if (before) return before.request.requester === wish.requester ? accept(before) : refuse({ code: 'try-again' })

    const checked = await checkWish(deps, wish)
    if (!checked.ok) return checked
    const { integration, connector, tags, cap, allOrNothing, workload } = checked.value
    const complete = await withExceptions(deps, looks, checked.value, wish)
    if (!complete.ok) return complete
    const items = complete.value
    const plan = planOf((some) => connector.plan(some, workload), items)
    if (!plan.ok) return plan

    const routes = items.map((item, position) =>
      routesOf(integration, item, tags[position], wish.requester, membersOf(deps), opensMore(connector, item)),
    )
    const { requester, draft, duration, reason, run } = wish
    const insists = allOrNothing && items.length > 1 ? { allOrNothing: true as const } : {}
    const follows = 'extends' in wish ? { extends: wish.extends } : {}
    const submission = {
      requester,
      draft,
      duration,
      reason,
      ...{ ...insists, ...follows, ...(run && { run }), ...(workload && { workload }) },
      id: requestId(deps.newId()),
      items,
      plan: plan.value,
    }
    const outcome = submit(submission, integration, routes, clock.now(), lentFor(connector, items))
    if (!outcome.ok) return outcome
    const { request } = outcome.value
    const saved = await store.commit({ ...outcome.value, cards: cardsForRequest(deps, request), ...(cap && { cap }) })
    deps.nudge()
    if (saved === 'conflict') return file(wish) // the same draft was faster, or one for the same item
    return accept((await store.request(request.id)) ?? { request })
  }
  return file
}

type Items = CheckedWish['items']

/** Each folder with what must be left out of it, and the owners to ask about the rest. */
const withExceptions = async (
  deps: Deps,
  looks: ReturnType<typeof newLooks>,
  { items, others, integration, connector }: CheckedWish,
  wish: Wish,
): Promise<Outcome<Items>> => {
  if (!items.some(isFolder)) return accept(items)
  try {
    const change: typeof stillExcepting = (...about) => exceptionsFor(...about, others)
    const looking = { integration, connector: looks(wish.requester, integration.id, connector) }
    const walked = await walkBeneath(looking, items, 'extends' in wish ? stillExcepting : change)
    return walked.ok ? accept(walked.value.items) : walked
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.warn({ code: error.code }, 'what lies beneath a folder could not be looked up')
    return refuse({ code: 'beneath-unknown', trouble: error.code })
  }
}

/** The plan for all items; a refusal names the first item without a plan. */
const planOf = (planFor: (items: readonly Item[]) => Outcome<Plan>, items: readonly Item[]): Outcome<Plan> => {
  for (const item of items.length > 1 ? items : []) {
    const alone = planFor([item])
    if (!alone.ok) return refuse({ ...alone.refusal, ...named(item, items) })
  }
  return planFor(items)
}
