import type { AuditRow } from './store.ts'

/** The name of the receiver of events, which gets only rows that mean something to programs. */
export const eventSink = 'events'

/** An outside receiver of the audit log. */
export interface AuditSink {
  readonly name: string
  /** Where a receiver begins that never got a row. */
  readonly begins: 'first-row' | 'now'
  /** Sends the rows in order; resolves only when they have arrived, as far as the protocol can tell. */
  send(rows: readonly AuditRow[], signal: AbortSignal): Promise<void>
}
