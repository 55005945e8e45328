import { type Seconds, seconds } from './time.ts'

/** Seconds to wait after the n-th failure: doubled each time, at most five minutes. */
export const backoff = (attempts: number): Seconds => seconds(Math.min(2 ** Math.max(0, attempts), 300))
