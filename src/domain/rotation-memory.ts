import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { GrantId, IntegrationId } from './ids.ts'
import type { Rotation } from './rotation.ts'
import type { Timestamp } from './time.ts'

/** Changes of rows, with what they make known, in one transaction. */
export type RotationMove = {
  /** Each after its change, one turn after the stored one. */
  readonly rows: readonly Rotation[]
  readonly audit?: readonly AuditEvent[]
  readonly cards?: readonly NewCard[]
  /** The cards of the request show something else now. */
  readonly isShown?: boolean
}

/** What the store remembers of secrets that were read. A row begins with its first receipt. */
export interface RotationMemory {
  rotationsOf(grant: GrantId): Promise<readonly Rotation[]>
  /** Secrets that were read with accesses that ended before that moment, and that nobody was told of. */
  readToTell(integration: IntegrationId, endedBefore: Timestamp, limit: number): Promise<readonly Rotation[]>
  /** Those with a call or a look that is due. */
  dueRotations(integration: IntegrationId, now: Timestamp, limit: number): Promise<readonly Rotation[]>
  /** When the next call or look is due. */
  nextRotation(integration: IntegrationId): Promise<Timestamp | undefined>
  /** Writes all of it, or nothing: `false` when another process was faster with one of the rows. */
  moveRotations(move: RotationMove): Promise<boolean>
}
