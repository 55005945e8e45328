import type { AccessRequest, Change, Part } from '../domain/access-request.ts'
import { expire } from '../domain/access-request.ts'
import { decide, type Giving, type Judgement, partOf } from '../domain/decide.ts'
import { isBar } from '../domain/eligibility.ts'
import { checkLength, grantedLength, lengthsUpTo } from '../domain/granted-length.ts'
import { grantId, type PersonId, type RequestId } from '../domain/ids.ts'
import type { Lent } from '../domain/lent.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { allOf, areSame, itemsAt, named, standingIn, waitingFor } from '../domain/request-items.ts'
import { movedItems, reroute } from '../domain/reroute.ts'
import type { Positions } from '../domain/routing.ts'
import type { Seconds } from '../domain/time.ts'
import type { Loaded, Save } from '../ports.ts'
import { awayRefusal } from './away.ts'
import { cardsTo } from './cards-for.ts'
import { checkAccountsOf } from './check-accounts.ts'
import { type Deps, notServed, ownersOf, untilCommitted } from './deps.ts'
import { lentFor } from './lent.ts'
import { barTo } from './may-hold.ts'
import { narrowingOf } from './narrow-request.ts'
import { type Neighbours, neighboursOf } from './neighbours.ts'
import { outlastingOf } from './outlasting.ts'
import { type OwnersToday, ownersOfToday, type Unsure } from './owners-of-today.ts'
import { newsOfMove } from './rerouted.ts'

export type Verdict = {
  readonly by: PersonId
  /** What the dialog showed to the person. Absent in dialogs of older releases, which concern one item. */
  readonly seen?: Part
} & Judgement

/** A request that a person may decide on, with that person's part of it and the lengths that they may approve. */
export type Decidable = Loaded &
  Neighbours & {
    readonly part: Part
    readonly lengths?: readonly Seconds[]
    /** What is lent for the part. */
    readonly lent?: Lent | undefined
    readonly lookEvery?: Seconds | undefined
    readonly outlasts?: readonly string[]
  }

/**
 * An owner's verdict on that person's items. Owner tags are read from the vault first, so that nobody decides by a
 * stale one. Items with a changed tag go to the new owners, and this verdict does not count for them. An item with an
 * unreadable tag is neither approved nor given, but its known owners may deny it. Before anything can be given, the
 * chat is asked whether the requester's account is active. What is new beneath a folder is excepted first, and then the
 * owner must see that. A pipeline never decides, whatever groups say.
 */
export const decideRequest =
  (deps: Deps) =>
  async (id: RequestId, verdict: Verdict): Promise<Outcome<Loaded>> => {
    if (deps.directory.find(verdict.by)?.isPipeline) return refuse({ code: 'not-for-pipelines' })
    const asked = (await deps.store.request(id))?.request
    const mayGive = asked && (verdict.verdict === 'approve' || asked.items.length > 1)
    if (mayGive) await checkAccountsOf(deps)(asked.requester) // this closes the request of a requester who is gone
    return byOwnersOfToday(deps, id, verdict, (request) =>
      verdict.seen || request.items.length === 1 ? judged(deps, request, verdict) : refuse({ code: 'part-changed' }),
    )
  }

/**
 * The items that the person may decide on, judged by the rows if possible, because a dialog is waiting. A refusal may
 * take time: a person who is no owner is checked against today's owner tags. Items with a changed tag move. Cards show
 * what bars the requester.
 */
export const mayDecide =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId, verdict: Verdict['verdict']): Promise<Outcome<Decidable>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request } = loaded
    const asked: Verdict =
      verdict === 'approve' ? { by, verdict } : { by, verdict, note: 'a note is still to be written' }
    const tried = judged(deps, request, asked)
    if (tried.ok) {
      const giving = givingOf(deps, request)
      const lengths = lengthsUpTo(giving.lengths, grantedLength(request))
      const part = partOf(request, ownersOf(deps, request), by, giving)
      const { lookEvery } = deps.settings
      const outlasts = outlastingOf(deps, { ...request, items: itemsAt(request, part.items) })
      const lent = lentFor(deps.integrations.get(request.integration)?.connector, itemsAt(request, part.items))
      const more = { part, lengths, lent, lookEvery, outlasts }
      return accept({ ...loaded, ...(await neighboursOf(deps, loaded)), ...more })
    }
    if (!isBar(tried.refusal) && tried.refusal.code !== 'not-an-owner') return tried
    const outcome = await byOwnersOfToday(deps, id, asked, (now) => {
      const again = judged(deps, now, asked)
      return again.ok ? tried : again
    })
    return outcome.ok ? refuse({ code: 'try-again' }) : outcome
  }

/** Why a length cannot be approved, so that its field can show it before the dialog closes. */
export const mayApproveFor =
  (deps: Deps) =>
  async (id: RequestId, length: Seconds): Promise<Refusal | undefined> => {
    const loaded = await deps.store.request(id)
    return loaded && checkLength(loaded.request, givingOf(deps, loaded.request).lengths, length)
  }

const byOwnersOfToday = async (
  deps: Deps,
  id: RequestId,
  { by, verdict }: Verdict,
  judge: (request: AccessRequest) => Outcome<Change>,
): Promise<Outcome<Loaded>> => {
  const first = await deps.store.request(id)
  if (!first) return refuse({ code: 'no-such-request' })
  // Where the integration is no longer configured, the asked owners may still deny.
  const entry = first.request.state === 'pending' ? deps.integrations.get(first.request.integration) : undefined
  const today = entry && (await ownersOfToday(deps, first.request, entry))
  const narrowing = narrowingOf(deps, entry)

  const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request } = loaded
    const now = deps.clock.now()
    const late = expire(request, now)
    if (late) return (await save(deps, outcomeCards(deps, late))) ?? refuse({ code: 'deadline-passed', at: now })
    const routes = today?.routes(request)
    const moved = routes && reroute(request, routes, now)
    if (moved) {
      const positions = movedItems(request, routes)
      const saved = await save(deps, newsOfMove(deps, moved, request, positions))
      const isTheirs = saved === undefined && concerns(deps, by, positions, request, moved.request)
      // Where only other owners' items moved, the verdict counts: it is judged by the rows just written.
      return isTheirs ? refuse({ code: 'rerouted', ...movedName(request, positions) }) : 'conflict'
    }
    const uncertain = today && uncertainFor(deps, request, today, by, verdict)
    if (uncertain) return refuse(uncertain)

    const change = judge(request)
    if (!change.ok) {
      const isNews = isBar(change.refusal) // its cards now show the reason
      return (isNews ? await save(deps, { request, audit: [] }) : undefined) ?? change
    }
    const { grant } = change.value
    const narrowed = grant ? await narrowing(request) : accept(undefined)
    if (!narrowed.ok) return narrowed
    if (narrowed.value) return (await save(deps, narrowed.value)) ?? refuse({ code: 'part-changed' })
    const unsure = grant && today && uncertainIn(change.value.request, today)
    if (unsure) return refuse(unsure)
    const away = grant && (await awayRefusal(deps, request.integration, grant.items))
    if (away) return away
    return (
      (await save(deps, outcomeCards(deps, change.value))) ??
      accept((await deps.store.request(id)) ?? { request: change.value.request, ...(grant && { grant }) })
    )
  })
  deps.nudge()
  return outcome
}

/** Whether items of the person moved, away or here; a person without items asked about all of them. */
const concerns = (deps: Deps, by: PersonId, moved: Positions, before: AccessRequest, after: AccessRequest): boolean => {
  const own = waitingFor(before, ownersOf(deps, before), by)
  const next = waitingFor(after, ownersOf(deps, after), by)
  return own.length === 0 || own.some((position) => moved.includes(position)) || !areSame(own, next)
}

const movedName = (request: AccessRequest, [first = 0]: Positions) =>
  itemsAt(request, [first]).map((item) => named(item, request.items))[0]

/** Why it is uncertain that the person may decide. The known owners may deny what is unreadable. */
const uncertainFor = (
  deps: Deps,
  request: AccessRequest,
  { unsure }: OwnersToday,
  by: PersonId,
  verdict: Verdict['verdict'],
): Unsure | undefined => {
  const own = waitingFor(request, ownersOf(deps, request), by)
  const asked = own.length > 0 ? own : allOf(request)
  return asked
    .map((position) => unsure.get(position))
    .find((why) => why && !(verdict === 'deny' && own.length > 0 && why.code === 'vault-unreachable'))
}

/** Why the owner of an item that would be given is uncertain: the last decision gives other owners' items too. */
const uncertainIn = (request: AccessRequest, { unsure }: OwnersToday): Unsure | undefined =>
  standingIn(request).flatMap((position) => unsure.get(position) ?? [])[0]

const judged = (deps: Deps, request: AccessRequest, verdict: Verdict): Outcome<Change> => {
  const directory = deps.directory.fingerprint?.()
  const shared = {
    ...{ now: deps.clock.now(), owners: ownersOf(deps, request), giving: givingOf(deps, request) },
    ...(directory && { directory }),
  }
  const decided = decide(request, { ...verdict, ...shared })
  const isGiving = decided.ok && verdict.verdict === 'approve'
  return isGiving && !deps.integrations.has(request.integration) ? refuse(notServed(request)) : decided
}

const givingOf = (deps: Deps, request: AccessRequest): Giving => ({
  grant: grantId(deps.newId()),
  bar: (items) => barTo(deps, { request }, items),
  plan: (items) =>
    deps.integrations.get(request.integration)?.connector.plan(items, request.workload) ?? refuse(notServed(request)),
  lengths: deps.integrations.get(request.integration)?.integration.durations ?? [],
})

const save = async (deps: Deps, change: Save): Promise<'conflict' | undefined> =>
  (await deps.store.commit(change)) === 'conflict' ? 'conflict' : undefined

/** Tells a denial or a passed deadline in a new message, because an edit notifies nobody. */
export const outcomeCards = (deps: Deps, change: Save): Save => {
  const { request } = change
  const isOver = request.state === 'denied' || request.state === 'expired'
  return isOver
    ? { ...change, cards: cardsTo(deps, request.requester, { request: request.id, audience: 'outcome' }) }
    : change
}
