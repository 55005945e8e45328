import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { ControlGroup } from './control-group.ts'
import type { ControlGroupId, IntegrationId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** What the store remembers about requests that wait for a control group of a vault. */
export interface ControlGroupMemory {
  controlGroup(
    by: { readonly id: ControlGroupId } | { readonly integration: IntegrationId; readonly accessor: string },
  ): Promise<ControlGroup | undefined>
  /** Stores a reported one with its cards, once: `false` when its accessor was reported before. */
  addControlGroup(group: ControlGroup, audit: readonly AuditEvent[], cards: readonly NewCard[]): Promise<boolean>
  /** Writes all or nothing, and its cards become stale; `conflict` when it changed since it was loaded. */
  saveControlGroup(
    group: ControlGroup,
    audit: readonly AuditEvent[],
    cards: readonly NewCard[],
  ): Promise<'saved' | 'conflict'>
  /** Notes when the vault is asked next, unless it changed since it was loaded. */
  postponeControlGroup(group: Pick<ControlGroup, 'id' | 'revision'>, lookAt: Timestamp): Promise<void>
  /** Those at the integration about which the vault is to be asked now, the longest due first. */
  dueControlGroups(integration: IntegrationId, now: Timestamp, limit: number): Promise<readonly ControlGroup[]>
  nextControlGroup(integration: IntegrationId): Promise<Timestamp | undefined>
  /** The newest ones, those that are not over first. */
  controlGroups(limit: number): Promise<readonly ControlGroup[]>
}
