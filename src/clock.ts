import { type Timestamp, timestamp } from './domain/time.ts'
import type { Clock } from './ports.ts'

const longest = 2 ** 31 - 1 // setTimeout overflows beyond this, and would fire at once

const clockOf = (now: () => number): Clock => ({
  now: () => timestamp(now()),
  sleep: (until: Timestamp, signal: AbortSignal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(Math.max(0, until - now()), longest))
      signal.addEventListener('abort', done)
    }),
})

/** The machine's own clock. */
export const systemClock: Clock = clockOf(Date.now)

/** A clock of this process that can follow another one. */
export type FollowingClock = Clock & {
  /** Compares it with the other one. From then on it tells that time, and never goes back. */
  follow(other: () => Promise<Timestamp>): Promise<void>
}

const looks = 5

/**
 * The machine's clock until it follows another one. Then its steps are those of the machine's steady clock, so that
 * nobody who sets the machine's clock moves it.
 */
export const newFollowingClock = (steady: () => number = () => performance.now()): FollowingClock => {
  let ahead: number | undefined
  let last = 0
  const now = () => {
    last = Math.max(last, Math.round(ahead === undefined ? Date.now() : steady() + ahead))
    return last
  }
  return {
    ...clockOf(now),
    follow: async (other) => {
      let shortest = Number.POSITIVE_INFINITY
      for (let look = 0; look < looks; look += 1) {
        const before = steady()
        const there = await other()
        const wait = steady() - before
        if (wait >= shortest) continue
        // Nobody knows on which way the time went; the quickest answer leaves the least room for that.
        shortest = wait
        ahead = there - (before + wait / 2)
      }
    },
  }
}
