import type { Seconds } from './time.ts'

declare const brand: unique symbol
/** The unique name of one claim: its process, and the claim's number there. */
export type Claim = string & { readonly [brand]: 'Claim' }
export const claim = (name: string): Claim => name as Claim

/** Things that were claimed together, under one name. */
export type Taken<Thing> = { readonly claim: Claim; readonly things: readonly Thing[] }

/**
 * The claims and leases of one process, among several that share the store. They run out by the database's clock, which
 * all share. Each open store is one such process, and knows no other.
 */
export interface LeaseMemory {
  /**
   * Records that this process is alive for `lasting`. The claims of a process that stopped doing so become free.
   * Returns the number of processes found dead: none at its first call, and none where this process was late itself.
   */
  stayAlive(lasting: Seconds): Promise<number>
  /** Takes or renews a lease, which one process at a time can hold; `false` while another process holds it. */
  lease(name: string, lasting: Seconds): Promise<boolean>
  /** Ends a lease, if this process holds it. */
  endLease(name: string): Promise<void>
  /** Yields when another process wrote something, until the signal aborts; writes of this process do not count. */
  changes(signal: AbortSignal): AsyncIterable<void>
  /** Releases the claims and leases of this process only; they may be taken at once. */
  releaseClaims(): Promise<void>
}
