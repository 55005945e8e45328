import { submit } from '../domain/access-request.ts'
import type { RequestCap } from '../domain/caps.ts'
import type { Plan } from '../domain/connector.ts'
import { isEndNear } from '../domain/ending.ts'
import { tooShort } from '../domain/extension.ts'
import type { Grant } from '../domain/grant.ts'
import { type GrantId, type PersonId, requestId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { givenOf, named } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import { routesOf } from '../domain/routing.ts'
import { after, type Seconds, seconds, timestamp } from '../domain/time.ts'
import type { Connector, Loaded } from '../ports.ts'
import { awayRefusal } from './away.ts'
import { cardsForRequest } from './cards-for.ts'
import { type ChosenItems, findChosen } from './chosen-items.ts'
import { type Deps, membersOf } from './deps.ts'
import { mayExtend } from './may-extend.ts'

export type Wish = {
  readonly requester: PersonId
  readonly draft: string
  readonly duration: Seconds
  readonly reason: string
} & (Choice | { /** A live grant of the requester: the same again, to follow it. */ readonly extends: GrantId })

type Choice = {
  /** All of one integration, at most ten. */
  readonly items: ChosenItems
  /** One denial denies the whole request. */
  readonly allOrNothing?: boolean | undefined
}

/**
 * Files a request for all items or for none. It uses only the database, because chat waits for the answer. The owner
 * tags are the last discovered ones; a decision reads them again. Sending the same draft twice makes one request.
 */
export const submitRequest =
  (deps: Deps) =>
  async (wish: Wish): Promise<Outcome<Loaded>> => {
    const { store, clock } = deps
    const before = await store.requestByDraft(wish.draft)
    if (before) return before.request.requester === wish.requester ? accept(before) : refuse({ code: 'try-again' })

    const choice = await choiceOf(deps, wish)
    if (!choice.ok) return choice
    const found = await findChosen(deps, wish.requester, choice.value.items)
    if (!found.ok) return found
    const { integration, connector, items, tags } = found.value
    const away = await awayRefusal(deps, integration.id, items)
    if (away) return away
    const twice = await alreadyAsked(deps, wish, items)
    if (twice) return refuse(twice)
    const cap = capOf(deps)
    const tooMuch = cap && (await beyond(deps, wish.requester, cap))
    if (tooMuch) return refuse(tooMuch)
    const plan = planOf(connector, items)
    if (!plan.ok) return plan

    const routes = items.map((item, position) =>
      routesOf(integration, item, tags[position], wish.requester, membersOf(deps)),
    )
    const { requester, draft, duration, reason } = wish
    const insists = choice.value.allOrNothing && items.length > 1 ? { allOrNothing: true as const } : {}
    const follows = 'extends' in wish ? { extends: wish.extends } : {}
    const submission = {
      requester,
      draft,
      duration,
      reason,
      ...{ ...insists, ...follows },
      id: requestId(deps.newId()),
      items,
      plan: plan.value,
    }
    const outcome = submit(submission, integration, routes, clock.now())
    if (!outcome.ok) return outcome
    const { request } = outcome.value
    const saved = await store.commit({ ...outcome.value, cards: cardsForRequest(deps, request), ...(cap && { cap }) })
    deps.nudge()
    if (saved === 'conflict') return submitRequest(deps)(wish) // the same draft was faster, or one for the same item
    return accept((await store.request(request.id)) ?? { request })
  }

/** What is wanted. An extension wants what its grant gives, and nothing more. */
const choiceOf = async (deps: Deps, wish: Wish): Promise<Outcome<Choice>> => {
  if ('items' in wish) return accept(wish)
  const found = await mayExtend(deps)(wish.extends, wish.requester)
  if (!found.ok) return found
  const { request, grant } = found.value
  const refusal = tooShort(grant, wish.duration, deps.clock.now())
  if (refusal) return refuse(refusal)
  const [first, ...others] = grant.items
  return accept({ items: [first, ...others], allOrNothing: request.allOrNothing })
}

/** The plan for all items; a refusal names the first item without a plan. */
const planOf = (connector: Connector, items: readonly Item[]): Outcome<Plan> => {
  for (const item of items.length > 1 ? items : []) {
    const alone = connector.plan([item])
    if (!alone.ok) return refuse({ ...alone.refusal, ...named(item, items) })
  }
  return connector.plan(items)
}

const hour = seconds(3600)

const capOf = ({ settings: { limits }, clock }: Deps): RequestCap | undefined =>
  limits && {
    waiting: limits.openRequests,
    recent: limits.requestsAnHour,
    since: timestamp(clock.now() - hour * 1000),
  }

const beyond = async ({ store }: Deps, person: PersonId, cap: RequestCap): Promise<Refusal | undefined> => {
  const { waiting, recent, oldest = cap.since } = await store.askedBy(person, cap.since)
  if (waiting >= cap.waiting) return { code: 'too-many-open', most: cap.waiting }
  if (recent < cap.recent) return undefined
  return { code: 'too-many-requests', most: cap.recent, again: after(oldest, hour) }
}

/** The first item that the person has requested, or has for some time to come. An extension is for what they have. */
const alreadyAsked = async (
  { store, clock }: Deps,
  { requester, ...wish }: Wish,
  items: readonly Item[],
): Promise<Refusal | undefined> => {
  const open = await Promise.all(items.map(({ resource }) => store.requestsFor(resource)))
  for (const [position, item] of items.entries()) {
    const own = (open[position] ?? []).filter(
      (loaded) => loaded.request.requester === requester && givenOf(loaded).some((one) => isSame(one, item)),
    )
    const pending = own.find(({ request }) => request.state === 'pending')
    const live = own.find(({ grant }) => grant && isRunning(grant) && !isEndNear(grant, clock.now()))
    const earlier = pending ?? ('extends' in wish ? undefined : live)
    if (earlier) {
      const state = pending ? 'pending' : 'live'
      return { code: 'already-asked', state, request: earlier.request.id, ...named(item, items) }
    }
  }
  return undefined
}

const isRunning = ({ state }: Grant): boolean => state === 'provisioning' || state === 'active'

const isSame = (one: Item, other: Item): boolean =>
  one.resource === other.resource && one.permission === other.permission
