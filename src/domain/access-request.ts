import { type AuditEvent, byPerson, system } from './audit-event.ts'
import type { Plan } from './connector.ts'
import type { Grant } from './grant.ts'
import type { IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Integration } from './integration.ts'
import { accept, type Outcome, refuse } from './refusal.ts'
import { itemsText, mostNamed, ownersText, requestEvent } from './request-audit.ts'
import { maxItems, named } from './request-items.ts'
import type { Item } from './resource.ts'
import { type Positions, type Requirement, type Route, requirementsFrom } from './routing.ts'
import { after, type Seconds, type Timestamp } from './time.ts'

/** Why a pending request is closed when its requester may not get anything any more. */
export type CloseReason = 'person-removed' | 'account-deactivated'

export type Decision = {
  readonly by: PersonId
  readonly verdict: 'approve' | 'deny'
  readonly note?: string
  readonly at: Timestamp
  /** Absent: about all items, and of the request's own plan. */
  readonly part?: Part
}

/** Some items of a request, and the hash of what the vault would get for them, where that was approved. */
export type Part = {
  readonly items: Positions
  readonly plan?: string
  /** Those that changed hands since: the decision does not count for them any more. */
  readonly void?: Positions
}

type RequestBasics = {
  readonly id: RequestId
  /** Names one opened form: sending the same form twice makes one request. */
  readonly draft: string
  readonly requester: PersonId
  readonly integration: IntegrationId
  /** As asked for, whatever was decided since. */
  readonly items: readonly [Item, ...Item[]]
  /** One denial denies the whole request; by default it denies the items of its owner, and the rest goes on. */
  readonly allOrNothing?: true
  readonly reason: string
  readonly duration: Seconds
  /** For all items, frozen at submission: the connector refuses to write anything else, unless items were denied. */
  readonly plan: Plan
  /** Frozen at submission, changed only by re-routing; each that has items nobody denied must be met. */
  readonly requirements: readonly Requirement[]
  readonly decisions: readonly Decision[]
  readonly submittedAt: Timestamp
  /** Counts changes of the request and its grant; a commit succeeds only from the current one. */
  readonly revision: number
}

export type AccessRequest = RequestBasics &
  (
    | { readonly state: 'pending'; readonly decideBy: Timestamp }
    | { readonly state: 'approved'; readonly at: Timestamp }
    | { readonly state: 'denied'; readonly at: Timestamp; readonly by: PersonId; readonly note: string }
    /** Without `because` the requester took it back. */
    | { readonly state: 'cancelled'; readonly at: Timestamp; readonly because?: CloseReason }
    | { readonly state: 'expired'; readonly at: Timestamp }
  )

/** What is written together: the request as it shall be, made from the revision that it still carries. */
export type Change = { readonly request: AccessRequest; readonly grant?: Grant; readonly audit: readonly AuditEvent[] }

export const reasonLength = { min: 5, max: 500 } as const

export type Submission = Omit<RequestBasics, 'requirements' | 'decisions' | 'revision' | 'submittedAt' | 'integration'>

/** A new request, pending until `decideWithin` of its integration has passed. `routes`: who decides on each item. */
export const submit = (
  wish: Submission,
  integration: Integration,
  routes: readonly (readonly Route[] | undefined)[],
  now: Timestamp,
): Outcome<Change> => {
  const length = wish.reason.trim().length
  if (length < reasonLength.min) return refuse({ code: 'reason-too-short', atLeast: reasonLength.min })
  if (length > reasonLength.max) return refuse({ code: 'reason-too-long', atMost: reasonLength.max })
  if (!integration.durations.includes(wish.duration)) {
    return refuse({ code: 'duration-not-offered', longest: longest(integration) })
  }
  if (wish.items.length > maxItems) return refuse({ code: 'too-many-items', most: maxItems })
  const nobody = wish.items.find((_, position) => !routes[position]?.length)
  if (nobody) return refuse({ code: 'nobody-to-decide', ...named(nobody, wish.items) })
  const requirements = requirementsFrom(routes.map((each) => each ?? []))
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
  }
  return accept({
    request,
    audit: [requestEvent(request, 'request-submitted', byPerson(request.requester), now, detail)],
  })
}

export const longest = ({ durations }: Pick<Integration, 'durations'>): Seconds =>
  durations.reduce((most, duration) => (duration > most ? duration : most))

/** The requester takes a pending request back. */
export const cancel = (request: AccessRequest, by: PersonId, now: Timestamp): Outcome<Change> => {
  if (by !== request.requester) return refuse({ code: 'not-the-requester' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state })
  const { decideBy: _, ...kept } = request
  const audit = [requestEvent(request, 'request-cancelled', byPerson(by), now, {})]
  return accept({ request: { ...kept, state: 'cancelled', at: now }, audit })
}

/** Its requester is gone; `undefined` when nothing is left to close. */
export const close = (request: AccessRequest, because: CloseReason, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending') return undefined
  const { decideBy: _, ...kept } = request
  const audit = [requestEvent(request, 'request-cancelled', system, now, { because })]
  return { request: { ...kept, state: 'cancelled', at: now, because }, audit }
}

/** Nobody decided in time; `undefined` while there is time or nothing left to decide. */
export const expire = (request: AccessRequest, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending' || request.decideBy > now) return undefined
  const { decideBy: _, ...kept } = request
  return {
    request: { ...kept, state: 'expired', at: now },
    audit: [requestEvent(request, 'request-expired', system, now, {})],
  }
}

/** Owners could not be reached: others may decide as well. What was decided so far stays. */
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
