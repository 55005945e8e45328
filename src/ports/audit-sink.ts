import type { AuditRow } from './store.ts'

/** An outside receiver of the audit log. */
export interface AuditSink {
  readonly name: string
  /** Sends the rows in order; resolves only when they have arrived, as far as the protocol can tell. */
  send(rows: readonly AuditRow[], signal: AbortSignal): Promise<void>
}
