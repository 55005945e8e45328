import type { Log } from './deps.ts'

/** Work beside its loop: at most `size` pieces at a time, and one per thing. */
export type Pool = {
  readonly size: number
  running(): number
  /** How many more pieces may start. */
  room(): number
  /**
   * Starts work on a thing, unless it is running; returns whether it did. Calls `wake` when the work is done. Errors are
   * logged.
   */
  start(thing: string, work: () => Promise<void>, wake: () => void): boolean
  /** Resolves when no work is running. */
  settled(): Promise<void>
}

export const newPool = (size: number, log: Log): Pool => {
  const running = new Map<string, Promise<void>>()
  return {
    size,
    running: () => running.size,
    room: () => size - running.size,
    start: (thing, work, wake) => {
      if (running.has(thing)) return false
      const done = work()
        .catch((error: unknown) => log.error({ of: thing, error: String(error) }, 'work stumbled'))
        .finally(() => {
          running.delete(thing)
          wake()
        })
      running.set(thing, done)
      return true
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}

/** Runs the work for each item, at most `size` at a time. */
export const inPool = async <T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
