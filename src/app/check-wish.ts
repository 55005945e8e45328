import { wishFault } from '../domain/access-request.ts'
import type { OtherSecrets } from '../domain/beneath.ts'
import type { RequestCap } from '../domain/caps.ts'
import { isEndNear } from '../domain/ending.ts'
import { tooShort } from '../domain/extension.ts'
import type { Grant } from '../domain/grant.ts'
import type { GrantId, PersonId } from '../domain/ids.ts'
import type { Run } from '../domain/pipeline.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { givenOf, named } from '../domain/request-items.ts'
import { type Item, isFolder } from '../domain/resource.ts'
import { routesOf } from '../domain/routing.ts'
import { after, type Seconds, seconds, timestamp } from '../domain/time.ts'
import { isSameWorkload, type Workload, type WorkloadWish, workloadFor } from '../domain/workload.ts'
import { awayRefusal } from './away.ts'
import { type ChosenItems, type FoundItems, findChosen } from './chosen-items.ts'
import { type Deps, membersOf } from './deps.ts'
import { opensMore } from './lent.ts'
import { mayExtend } from './may-extend.ts'

export type Wish = {
  readonly requester: PersonId
  readonly draft: string
  readonly duration: Seconds
  readonly reason: string
  /** The run of the pipeline that asks. */
  readonly run?: Run | undefined
} & (Choice | { /** A live grant of the requester: the same again, to follow it. */ readonly extends: GrantId })

type Choice = {
  /** All of one integration, at most ten. */
  readonly items: ChosenItems
  /** One denial denies the whole request. */
  readonly allOrNothing?: boolean | undefined
  /** What becomes of other owners' secrets beneath a folder; by default they are left out. */
  readonly others?: OtherSecrets
  /** Who is to use it instead of the requester. */
  readonly workload?: WorkloadWish | undefined
}

/**
 * A wish that the database has nothing against, and the cap to check again at the commit. The items of an extension have
 * the exceptions of its grant.
 */
export type CheckedWish = FoundItems &
  Pick<Choice, 'allOrNothing' | 'others'> & { readonly cap: RequestCap | undefined; readonly workload?: Workload }

/** Checks a wish by the rows alone, so that a form can show a mistake beside its field. */
export const checkWish = async (deps: Deps, wish: Wish): Promise<Outcome<CheckedWish>> => {
  const choice = await choiceOf(deps, wish)
  if (!choice.ok) return choice
  const { items: chosen, allOrNothing, others } = choice.value
  const found = await findChosen(deps, wish.requester, chosen)
  if (!found.ok) return found
  const { integration, connector, tags } = found.value
  const used = choice.value.workload && workloadFor(choice.value.workload, connector.workloads)
  if (used && !used.ok) return used
  const workload = used && { workload: used.value }
  const [first, ...rest] = found.value.items
  const items = [asBefore(first, choice.value), ...rest.map((item) => asBefore(item, choice.value))] as const
  const away = await awayRefusal(deps, integration.id, items)
  if (away) return away
  const twice = await alreadyAsked(deps, wish, items, workload?.workload)
  if (twice) return refuse(twice)
  const cap = capOf(deps)
  const tooMuch = cap && (await beyond(deps, wish.requester, cap))
  if (tooMuch) return refuse(tooMuch)
  const fault = wishFault({ ...wish, items }, integration)
  if (fault) return refuse(fault)
  for (const [position, item] of items.entries()) {
    const isWide = opensMore(connector, item)
    const routes = routesOf(integration, item, tags[position], wish.requester, membersOf(deps), isWide)
    if (typeof routes === 'string') return refuse({ code: routes, ...named(item, items) })
  }
  return accept({ ...found.value, items, allOrNothing, ...(others && { others }), ...workload, cap })
}

/** What is wanted. An extension wants what its grant gives, and nothing more. */
const choiceOf = async (deps: Deps, wish: Wish): Promise<Outcome<Choice & { readonly before?: readonly Item[] }>> => {
  if ('items' in wish) return accept(wish)
  const found = await mayExtend(deps)(wish.extends, wish.requester)
  if (!found.ok) return found
  const { request, grant } = found.value
  const refusal = tooShort(grant, wish.duration, deps.clock.now())
  if (refusal) return refuse(refusal)
  const [first, ...others] = grant.items
  const { allOrNothing, workload } = request
  return accept({ items: [first, ...others], allOrNothing, workload, before: grant.items })
}

/** A folder keeps its exceptions, and the owners who were asked about the rest. */
const asBefore = (item: Item, { before = [] }: { readonly before?: readonly Item[] }): Item => {
  const earlier = before.find((one) => isSame(one, item))
  if (!earlier || !isFolder(item)) return item
  const except = [...new Set([...(item.except ?? []), ...(earlier.except ?? [])])].sort()
  return { ...item, ...(except.length > 0 && { except }), ...(earlier.asked && { asked: earlier.asked }) }
}

/**
 * The folders of a wish, about which the vault must be asked before the wish is filed. Refuses what the rows refuse, and
 * a draft that was filed needs no question.
 */
export const foldersToAsk =
  (deps: Deps) =>
  async (wish: Wish): Promise<Outcome<readonly string[]>> => {
    if (await deps.store.requestByDraft(wish.draft)) return accept([])
    const items = 'items' in wish ? wish.items : ((await deps.store.requestOfGrant(wish.extends))?.grant?.items ?? [])
    const resources = await Promise.all(items.map(({ resource }) => deps.store.resource(resource)))
    const folders = resources.flatMap((one) => (one && isFolder(one) ? [one.path] : []))
    if (folders.length === 0) return accept([])
    const checked = await checkWish(deps, wish)
    return checked.ok ? accept(folders) : checked
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

/** The first item that the person has requested for the same user, or has for some time to come. An extension is for what they have. */
const alreadyAsked = async (
  { store, clock }: Deps,
  { requester, ...wish }: Wish,
  items: readonly Item[],
  workload: Workload | undefined,
): Promise<Refusal | undefined> => {
  const open = await Promise.all(items.map(({ resource }) => store.requestsFor(resource)))
  for (const [position, item] of items.entries()) {
    const own = (open[position] ?? []).filter(
      (loaded) =>
        loaded.request.requester === requester &&
        isSameWorkload(loaded.request.workload, workload) &&
        givenOf(loaded).some((one) => isSame(one, item)),
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
