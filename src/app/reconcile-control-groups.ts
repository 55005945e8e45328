import { type AuditEvent, system } from '../domain/audit-event.ts'
import {
  type ControlGroup,
  type ControlGroupLook,
  isReminderDue,
  looked,
  nextLook,
  reminded,
} from '../domain/control-group.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { after, seconds } from '../domain/time.ts'
import { type ControlGroups, ExternalError } from '../ports.ts'
import { cardsForOutcome, cardsForReminder } from './control-group-cards.ts'
import { aboutControlGroup } from './control-groups.ts'
import type { Deps } from './deps.ts'

const atOnce = 50
const afterTrouble = seconds(15)

/**
 * Makes the rows of control groups match the vault, and makes the vault obey denials. A kill at any moment only repeats a
 * look or a revocation.
 */
export const reconcileControlGroups = (deps: Deps, integration: IntegrationId) => async (): Promise<void> => {
  const { store, clock } = deps
  const groups = deps.integrations.get(integration)?.connector.controlGroups
  if (!groups) return
  const due = await store.dueControlGroups(integration, clock.now(), atOnce)
  await Promise.all(due.map((group) => step(deps, groups, group)))
}

const step = async (deps: Deps, groups: ControlGroups, group: ControlGroup): Promise<void> => {
  const { store, clock, log } = deps
  try {
    // What was authorised is only waited for; its end is a moment that is known.
    const look = group.state === 'authorised' ? undefined : await seen(groups, group)
    const now = clock.now()
    const next = looked(group, look, now)
    if (next !== group) await save(deps, group, next)
    else if (isReminderDue(group, now)) await remind(deps, group)
    else await store.postponeControlGroup(group, nextLook(group, now))
  } catch (error) {
    const code = error instanceof ExternalError ? error.code : 'unexpected'
    log.warn({ controlGroup: group.id, code, detail: String(error) }, 'a control group could not be looked at')
    await store.postponeControlGroup(group, after(clock.now(), afterTrouble))
  }
}

/** A look; for a denied one after its end. The accessor is asked about first, because it might be of any token. */
const seen = async (
  groups: ControlGroups,
  { state, accessor }: ControlGroup,
): Promise<ControlGroupLook | undefined> => {
  const look = await groups.look(accessor)
  if (state !== 'denying' || !look) return look
  await groups.revoke(accessor)
  return groups.look(accessor)
}

/** After a conflict the newer row is due anyway. */
const save = async (deps: Deps, before: ControlGroup, next: ControlGroup): Promise<void> => {
  const now = deps.clock.now()
  const withNext = next.lookAt === undefined ? next : { ...next, lookAt: nextLook(next, now) }
  const isTold = before.state !== next.state
  const cards = isTold ? cardsForOutcome(deps, next) : []
  await deps.store.saveControlGroup(withNext, eventsOf(before, next, now), cards)
  deps.nudge()
}

const remind = async (deps: Deps, group: ControlGroup): Promise<void> => {
  const next = { ...reminded(group), lookAt: nextLook(group, deps.clock.now()) }
  await deps.store.saveControlGroup(next, [], cardsForReminder(deps, next))
  deps.nudge()
}

const eventsOf = (before: ControlGroup, next: ControlGroup, at: AuditEvent['at']): readonly AuditEvent[] => {
  const { integration, detail } = aboutControlGroup(next)
  const event = (kind: AuditEvent['kind'], more: AuditEvent['detail']): AuditEvent => ({
    ...{ at, kind, actor: system, integration },
    detail: { ...detail, ...more },
  })
  const news = next.approvals.slice(before.approvals.length)
  return [
    ...news.map(({ id, name }) => event('control-group-approved', { entity: id, entityName: name })),
    ...(before.state === next.state
      ? []
      : [
          next.state === 'authorised'
            ? event('control-group-authorised', { approvals: next.approvals.length })
            : event('control-group-over', { state: next.state }),
        ]),
  ]
}
