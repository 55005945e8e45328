import type { AuditEvent } from './audit-event.ts'
import type { PersonId } from './ids.ts'
import type { Seconds, Timestamp } from './time.ts'

/** Requests of a person: how many wait for a decision, how many were made since a moment, and the oldest of those. */
export type Asked = { readonly waiting: number; readonly recent: number; readonly oldest?: Timestamp }
/** What a person may have asked for when a new request is written; one beyond it is a conflict. */
export type RequestCap = { readonly waiting: number; readonly recent: number; readonly since: Timestamp }
/** So many rows of an actor in a window. */
export type RefusalCap = { readonly most: number; readonly per: Seconds }

/** What is remembered so that one person cannot fill the database: a part of the store. */
export interface Caps {
  askedBy(person: PersonId, since: Timestamp): Promise<Asked>
  /** Audits a refusal; beyond the cap it is counted, and the count is written when the window is over. */
  recordRefusal(event: AuditEvent, cap: RefusalCap): Promise<void>
  /** Writes what was counted in windows that began before then. */
  settleRefusals(before: Timestamp): Promise<void>
}
