import type { Timestamp } from '../domain/time.ts'

export interface Clock {
  now(): Timestamp
  /** Resolves at the moment, or earlier when the signal aborts; never rejects. */
  sleep(until: Timestamp, signal: AbortSignal): Promise<void>
}
