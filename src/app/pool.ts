import type { Log } from './deps.ts'

/** Work under way beside its loop, at most `size` pieces at a time, one for each thing. */
export type Pool = {
  readonly size: number
  running(): number
  /** How many more may be started. */
  room(): number
  /** Starts work on a thing, unless it is under way; `wake` is called once it is done. What it throws is logged. */
  start(thing: string, work: () => Promise<void>, wake: () => void): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

export const newPool = (size: number, log: Log): Pool => {
  const running = new Map<string, Promise<void>>()
  return {
    size,
    running: () => running.size,
    room: () => size - running.size,
    start: (thing, work, wake) => {
      if (running.has(thing)) return
      const done = work()
        .catch((error: unknown) => log.error({ of: thing, error: String(error) }, 'work stumbled'))
        .finally(() => {
          running.delete(thing)
          wake()
        })
      running.set(thing, done)
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}

/** Does some work for each item, for at most `size` of them at a time. */
export const inPool = async <T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
