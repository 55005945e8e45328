import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { GrantId, IntegrationId } from './ids.ts'
import type { Gap, Receipt, Use } from './receipt.ts'
import type { Timestamp } from './time.ts'

/** How far the audit log of a vault was read. */
export type AuditWatch = {
  /** Counts its writes, so that of two readers one is told. */
  readonly revision: number
  /** What the reader needs to go on; opaque to all others. */
  readonly position: string
  /** Everything that the vault wrote before is read, except for gaps. */
  readonly readTo: Timestamp
  /** Since when lines may be missing, while it is unknown until when. */
  readonly doubtSince?: Timestamp
}

/** Something that cannot happen by the approved rules. It is told once for each key. */
export type UseAlarm = {
  readonly key: string
  readonly event: AuditEvent
  readonly cards: readonly NewCard[]
}

/** One batch of the log: what was done, and how far it goes. */
export type NotedUses = Omit<AuditWatch, 'revision'> & {
  readonly integration: IntegrationId
  /** The revision that it was read after; 0 for the first one. */
  readonly after: number
  readonly now: Timestamp
  readonly uses: readonly Use[]
  readonly gaps: readonly Required<Gap>[]
  readonly alarms: readonly UseAlarm[]
}

/** What the store remembers of the audit logs of vaults. */
export interface ReceiptMemory {
  /** What was done with an access, in the order of first uses. */
  receiptsOf(grant: GrantId): Promise<readonly Receipt[]>
  auditWatch(integration: IntegrationId): Promise<AuditWatch | undefined>
  /** The gaps that end after `from`, and one that goes on. */
  auditGaps(integration: IntegrationId, from: Timestamp): Promise<readonly Gap[]>
  /**
   * Writes uses and cursor in one transaction, so that a kill loses or doubles none. Returns the events of its new alarms;
   * `undefined`, without writing, when another process has moved the cursor.
   */
  noteUses(noted: NotedUses): Promise<readonly AuditEvent[] | undefined>
  /** Makes the cards of at most `limit` accesses stale whose receipts are due to be shown; returns when the next ones are. */
  showReceipts(now: Timestamp, limit: number): Promise<{ readonly shown: number; readonly next?: Timestamp }>
}
