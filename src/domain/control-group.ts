import type { ControlGroupId, IntegrationId, PersonId } from './ids.ts'
import { accept, type Outcome, type Refusal, refuse } from './refusal.ts'
import { after, seconds, type Timestamp, timestamp } from './time.ts'

/** An identity of the vault, with the vault's own words for it. */
export type Entity = { readonly id: string; readonly name: string }

export const controlGroupStates = ['pending', 'authorised', 'denying', 'denied', 'expired', 'gone'] as const
/**
 * `authorised`: enough members authorised it at the vault. `denying`: a member denied it, and the vault still has it.
 * `gone`: the vault lost it before its time, and nobody denied it here.
 */
export type ControlGroupState = (typeof controlGroupStates)[number]

/** A request at a vault that members of a control group must authorise, and everything that Latchkey saw of it. */
export type ControlGroup = {
  readonly id: ControlGroupId
  readonly integration: IntegrationId
  /** The accessor of the wrapping token; it authorises nothing by itself. */
  readonly accessor: string
  readonly path: string
  readonly operation: string
  /** Who asked the vault, in its words; `person` where the identity is an account that Latchkey drew. */
  readonly requester: Entity & { readonly person?: PersonId }
  /** Who told Latchkey of it; perhaps somebody else. */
  readonly reporter: PersonId
  readonly reportedAt: Timestamp
  readonly expiresAt: Timestamp
  /** Who authorised it so far, with the moment at which Latchkey saw that. */
  readonly approvals: readonly (Entity & { readonly at: Timestamp })[]
  readonly state: ControlGroupState
  readonly denied?: { readonly by: PersonId; readonly note: string; readonly at: Timestamp }
  /** When it was authorised, or over. */
  readonly settledAt?: Timestamp
  /** When Latchkey looks at it next; absent when nothing is expected any more. */
  readonly lookAt?: Timestamp
  /** When its deciders are asked once more; absent after that. */
  readonly remindAt?: Timestamp
  readonly revision: number
}

/** How far the members of the group are. */
export type ControlGroupLook = { readonly approved: boolean; readonly approvals: readonly Entity[] }

/** The whole of what the vault says about an accessor. */
export type ControlGroupFound = ControlGroupLook & {
  readonly path: string
  readonly operation: string
  readonly entity: Entity
  /** Accounts of that identity that only Latchkey draws. */
  readonly accounts: readonly string[]
  readonly expiresAt: Timestamp
}

type Report = Pick<ControlGroup, 'id' | 'integration' | 'accessor' | 'reporter'>

const often = { every: seconds(5), until: seconds(600) } as const
const rarely = seconds(15)

/** A reported one, made from the vault's answer alone. */
export const reported = (
  report: Report,
  look: ControlGroupFound,
  person: PersonId | undefined,
  now: Timestamp,
): ControlGroup => {
  const { path, operation, entity, expiresAt } = look
  const begun: ControlGroup = {
    ...report,
    ...{ path, operation, expiresAt, reportedAt: now },
    requester: { ...entity, ...(person !== undefined && { person }) },
    approvals: [],
    state: 'pending',
    lookAt: now,
    remindAt: timestamp(now + Math.floor((expiresAt - now) / 2)),
    revision: 1,
  }
  return { ...looked(begun, look, now), revision: 1 }
}

/** The same after a look at the vault, which may have lost it. It is the same object where nothing has changed. */
export const looked = (group: ControlGroup, look: ControlGroupLook | undefined, now: Timestamp): ControlGroup => {
  const { lookAt: _, remindAt: __, ...rest } = group
  if (group.state === 'authorised' && group.lookAt !== undefined && now >= group.expiresAt) {
    return { ...rest, revision: group.revision + 1 }
  }
  if (group.state !== 'pending' && group.state !== 'denying') return group
  const over = { ...rest, settledAt: now, revision: group.revision + 1 }
  if (!look) {
    if (group.state === 'denying') return { ...over, state: 'denied' }
    return { ...over, state: now >= group.expiresAt ? 'expired' : 'gone' }
  }
  const news = look.approvals.filter(({ id }) => !group.approvals.some((known) => known.id === id))
  const approvals = [...group.approvals, ...news.map(({ id, name }) => ({ id, name, at: now }))]
  if (group.state === 'pending' && look.approved) {
    return { ...over, approvals, state: 'authorised', lookAt: endOf(group) }
  }
  return news.length > 0 ? { ...group, approvals, revision: group.revision + 1 } : group
}

/** When the vault is asked next about one that waits. */
export const nextLook = (group: ControlGroup, now: Timestamp): Timestamp => {
  const usual = after(now, now < after(group.reportedAt, often.until) ? often.every : rarely)
  const end = endOf(group)
  return group.state === 'authorised' || (now < end && end < usual) ? end : usual
}

/** Just after its end, so that nobody reads that it waits when it is over. */
const endOf = ({ expiresAt }: Pick<ControlGroup, 'expiresAt'>): Timestamp => timestamp(expiresAt + 500)

/** Whether it is time to ask the deciders once more. */
export const isReminderDue = ({ state, remindAt }: ControlGroup, now: Timestamp): boolean =>
  state === 'pending' && remindAt !== undefined && remindAt <= now

/** The same after the one reminder. */
export const reminded = ({ remindAt: _, ...group }: ControlGroup): ControlGroup => ({
  ...group,
  revision: group.revision + 1,
})

/** Whether it can still give something to its requester. */
export const isAlive = ({ state, expiresAt }: ControlGroup, now: Timestamp): boolean =>
  (state === 'pending' || state === 'authorised') && now < expiresAt

/**
 * Whether the person may decide on it, by their own token at the vault or by a denial. Nobody decides on what they asked
 * for. Where the requester is no account of ours, the reporter may be the requester.
 */
export const mayDecideOn = (
  { requester, reporter }: ControlGroup,
  members: readonly PersonId[],
  by: PersonId,
): Refusal | undefined => {
  if ((requester.person ?? reporter) === by) return { code: 'own-control-group' }
  return members.includes(by) ? undefined : { code: 'not-in-control-group' }
}

/** A member's denial, before the vault has obeyed. What was authorised can still be ended in the same way. */
export const denied = (
  group: ControlGroup,
  members: readonly PersonId[],
  { by, note, at }: NonNullable<ControlGroup['denied']>,
): Outcome<ControlGroup> => {
  const refusal = mayDecideOn(group, members, by)
  if (refusal) return refuse(refusal)
  if (!isAlive(group, at)) return refuse({ code: 'control-group-over', state: shownState(group, at) })
  const { remindAt: _, settledAt: __, ...rest } = group
  return accept({ ...rest, state: 'denying', denied: { by, note, at }, lookAt: at, revision: group.revision + 1 })
}

/** The state as people read it, also before Latchkey has looked again. `ended`: it was authorised, and its time is over. */
export type ShownState = ControlGroupState | 'ended'
export const shownState = ({ state, expiresAt }: ControlGroup, now: Timestamp): ShownState => {
  if (now < expiresAt) return state
  if (state === 'authorised') return 'ended'
  return state === 'pending' ? 'expired' : state
}
