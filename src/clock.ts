import { type Timestamp, timestamp } from './domain/time.ts'
import type { Clock } from './ports.ts'

const longest = 2 ** 31 - 1 // setTimeout overflows beyond this, and would fire at once

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => timestamp(Date.now()),
  sleep: (until: Timestamp, signal: AbortSignal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(Math.max(0, until - Date.now()), longest))
      signal.addEventListener('abort', done)
    }),
}
