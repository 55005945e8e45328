import type { Timestamp } from './time.ts'

/** How the place fares in which all is remembered. */
export type Upkeep = {
  /** Since when nothing can be written, because another program holds the lock; reading goes on. */
  blockedSince(): Timestamp | undefined
}
