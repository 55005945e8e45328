import type { AccessRequest, Change, Decision, Part } from './access-request.ts'
import { type AuditEvent, byPerson } from './audit-event.ts'
import type { Plan } from './connector.ts'
import type { Bar } from './eligibility.ts'
import { newGrant } from './grant.ts'
import { checkLength, grantedLength } from './granted-length.ts'
import type { GrantId, PersonId } from './ids.ts'
import type { Members } from './integration.ts'
import { accept, type Outcome, type Refusal, refuse } from './refusal.ts'
import { itemsText, mostNamed, ownersText, requestEvent } from './request-audit.ts'
import {
  allOf,
  areSame,
  decidedBy,
  isAllApproved,
  isWhole,
  itemsAt,
  itemsOf,
  standingIn,
  waitingFor,
} from './request-items.ts'
import type { Item } from './resource.ts'
import type { Positions } from './routing.ts'
import type { Seconds, Timestamp } from './time.ts'
import { noteFault } from './written.ts'

export type DecideCommand = {
  readonly by: PersonId
  readonly now: Timestamp
  /** Today's owners of each requirement, in the order of the requirements. */
  readonly owners: readonly Members[]
  /** The fingerprint of the directory with these owners. */
  readonly directory?: string
  readonly giving: Giving
  /** What the dialog showed to the owner; absent: there is nothing to compare. */
  readonly seen?: Part
} & Judgement

/** An owner's choice; `duration` is the approved length, absent for the requested one. */
export type Judgement =
  | { readonly verdict: 'approve'; readonly note?: string; readonly duration?: Seconds }
  | { readonly verdict: 'deny'; readonly note: string }

/** What the last decision needs to create a grant. */
export type Giving = {
  readonly grant: GrantId
  /** Why the requester may not have these items today. */
  readonly bar: (items: readonly Item[]) => Bar | undefined
  /** The plan of the vault for these items and the request's workload. */
  readonly plan: (items: readonly Item[]) => Outcome<Plan>
  /** The lengths on offer today. */
  readonly lengths: readonly Seconds[]
}

type Pending = AccessRequest & { readonly state: 'pending' }

/**
 * An owner's verdict on all items that wait for this person. A denial drops these items, or with `allOrNothing` denies
 * the request. The last decision creates the grant: exactly for the approved items, with a plan that writes what their
 * owners saw. When the last decision is a denial and the rest cannot be given, the request is denied.
 */
export const decide = (request: AccessRequest, command: DecideCommand): Outcome<Change> => {
  const { by, now, owners, giving, seen } = command
  if (by === request.requester) return refuse({ code: 'own-request' })
  if (!owners.some((members) => members.has(by))) return refuse({ code: 'not-an-owner' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state })
  if (request.decideBy <= now) return refuse({ code: 'deadline-passed', at: request.decideBy })
  const positions = waitingFor(request, owners, by)
  if (positions.length === 0) {
    const isOwn = request.decisions.some((decision) => decision.by === by)
    return refuse({ code: isOwn ? 'already-decided-by-you' : 'part-decided' })
  }
  if (seen && !areSame(seen.items, positions)) return refuse({ code: 'part-changed' })
  if (command.verdict === 'deny') return deny(request, command, positions)

  const fault = noteFault(command.note ?? '', { needed: false })
  if (fault) return refuse(fault)
  const barred = giving.bar(itemsAt(request, positions))
  if (barred) return refuse(barred)
  const unoffered = checkLength(request, giving.lengths, command.duration)
  if (unoffered) return refuse(unoffered)
  const plan = planFor(request, positions, giving)
  if (!plan.ok) return plan
  if (seen?.plan !== undefined && seen.plan !== plan.value.hash) return refuse({ code: 'part-changed' })
  const part = isAboutAll(request, by, positions) ? undefined : { items: positions, plan: plan.value.hash }
  const note = command.note ? { note: command.note } : {}
  const shorter = command.duration !== undefined && command.duration < request.duration
  const length = shorter && { duration: command.duration }
  const decided = withDecision(request, { by, verdict: 'approve', at: now, ...note, ...length, ...(part && { part }) })
  const about = part && { items: itemsText(itemsAt(request, positions)), plan: part.plan }
  const row = (detail: AuditEvent['detail']) =>
    decisionEvent(request, command, positions, 'request-approved', {
      ...{ ...detail, ...about },
      ...(length && { seconds: length.duration }),
    })
  if (!isAllApproved(decided, owners)) return accept({ request: decided, audit: [row({ enough: false })] })
  const granted = conclude(decided, command)
  if (!granted.ok) return granted
  const { change, minted } = granted.value
  return accept({ ...change, audit: [row({ enough: true, ...minted })] })
}

/** What this person would decide on now, and the hash of its plan. */
export const partOf = (
  request: AccessRequest,
  owners: readonly Members[],
  by: PersonId,
  giving: Pick<Giving, 'plan'>,
): Part => {
  const items = waitingFor(request, owners, by)
  const plan = planFor(request, items, giving)
  return { items, ...(plan.ok && { plan: plan.value.hash }) }
}

/** The frozen plan for all items; for some items the connector's plan for these. */
export const planFor = (request: AccessRequest, positions: Positions, { plan }: Pick<Giving, 'plan'>): Outcome<Plan> =>
  isWhole(request, positions) ? accept(request.plan) : plan(itemsAt(request, positions))

/** Whether a decision needs no list of its items. A person has one such decision; a second one names them all. */
const isAboutAll = (request: Pending, by: PersonId, positions: Positions): boolean =>
  isWhole(request, positions) && !request.decisions.some((earlier) => earlier.by === by && !earlier.part)

const withDecision = (request: Pending, decision: Decision): Pending => ({
  ...request,
  decisions: [...request.decisions, decision],
})

type Granted = { readonly change: Omit<Change, 'audit'>; readonly minted: AuditEvent['detail'] }

/** Concludes the request with a grant, once every remaining item is approved. */
const conclude = (request: Pending, { giving, now }: DecideCommand): Outcome<Granted> => {
  const positions = standingIn(request)
  const [first, ...others] = itemsAt(request, positions)
  if (!first) return refuse({ code: 'no-such-resource' })
  const items = [first, ...others] as const
  const barred = giving.bar(items)
  if (barred) return refuse(barred)
  if (!isWhole(request, positions) && !isAsApproved(request, positions, giving)) return refuse({ code: 'plan-changed' })
  const plan = planFor(request, positions, giving)
  if (!plan.ok) return plan
  const { decideBy: _, ...kept } = request
  const { requester: person, id, integration, workload } = request
  const duration = grantedLength(request)
  const given = { items, plan: plan.value, ...(workload && { workload }) }
  const grant = newGrant({ ...given, id: giving.grant, request: id, person, integration, duration }, now)
  const minted = {
    ...(!isWhole(request, positions) && { granted: itemsText(items), minted: plan.value.hash }),
    ...(duration < request.duration && { grantedSeconds: duration }),
  }
  return accept({ change: { request: { ...kept, state: 'approved', at: now }, grant }, minted })
}

/** Whether each valid approval would still write what its owner saw. */
const isAsApproved = (request: Pending, positions: Positions, giving: Giving): boolean =>
  request.decisions.every((decision) => {
    const counts = decidedBy(request, decision).some((position) => positions.includes(position))
    if (decision.verdict === 'deny' || !counts) return true
    const seen = giving.plan(itemsAt(request, decision.part?.items ?? allOf(request)))
    return seen.ok && seen.value.hash === (decision.part?.plan ?? request.plan.hash)
  })

const deny = (
  request: Pending,
  command: DecideCommand & { verdict: 'deny' },
  positions: Positions,
): Outcome<Change> => {
  const { by, now, owners } = command
  const note = command.note.trim()
  const fault = noteFault(note, { needed: true })
  if (fault) return refuse(fault)
  const part = isAboutAll(request, by, positions) ? undefined : { items: positions }
  const decided = withDecision(request, { by, verdict: 'deny', note, at: now, ...(part && { part }) })
  const about = { note, ...(part && { items: itemsText(itemsAt(request, positions)) }) }
  const row = (kind: AuditEvent['kind'], detail: AuditEvent['detail'] = {}) =>
    decisionEvent(request, command, positions, kind, { ...about, ...detail })
  const denied = (because?: Refusal['code']): Outcome<Change> => {
    const { decideBy: _, ...kept } = decided
    const audit = [row('request-denied', because && { because })]
    return accept({ request: { ...kept, state: 'denied', at: now, by, note }, audit })
  }
  if (request.allOrNothing || standingIn(decided).length === 0) return denied()
  if (!isAllApproved(decided, owners))
    return accept({ request: decided, audit: [row('items-denied', { enough: false })] })
  const granted = conclude(decided, command)
  if (!granted.ok) return denied(granted.refusal.code)
  const { change, minted } = granted.value
  return accept({ ...change, audit: [row('items-denied', { enough: true, ...minted })] })
}

const decisionEvent = (
  request: AccessRequest,
  command: DecideCommand,
  positions: Positions,
  kind: AuditEvent['kind'],
  detail: AuditEvent['detail'],
): AuditEvent =>
  requestEvent(request, kind, byPerson(command.by), command.now, {
    ...detail,
    ...eligibility(request, command, positions),
  })

/** The requirement that entitled the decider at that moment, and who else could decide: groups change later. */
const eligibility = (
  request: AccessRequest,
  { by, owners, directory }: DecideCommand,
  positions: Positions,
): AuditEvent['detail'] => {
  const own = request.requirements.flatMap((requirement, index) => {
    const members = owners[index]
    const isAbout = itemsOf(request, requirement).some((position) => positions.includes(position))
    return members?.has(by) && isAbout ? [{ requirement, members }] : []
  })
  const people = new Set(own.flatMap(({ members }) => [...members]))
  return {
    as: ownersText(own.map(({ requirement }) => requirement)),
    memberCount: people.size,
    members: [...people].sort().slice(0, mostNamed).join(' '),
    ...(directory && { directory }),
  }
}
