import type { AuditEvent } from './audit-event.ts'
import type { PersonId } from './ids.ts'
import type { Seconds, Timestamp } from './time.ts'

/** A person's requests: how many are pending, how many were made since a moment, and the oldest of those. */
export type Asked = { readonly waiting: number; readonly recent: number; readonly oldest?: Timestamp }
/** The requests that a person may have when a new one is written; one more is a conflict. */
export type RequestCap = { readonly waiting: number; readonly recent: number; readonly since: Timestamp }
/** The most rows of one actor in a window of time. */
export type RefusalCap = { readonly most: number; readonly per: Seconds }

/** What the store remembers so that one person cannot fill the database. */
export interface Caps {
  askedBy(person: PersonId, since: Timestamp): Promise<Asked>
  /** Audits a refusal. Beyond the cap it is only counted, and the count is written after the window. */
  recordRefusal(event: AuditEvent, cap: RefusalCap): Promise<void>
  /** Writes the counts of windows that began before then. */
  settleRefusals(before: Timestamp): Promise<void>
}
