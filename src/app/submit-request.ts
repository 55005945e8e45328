import { submit } from '../domain/access-request.ts'
import type { RequestCap } from '../domain/caps.ts'
import { mayRequest } from '../domain/eligibility.ts'
import { type PersonId, type ResourceId, requestId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import type { Item } from '../domain/resource.ts'
import { route } from '../domain/routing.ts'
import { after, type Seconds, seconds, timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { awayRefusal } from './away.ts'
import { cardsForRequest } from './cards-for.ts'
import { type Deps, membersOf } from './deps.ts'

export type Wish = {
  readonly requester: PersonId
  readonly draft: string
  readonly resource: ResourceId
  readonly permission: string
  readonly duration: Seconds
  readonly reason: string
}

/**
 * Files a request. Only the database is asked (chat waits for the answer); the owner tag is the last discovered one and
 * is read again from the vault before anybody's decision counts. The same draft sent twice is one request.
 */
export const submitRequest =
  (deps: Deps) =>
  async (wish: Wish): Promise<Outcome<Loaded>> => {
    const { store, integrations, clock } = deps
    const before = await store.requestByDraft(wish.draft)
    if (before) return before.request.requester === wish.requester ? accept(before) : refuse({ code: 'try-again' })

    const resource = await store.resource(wish.resource)
    const entry = resource && integrations.get(resource.integration)
    if (!entry) return refuse({ code: 'no-such-resource' })
    const { integration, connector } = entry
    if (!mayRequest(wish.requester, integration, membersOf(deps))) {
      return refuse({ code: 'not-a-requester', integration: integration.id })
    }
    if (resource.obstacle) return refuse({ code: 'cannot-be-granted', obstacle: resource.obstacle })
    if (!resource.permissions.includes(wish.permission)) {
      return refuse({ code: 'no-such-permission', permission: wish.permission })
    }
    const item: Item = { resource: resource.id, type: resource.type, path: resource.path, permission: wish.permission }
    const away = await awayRefusal(deps, integration.id, [item])
    if (away) return away
    const twice = await alreadyAsked(deps, wish.requester, item)
    if (twice) return refuse({ code: 'already-asked', state: twice })
    const cap = capOf(deps)
    const tooMuch = cap && (await beyond(deps, wish.requester, cap))
    if (tooMuch) return refuse(tooMuch)
    const plan = connector.plan([item])
    if (!plan.ok) return plan

    const requirement = route(integration, item, resource.ownerTag, wish.requester, membersOf(deps))
    const { resource: _, permission: __, ...kept } = wish
    const submission = { ...kept, id: requestId(deps.newId()), items: [item] as const, plan: plan.value }
    const outcome = submit(submission, integration, [requirement], clock.now())
    if (!outcome.ok) return outcome
    const { request } = outcome.value
    const saved = await store.commit({ ...outcome.value, cards: cardsForRequest(deps, request), ...(cap && { cap }) })
    deps.nudge()
    if (saved === 'conflict') return submitRequest(deps)(wish) // the same draft was faster
    return accept((await store.request(request.id)) ?? { request })
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

const alreadyAsked = async (deps: Deps, requester: PersonId, item: Item): Promise<'pending' | 'live' | undefined> => {
  const open = (await deps.store.requestsFor(item.resource)).filter(
    ({ request }) =>
      request.requester === requester && request.items.some(({ permission }) => permission === item.permission),
  )
  if (open.some(({ request }) => request.state === 'pending')) return 'pending'
  return open.some(({ grant }) => grant && grant.state !== 'ended' && grant.state !== 'revoking') ? 'live' : undefined
}
