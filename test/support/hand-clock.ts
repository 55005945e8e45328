import { type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Clock } from '../../src/ports.ts'

/** A clock that stands still until the test moves it. */
export type HandClock = Clock & {
  /** Moves on; sleepers whose moment comes wake in order. */
  advance(milliseconds: number): Promise<void>
  /** How many sleep now. */
  sleepers(): number
}

export const newHandClock = (start = Date.parse('2026-01-01T00:00:00Z')): HandClock => {
  let now = start
  let sleeping: { readonly until: Timestamp; readonly wake: () => void }[] = []
  /** What woke may sleep again, or call others, before the clock moves on. */
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    now: () => timestamp(now),
    sleep: (until, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || until <= now) return resolve()
        const sleeper = { until, wake: resolve }
        sleeping.push(sleeper)
        signal.addEventListener('abort', () => {
          sleeping = sleeping.filter((one) => one !== sleeper)
          resolve()
        })
      }),
    advance: async (milliseconds) => {
      const end = now + milliseconds
      for (;;) {
        await settle()
        const [next] = sleeping.toSorted((a, b) => a.until - b.until)
        if (!next || next.until > end) break
        now = Math.max(now, next.until)
        sleeping = sleeping.filter((one) => one !== next)
        next.wake()
      }
      now = end
      await settle()
    },
    sleepers: () => sleeping.length,
  }
}
