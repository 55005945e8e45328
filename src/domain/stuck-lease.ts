import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { IntegrationId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** Something that the vault made for a token, and has given up ending: it may still work. */
export type StuckLease = {
  /** The vault's own id; nobody can use it to log in. */
  readonly lease: string
  /** The resource with which it was made. */
  readonly path: string
  /** The vault's words. */
  readonly reason: string
  /** With this an administrator ends it, once the cause is gone. */
  readonly command: string
}

/** The same, since it was first seen. */
export type KnownStuckLease = StuckLease & { readonly since: Timestamp }

/** What the store remembers about leases that a vault has given up. */
export type StuckLeaseMemory = {
  stuckLeases(integration: IntegrationId): Promise<readonly KnownStuckLease[]>
  /** Replaces those of the integration, with what people and the audit log are told about the change. */
  saveStuckLeases(
    integration: IntegrationId,
    leases: readonly KnownStuckLease[],
    told: { readonly audit: readonly AuditEvent[]; readonly cards: readonly NewCard[] },
  ): Promise<void>
}
