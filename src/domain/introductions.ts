import type { AuditEvent } from './audit-event.ts'
import type { Identity, NewCard } from './card.ts'
import { seconds, type Timestamp } from './time.ts'

/** An account asks once in this time. */
export const introductionLasts = seconds(86_400)
/** The most accounts that ask in that time, so that nobody can flood the administrators. */
export const mostIntroductions = 20

/** Whether the administrators were asked, or when that is possible again. */
export type Introduced =
  | { readonly is: 'asked' }
  | { readonly is: 'asked-already' | 'too-many'; readonly again: Timestamp }

/** What the store remembers about accounts that asked to be let in. */
export interface Introductions {
  /** When the account asked within the time; undefined otherwise. */
  introducedAt(identity: Identity, now: Timestamp): Promise<Timestamp | undefined>
  /** Notes the account with its audit row and the messages, unless it asked already or too many did. */
  introduce(identity: Identity, event: AuditEvent, cards: readonly NewCard[]): Promise<Introduced>
}
