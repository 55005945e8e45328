import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { FetchLinkId, IntegrationId } from './ids.ts'
import type { Timestamp } from './time.ts'
import type { Wrapping } from './wrapping.ts'

/** What a step changes; `unopened` also settles the link's credential, and outdates the cards of its request. */
export type WrappingMove = {
  readonly from: Wrapping['state']
  readonly to: Wrapping['state']
  readonly lookAt?: Timestamp
  readonly now: Timestamp
  readonly audit?: readonly AuditEvent[]
  readonly cards?: readonly NewCard[]
}

/** What the store remembers about credentials in their wrappings; `mint` stores the first note. */
export type WrappingMemory = {
  wrapping(link: FetchLinkId): Promise<Wrapping | undefined>
  /** Those with a due step, the earliest first. */
  dueWrappings(integration: IntegrationId, now: Timestamp): Promise<readonly Wrapping[]>
  nextWrapping(integration: IntegrationId): Promise<Timestamp | undefined>
  /** Writes all of it, or nothing (`false`) when the state is not `from` any more. */
  moveWrapping(link: FetchLinkId, move: WrappingMove): Promise<boolean>
}
