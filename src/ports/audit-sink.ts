import type { AuditRow } from './store.ts'

/** A receiver of the audit log outside. */
export interface AuditSink {
  readonly name: string
  /** Hands the rows over, in order; resolves only when they have arrived, as far as the protocol can tell. */
  send(rows: readonly AuditRow[], signal: AbortSignal): Promise<void>
}
