import { type AccessRequest, type Change, decide, expire, reroute } from '../domain/access-request.ts'
import type { Bar } from '../domain/eligibility.ts'
import { grantId, type PersonId, type RequestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { keepingOthers, type Requirement, route } from '../domain/routing.ts'
import { ExternalError, type Loaded, type Save } from '../ports.ts'
import { awayRefusal } from './away.ts'
import { cardsTo, noticeToOwners, ownerCards, peopleIn } from './cards-for.ts'
import { checkAccountsOf } from './check-accounts.ts'
import { type Deps, membersOf, notServed, ownersOf, untilCommitted } from './deps.ts'
import { barTo } from './may-hold.ts'

export type Verdict =
  | { readonly by: PersonId; readonly verdict: 'approve'; readonly note?: string }
  | { readonly by: PersonId; readonly verdict: 'deny'; readonly note: string }

/**
 * An owner's verdict. The owner tag is read from the vault first, so that nobody decides by a stale one: if it changed,
 * the request goes to the new owners and this verdict does not count. If the tag cannot be read, nothing is approved, and the
 * owners that the request has may deny it: that gives nothing. Whether the requester's chat account is still active is
 * asked as well, where the chat answers.
 */
export const decideRequest =
  (deps: Deps) =>
  async (id: RequestId, verdict: Verdict): Promise<Outcome<Loaded>> => {
    const requester = verdict.verdict === 'approve' ? (await deps.store.request(id))?.request.requester : undefined
    if (requester) await checkAccountsOf(deps)(requester) // which closes the request of somebody who is gone
    const isDenial = (request: AccessRequest) =>
      verdict.verdict === 'deny' && ownersOf(deps, request).some((members) => members.has(verdict.by))
    return withOwnersOfToday(deps, id, (request, bar) => judged(deps, request, verdict, bar), isDenial)
  }

/**
 * Whether the person may decide, as far as the rows tell: no vault is asked, because somebody waits for a dialog. A no
 * takes its time: somebody who is no owner is measured against the owner tag of today, which moves the request if it
 * changed, and what bars the requester is shown on the cards.
 */
export const mayDecide =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId, verdict: Verdict['verdict']): Promise<Outcome<Loaded>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const bar = barTo(deps, loaded.request)
    const tried = judged(deps, loaded.request, { by, verdict: 'approve' }, bar)
    if (tried.ok) return accept(loaded)
    const isBarred = tried.refusal === bar
    const isGone = tried.refusal.code === 'integration-removed'
    if ((isBarred || isGone) && verdict === 'deny') return accept(loaded)
    if (!isBarred && tried.refusal.code !== 'not-an-owner') return tried
    return withOwnersOfToday(deps, id, (_, now) => (isBarred && now ? refuse(now) : tried))
  }

const withOwnersOfToday = async (
  deps: Deps,
  id: RequestId,
  judge: (request: AccessRequest, bar: Bar | undefined) => Outcome<Change>,
  /** Whether it may be judged by the owners that it has, when those of today cannot be read. */
  mayUseKnownOwners: (request: AccessRequest) => boolean = () => false,
): Promise<Outcome<Loaded>> => {
  const first = await deps.store.request(id)
  if (!first) return refuse({ code: 'no-such-request' })
  const read = first.request.state === 'pending' ? await currentRequirements(deps, first) : undefined
  const isUnread = typeof read === 'string'
  if (isUnread && !mayUseKnownOwners(first.request)) return refuse({ code: 'vault-unreachable', trouble: read })
  // Where nothing is configured any more, those who were asked may still say no.
  const isServed = deps.integrations.has(first.request.integration)
  if (read === undefined && first.request.state === 'pending' && isServed) return refuse({ code: 'nobody-to-decide' })
  const requirements = isUnread ? undefined : read

  const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request } = loaded
    const now = deps.clock.now()
    const late = expire(request, now)
    if (late) return (await save(deps, outcomeCards(deps, late))) ?? refuse({ code: 'deadline-passed', at: now })
    const moved = requirements && reroute(request, requirements, now)
    if (moved) return (await save(deps, rerouted(deps, moved, request))) ?? refuse({ code: 'rerouted' })

    const bar = barTo(deps, request)
    const change = judge(request, bar)
    if (!change.ok) {
      const isBarred = change.refusal === bar
      return (isBarred ? await save(deps, { request, audit: [] }) : undefined) ?? change // its cards say why now
    }
    const { grant } = change.value
    const away = grant && (await awayRefusal(deps, request.integration, request.items))
    if (away) return away
    return (
      (await save(deps, outcomeCards(deps, change.value))) ??
      accept((await deps.store.request(id)) ?? { request: change.value.request, ...(grant && { grant }) })
    )
  })
  deps.nudge()
  return outcome
}

const judged = (deps: Deps, request: AccessRequest, verdict: Verdict, bar: Bar | undefined): Outcome<Change> => {
  const directory = deps.directory.fingerprint?.()
  const shared = { now: deps.clock.now(), owners: ownersOf(deps, request), ...(directory && { directory }) }
  const decided = decide(
    request,
    verdict.verdict === 'approve'
      ? { ...verdict, ...shared, ...(bar && { bar }), grant: grantId(deps.newId()) }
      : { ...verdict, ...shared },
  )
  const isGiving = decided.ok && verdict.verdict === 'approve'
  return isGiving && !deps.integrations.has(request.integration) ? refuse(notServed(request)) : decided
}

const save = async (deps: Deps, change: Save): Promise<'conflict' | undefined> =>
  (await deps.store.commit(change)) === 'conflict' ? 'conflict' : undefined

/** A denial or a passed deadline is told in a new message: an edit notifies nobody. */
export const outcomeCards = (deps: Deps, change: Save): Save => {
  const { request } = change
  const isOver = request.state === 'denied' || request.state === 'expired'
  return isOver
    ? { ...change, cards: cardsTo(deps, request.requester, { request: request.id, audience: 'outcome' }) }
    : change
}

/** A text is the code of what kept the owners from being read. */
const currentRequirements = async (
  deps: Deps,
  { request }: Loaded,
): Promise<readonly Requirement[] | string | undefined> => {
  const entry = deps.integrations.get(request.integration)
  if (!entry) return undefined
  const { integration, connector } = entry
  const key = integration.resourceOwner?.key
  const requirements: Requirement[] = []
  for (const [index, item] of request.items.entries()) {
    try {
      const tag = key === undefined ? undefined : await connector.ownerTag(item, key)
      const requirement = route(integration, item, tag, request.requester, membersOf(deps))
      if (!requirement) return undefined
      requirements.push(keepingOthers(request.requirements[index], requirement, integration))
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ request: request.id, code: error.code }, 'owner tag could not be read')
      return error.code
    }
  }
  return requirements
}

/** Old owners, new owners and the integration's owners are told; the new ones get cards to decide on. */
const rerouted = (deps: Deps, change: Save, before: Loaded['request']): Save => {
  const text = ({ requirements }: Loaded['request']) => requirements.flatMap(({ owners }) => owners).join(', ')
  const notice = { about: 'rerouted', from: text(before), to: text(change.request) } as const
  const told = [...before.requirements, ...change.request.requirements].flatMap(({ owners }) => owners)
  const old = peopleIn(
    deps,
    before.requirements.flatMap(({ owners }) => owners),
  )
  const fresh = ownerCards(deps, change.request).filter(
    ({ recipient }) => recipient.to === 'person' && !old.includes(recipient.person),
  )
  const asked = { ...change.request, requirements: [{ owners: told, approvals: 1, by: 'tag' as const }] }
  return { ...change, cards: [...fresh, ...noticeToOwners(deps, asked, notice)] }
}
