import type { Seconds } from './time.ts'

declare const brand: unique symbol
/** Names one claim for good: the process that holds it, and which of its claims it is. No two claims are named alike. */
export type Claim = string & { readonly [brand]: 'Claim' }
export const claim = (name: string): Claim => name as Claim

/** Things that were claimed together, under one name. */
export type Taken<Thing> = { readonly claim: Claim; readonly things: readonly Thing[] }

/**
 * What one process holds, of several that share the store. Claims and leases run out by the clock of the database, which
 * is one for all. Each open store is one such process, and knows no other.
 */
export interface LeaseMemory {
  /**
   * Says that this process lives, for so long. What a process holds that has not said so in time is free afterwards.
   * Answers how many processes were found dead.
   */
  stayAlive(lasting: Seconds): Promise<number>
  /** Takes or renews what only one process may do at a time; `false` while another one holds it. */
  lease(name: string, lasting: Seconds): Promise<boolean>
  /** Gives a lease back, if this process holds it. */
  endLease(name: string): Promise<void>
  /** Yields whenever another process wrote something, until the signal aborts; what this one writes is not told. */
  changes(signal: AbortSignal): AsyncIterable<void>
  /** Gives back what this process claimed or leased, and nothing of another: it may be taken at once. */
  releaseClaims(): Promise<void>
}
