import { type AuditEvent, byPerson, system } from './audit-event.ts'
import type { Plan } from './connector.ts'
import type { Grant } from './grant.ts'
import type { GrantId, IntegrationId, PersonId, RequestId } from './ids.ts'
import { type Integration, longest } from './integration.ts'
import { type Lent, lentDetail } from './lent.ts'
import { type Run, runText } from './pipeline.ts'
import { accept, type Outcome, type Refusal, refuse } from './refusal.ts'
import { itemsText, mostNamed, ownersText, requestEvent } from './request-audit.ts'
import { maxItems, named } from './request-items.ts'
import type { Item } from './resource.ts'
import { type NoDecider, type Positions, type Requirement, type Route, requirementsFrom } from './routing.ts'
import { after, type Seconds, type Timestamp } from './time.ts'
import { textOfWorkload, type Workload } from './workload.ts'
import { reasonFault } from './written.ts'

/** Why a pending request is closed when its requester may no longer get anything. */
export type CloseReason = 'person-removed' | 'account-deactivated'

export type Decision = {
  readonly by: PersonId
  readonly verdict: 'approve' | 'deny'
  readonly note?: string
  /** The length that an owner approved, if it is shorter than the requested one. */
  readonly duration?: Seconds
  readonly at: Timestamp
  /** Absent: the decision is about all items and the request's own plan. */
  readonly part?: Part
}

/** Some items of a request, and for an approval the hash of their plan. */
export type Part = {
  readonly items: Positions
  readonly plan?: string
  /** Items that have new owners since: the decision no longer counts for them. */
  readonly void?: Positions
}

type RequestBasics = {
  readonly id: RequestId
  /** Identifies one opened form: sending the same form twice makes one request. */
  readonly draft: string
  readonly requester: PersonId
  readonly integration: IntegrationId
  /** The requested items, unchanged by decisions. */
  readonly items: readonly [Item, ...Item[]]
  /** One denial denies the whole request. By default it denies only its owner's items. */
  readonly allOrNothing?: true
  /** Who uses the access instead of the requester, who stays answerable for it. */
  readonly workload?: Workload
  readonly reason: string
  readonly duration: Seconds
  /**
   * The plan for all items, frozen at submission. The connector refuses to write anything else, unless items were
   * denied.
   */
  readonly plan: Plan
  /** Frozen at submission and changed only by re-routing. Each one with items that nobody denied must be met. */
  readonly requirements: readonly Requirement[]
  readonly decisions: readonly Decision[]
  readonly submittedAt: Timestamp
  /** The live grant that this request is to follow. */
  readonly extends?: GrantId
  /** The run of the pipeline that asked; absent for a person. */
  readonly run?: Run
  /** When the requester last reminded the owners. */
  readonly remindedAt?: Timestamp
  /** Counts changes of the request and its grant; a commit succeeds only from the current revision. */
  readonly revision: number
}

export type AccessRequest = RequestBasics &
  (
    | { readonly state: 'pending'; readonly decideBy: Timestamp }
    | { readonly state: 'approved'; readonly at: Timestamp }
    | { readonly state: 'denied'; readonly at: Timestamp; readonly by: PersonId; readonly note: string }
    /** Without `because`, the requester cancelled it. */
    | { readonly state: 'cancelled'; readonly at: Timestamp; readonly because?: CloseReason }
    | { readonly state: 'expired'; readonly at: Timestamp }
  )

/** What is written together: the new request, made from the revision that it still has. */
export type Change = { readonly request: AccessRequest; readonly grant?: Grant; readonly audit: readonly AuditEvent[] }

export type Submission = Omit<
  RequestBasics,
  'requirements' | 'decisions' | 'revision' | 'submittedAt' | 'remindedAt' | 'integration'
>

/** What is wrong with the words and numbers of a wish. */
export const wishFault = (
  { reason, duration, items }: Pick<Submission, 'reason' | 'duration' | 'items'>,
  integration: Pick<Integration, 'durations'>,
): Refusal | undefined => {
  const fault = reasonFault(reason)
  if (fault) return fault
  if (!integration.durations.includes(duration)) return { code: 'duration-not-offered', longest: longest(integration) }
  return items.length > maxItems ? { code: 'too-many-items', most: maxItems } : undefined
}

/**
 * A new request, pending for `decideWithin` of its integration. `routes` are the deciders of each item, and `lent` is what
 * the audit log keeps of the policies to lend.
 */
export const submit = (
  wish: Submission,
  integration: Integration,
  routes: readonly (readonly Route[] | NoDecider)[],
  now: Timestamp,
  lent?: Lent,
): Outcome<Change> => {
  const fault = wishFault(wish, integration)
  if (fault) return refuse(fault)
  const certain: (readonly Route[])[] = []
  for (const [position, item] of wish.items.entries()) {
    const each = routes[position] ?? 'no-owner'
    if (typeof each === 'string') return refuse({ code: each, ...named(item, wish.items) })
    certain.push(each)
  }
  const requirements = requirementsFrom(certain)
  const request: AccessRequest = {
    ...wish,
    reason: wish.reason.trim(),
    integration: integration.id,
    requirements,
    decisions: [],
    submittedAt: now,
    revision: 0,
    state: 'pending',
    decideBy: after(now, integration.decideWithin),
  }
  const detail = {
    items: itemsText(request.items),
    reason: request.reason,
    seconds: request.duration,
    plan: request.plan.hash,
    owners: ownersText(requirements),
    ...(request.allOrNothing && { allOrNothing: true }),
    ...(request.extends && { extends: request.extends }),
    ...(request.run && { run: runText(request.run) }),
    ...(request.workload && { workload: textOfWorkload(request.workload) }),
    ...(lent && lentDetail(lent)),
  }
  return accept({
    request,
    audit: [requestEvent(request, 'request-submitted', byPerson(request.requester), now, detail)],
  })
}

/** Cancels a pending request for its requester. */
export const cancel = (request: AccessRequest, by: PersonId, now: Timestamp): Outcome<Change> => {
  if (by !== request.requester) return refuse({ code: 'not-the-requester' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state, wish: 'cancel' })
  const { decideBy: _, ...kept } = request
  const audit = [requestEvent(request, 'request-cancelled', byPerson(by), now, {})]
  return accept({ request: { ...kept, state: 'cancelled', at: now }, audit })
}

/** Closes the request of a requester who is gone; `undefined` when it is not pending. */
export const close = (request: AccessRequest, because: CloseReason, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending') return undefined
  const { decideBy: _, ...kept } = request
  const audit = [requestEvent(request, 'request-cancelled', system, now, { because })]
  return { request: { ...kept, state: 'cancelled', at: now, because }, audit }
}

/** Expires a request that nobody decided in time; `undefined` while there is time, or when it is not pending. */
export const expire = (request: AccessRequest, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending' || request.decideBy > now) return undefined
  const { decideBy: _, ...kept } = request
  return {
    request: { ...kept, state: 'expired', at: now },
    audit: [requestEvent(request, 'request-expired', system, now, {})],
  }
}

/** Lets others decide as well, because owners could not be reached. Earlier decisions stay. */
export const askOthers = (
  request: AccessRequest,
  requirements: readonly Requirement[],
  people: readonly PersonId[],
  why: Readonly<Record<string, string>>,
  now: Timestamp,
): Change => {
  const reasons = Object.entries(why).map(([person, code]) => `${person}: ${code}`)
  const detail = {
    people: people.slice(0, mostNamed).join(' '),
    ...(reasons.length > 0 && { why: reasons.join(', ') }),
    to: ownersText(requirements),
  }
  return {
    request: { ...request, requirements },
    audit: [requestEvent(request, 'owners-unreachable', system, now, detail)],
  }
}
