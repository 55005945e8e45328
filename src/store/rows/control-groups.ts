import type { ControlGroup, ControlGroupState } from '../../domain/control-group.ts'
import type { ControlGroupId, IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'

/** A control group as its table stores it. */
export type ControlGroupRow = {
  readonly id: ControlGroupId
  readonly integration: IntegrationId
  readonly accessor: string
  readonly path: string
  readonly operation: string
  readonly entityId: string
  readonly entityName: string
  readonly requester: PersonId | null
  readonly reporter: PersonId
  readonly reportedAt: Timestamp
  readonly expiresAt: Timestamp
  readonly approvals: ControlGroup['approvals']
  readonly state: ControlGroupState
  readonly deniedBy: PersonId | null
  readonly deniedAt: Timestamp | null
  readonly note: string | null
  readonly settledAt: Timestamp | null
  readonly lookAt: Timestamp | null
  readonly remindAt: Timestamp | null
  readonly revision: number
}

export const controlGroupColumns = (group: ControlGroup): ControlGroupRow => {
  const { requester, denied, settledAt, lookAt, remindAt, ...rest } = group
  return {
    ...rest,
    ...{ entityId: requester.id, entityName: requester.name, requester: requester.person ?? null },
    ...{ deniedBy: denied?.by ?? null, deniedAt: denied?.at ?? null, note: denied?.note ?? null },
    ...{ settledAt: settledAt ?? null, lookAt: lookAt ?? null, remindAt: remindAt ?? null },
  }
}

export const toControlGroup = (row: ControlGroupRow): ControlGroup => {
  const { id, integration, accessor, path, operation, reporter, reportedAt, expiresAt } = row
  const { approvals, state, deniedBy, deniedAt, note, settledAt, lookAt, remindAt, revision } = row
  return {
    ...{ id, integration, accessor, path, operation, reporter, reportedAt, expiresAt, approvals, state, revision },
    requester: {
      ...{ id: row.entityId, name: row.entityName },
      ...(row.requester !== null && { person: row.requester }),
    },
    ...(deniedBy !== null && deniedAt !== null && { denied: { by: deniedBy, at: deniedAt, note: note ?? '' } }),
    ...(settledAt !== null && { settledAt }),
    ...(lookAt !== null && { lookAt }),
    ...(remindAt !== null && { remindAt }),
  }
}
