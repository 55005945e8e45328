import { type AuditEvent, byPerson, system } from './audit-event.ts'
import type { Plan } from './connector.ts'
import type { Bar } from './eligibility.ts'
import { type Grant, newGrant } from './grant.ts'
import type { GrantId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Integration, Members } from './integration.ts'
import { accept, type Outcome, refuse } from './refusal.ts'
import type { Item } from './resource.ts'
import { type Requirement, sameOwners } from './routing.ts'
import { after, type Seconds, type Timestamp } from './time.ts'

/** Why a pending request is closed when its requester may not get anything any more. */
export type CloseReason = 'person-removed' | 'account-deactivated'

export type Decision = {
  readonly by: PersonId
  readonly verdict: 'approve' | 'deny'
  readonly note?: string
  readonly at: Timestamp
}

type RequestBasics = {
  readonly id: RequestId
  /** Names one opened form: sending the same form twice makes one request. */
  readonly draft: string
  readonly requester: PersonId
  readonly integration: IntegrationId
  readonly items: readonly [Item, ...Item[]]
  readonly reason: string
  readonly duration: Seconds
  /** Frozen at submission: the connector refuses to write anything else. */
  readonly plan: Plan
  /** Frozen at submission, changed only by re-routing; all must be met. */
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

export type DecideCommand = {
  readonly by: PersonId
  readonly now: Timestamp
  /** Who the owners of each requirement are today, in the requirements' order. */
  readonly owners: readonly Members[]
  /** Fingerprint of the directory that says so. */
  readonly directory?: string
} /** `bar` is why the requester may not have it today. */ & (
  | { readonly verdict: 'approve'; readonly note?: string; readonly grant: GrantId; readonly bar?: Bar }
  | { readonly verdict: 'deny'; readonly note: string }
)

export const reasonLength = { min: 5, max: 500 } as const

export type Submission = Omit<RequestBasics, 'requirements' | 'decisions' | 'revision' | 'submittedAt' | 'integration'>

/** A new request, pending until `decideWithin` of its integration has passed. */
export const submit = (
  wish: Submission,
  integration: Integration,
  requirements: readonly (Requirement | undefined)[],
  now: Timestamp,
): Outcome<Change> => {
  const length = wish.reason.trim().length
  if (length < reasonLength.min) return refuse({ code: 'reason-too-short', atLeast: reasonLength.min })
  if (length > reasonLength.max) return refuse({ code: 'reason-too-long', atMost: reasonLength.max })
  if (!integration.durations.includes(wish.duration)) {
    return refuse({ code: 'duration-not-offered', longest: longest(integration) })
  }
  const met = requirements.filter((requirement) => requirement !== undefined)
  if (met.length < wish.items.length) return refuse({ code: 'nobody-to-decide' })
  const request: AccessRequest = {
    ...wish,
    reason: wish.reason.trim(),
    integration: integration.id,
    requirements: met,
    decisions: [],
    submittedAt: now,
    revision: 0,
    state: 'pending',
    decideBy: after(now, integration.decideWithin),
  }
  const detail = {
    items: describe(request.items),
    reason: request.reason,
    seconds: request.duration,
    plan: request.plan.hash,
    owners: ownersText(met),
  }
  return accept({ request, audit: [event(request, 'request-submitted', byPerson(request.requester), now, detail)] })
}

export const longest = ({ durations }: Pick<Integration, 'durations'>): Seconds =>
  durations.reduce((most, duration) => (duration > most ? duration : most))

/** An owner's verdict. The first denial decides; an approval that meets the last requirement creates the grant. */
export const decide = (request: AccessRequest, command: DecideCommand): Outcome<Change> => {
  const { by, now } = command
  const isOwner = command.owners.some((members) => members.has(by))
  if (by === request.requester) return refuse({ code: 'own-request' })
  if (!isOwner) return refuse({ code: 'not-an-owner' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state })
  if (request.decideBy <= now) return refuse({ code: 'deadline-passed', at: request.decideBy })
  if (request.decisions.some((decision) => decision.by === by)) return refuse({ code: 'already-decided-by-you' })
  if (command.verdict === 'deny') return deny(request, command)
  if (command.bar) return refuse(command.bar)

  const decision: Decision = { by, verdict: 'approve', at: now, ...(command.note && { note: command.note }) }
  const decisions = [...request.decisions, decision]
  const approvers = decisions.map((each) => each.by)
  const isMet = request.requirements.every(
    (requirement, index) =>
      approvers.filter((person) => command.owners[index]?.has(person)).length >= requirement.approvals,
  )
  const audit = [
    event(request, 'request-approved', byPerson(by), now, { enough: isMet, ...eligibility(request, command) }),
  ]
  if (!isMet) return accept({ request: { ...request, decisions }, audit })
  const { decideBy: _, ...kept } = request
  const { requester: person, id, integration, items, duration, plan } = request
  return accept({
    request: { ...kept, decisions, state: 'approved', at: now },
    grant: newGrant({ id: command.grant, request: id, person, integration, items, duration, plan }, now),
    audit,
  })
}

type Pending = AccessRequest & { state: 'pending' }

const deny = (request: Pending, command: DecideCommand & { verdict: 'deny' }): Outcome<Change> => {
  const { by, now } = command
  const note = command.note.trim()
  if (note.length < reasonLength.min) return refuse({ code: 'note-required' })
  const { decideBy: _, ...kept } = request
  const decisions = [...request.decisions, { by, verdict: 'deny', note, at: now } as const]
  const audit = [event(request, 'request-denied', byPerson(by), now, { note, ...eligibility(request, command) })]
  return accept({ request: { ...kept, decisions, state: 'denied', at: now, by, note }, audit })
}

const mostNamed = 100 // members in one audit row; the count is always whole

/** By which requirement the decider could decide at that moment, and who else could have: groups change later. */
const eligibility = (request: AccessRequest, { by, owners, directory }: DecideCommand): AuditEvent['detail'] => {
  const met = request.requirements.filter((_, index) => owners[index]?.has(by))
  const members = new Set(owners.filter((group) => group.has(by)).flatMap((group) => [...group]))
  return {
    as: ownersText(met),
    memberCount: members.size,
    members: [...members].sort().slice(0, mostNamed).join(' '),
    ...(directory && { directory }),
  }
}

/** The requester takes a pending request back. */
export const cancel = (request: AccessRequest, by: PersonId, now: Timestamp): Outcome<Change> => {
  if (by !== request.requester) return refuse({ code: 'not-the-requester' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state })
  const { decideBy: _, ...kept } = request
  const audit = [event(request, 'request-cancelled', byPerson(by), now, {})]
  return accept({ request: { ...kept, state: 'cancelled', at: now }, audit })
}

/** Its requester is gone; `undefined` when nothing is left to close. */
export const close = (request: AccessRequest, because: CloseReason, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending') return undefined
  const { decideBy: _, ...kept } = request
  const audit = [event(request, 'request-cancelled', system, now, { because })]
  return { request: { ...kept, state: 'cancelled', at: now, because }, audit }
}

/** Nobody decided in time; `undefined` while there is time or nothing left to decide. */
export const expire = (request: AccessRequest, now: Timestamp): Change | undefined => {
  if (request.state !== 'pending' || request.decideBy > now) return undefined
  const { decideBy: _, ...kept } = request
  return {
    request: { ...kept, state: 'expired', at: now },
    audit: [event(request, 'request-expired', system, now, {})],
  }
}

/** The owners changed since submission: the request goes to the new ones; `undefined` when they are the same. */
export const reroute = (
  request: AccessRequest,
  requirements: readonly Requirement[],
  now: Timestamp,
): Change | undefined => {
  const isSame =
    requirements.length === request.requirements.length &&
    requirements.every((each, index) => {
      const before = request.requirements[index]
      return before !== undefined && sameOwners(before, each)
    })
  if (isSame || request.state !== 'pending') return undefined
  const detail = { from: ownersText(request.requirements), to: ownersText(requirements) }
  return {
    request: { ...request, requirements, decisions: [] },
    audit: [event(request, 'request-rerouted', system, now, detail)],
  }
}

/** Owners could not be reached: others may decide as well. What was decided so far stays. */
export const askOthers = (
  request: AccessRequest,
  requirements: readonly Requirement[],
  people: readonly PersonId[],
  now: Timestamp,
): Change => {
  const detail = { people: people.slice(0, mostNamed).join(' '), to: ownersText(requirements) }
  return {
    request: { ...request, requirements },
    audit: [event(request, 'owners-unreachable', system, now, detail)],
  }
}

const describe = (items: readonly Item[]): string => items.map((item) => `${item.permission} ${item.path}`).join(', ')
const ownersText = (requirements: readonly Requirement[]): string =>
  requirements.map(({ owners, by }) => `${owners.join('|')} (${by})`).join(', ')

const event = (
  request: AccessRequest,
  kind: AuditEvent['kind'],
  actor: AuditEvent['actor'],
  at: Timestamp,
  detail: AuditEvent['detail'],
): AuditEvent => ({ at, kind, actor, integration: request.integration, request: request.id, detail })
