import type { Timestamp } from './time.ts'

/** The state of the store itself. */
export type Upkeep = {
  /** Since when no write is possible, because another program holds the lock; reads continue. */
  blockedSince(): Timestamp | undefined
  /**
   * Deletes at most `limit` unneeded rows from before that moment. These are shown cards of closed requests,
   * signatures, old receipts, and passes of removed vaults. Never deletes requests, grants or the audit.
   * Returns the number of deleted rows.
   */
  prune(now: Timestamp, before: Timestamp, limit: number): Promise<number>
}
