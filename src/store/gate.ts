import { setTimeout as delay } from 'node:timers/promises'
import { type Timestamp, timestamp } from '../domain/time.ts'
import type { Opening } from '../ports.ts'

/** Makes verbs wait for a database that cannot be used for a moment. */
export type Gate = {
  /** Runs the work, and again when the database is free if that stopped it. Throws after a minute. */
  run<T>(work: () => T | Promise<T>): Promise<T>
  /** Resolves when the database was seen free; throws after a minute. */
  untilFree(): Promise<void>
  /** Since when verbs have been waiting; `undefined` while they succeed, and during the first second. */
  blockedSince(): Timestamp | undefined
  close(): void
}

type Watched = {
  /** Whether the database cannot be used for a moment; nothing of the work was written then. */
  readonly isBlocked: (error: unknown) => boolean
  readonly isFree: () => boolean | Promise<boolean>
  /** Milliseconds between checks. */
  readonly look: number
  /** What verbs throw after a minute. */
  readonly refusal: () => Error
}

const worthTelling = 1_000
const patience = 60_000

export const newGate = (
  { isBlocked, isFree, look, refusal }: Watched,
  onBlocked: NonNullable<Opening['onBlocked']> = () => {},
): Gate => {
  let since: Timestamp | undefined
  let isTold = false
  let isClosed = false
  let looking: Promise<void> | undefined

  const waitedLong = () => since !== undefined && Date.now() - since >= worthTelling

  /** One loop checks for all: a thousand waiting verbs cost as much as one. */
  const lookUntilFree = async (): Promise<void> => {
    const began = timestamp(Date.now())
    since = began
    try {
      do {
        await delay(look) // keeps the process alive, because nothing else does at start
        if (!isTold && waitedLong()) {
          isTold = true
          onBlocked(began)
        }
      } while (!isClosed && !(await isFree()))
    } finally {
      since = undefined
      if (isTold) onBlocked(undefined)
      isTold = false
      looking = undefined
    }
  }

  const untilFree = async (): Promise<void> => {
    looking ??= lookUntilFree()
    const end = await Promise.race([looking, delay(patience, 'too late' as const, { ref: false })])
    if (isClosed || end === 'too late') throw refusal()
  }

  return {
    run: async (work) => {
      for (;;) {
        try {
          return await work()
        } catch (error) {
          if (!isBlocked(error)) throw error
        }
        await untilFree()
      }
    },
    untilFree,
    blockedSince: () => (waitedLong() ? since : undefined),
    close: () => {
      isClosed = true
    },
  }
}
