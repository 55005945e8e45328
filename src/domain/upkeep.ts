import type { Timestamp } from './time.ts'

/** How the place fares in which all is remembered. */
export type Upkeep = {
  /** Since when nothing can be written, because another program holds the lock; reading goes on. */
  blockedSince(): Timestamp | undefined
  /**
   * Forgets at most `limit` rows that nobody needs any more and that are from before that moment: cards that were shown of
   * what is closed, signatures, passes of discovery at vaults that are not looked into any more. Never requests, grants or
   * the audit. Answers how many it forgot.
   */
  prune(now: Timestamp, before: Timestamp, limit: number): Promise<number>
}
