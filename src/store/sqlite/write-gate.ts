import { setTimeout as delay } from 'node:timers/promises'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { isBusy, type Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** Makes only writes wait for another process that has the database's write lock. */
export type WriteGate = {
  /** Runs the work, and again when the lock is free if the lock stopped it. Throws `database-busy` after a minute. */
  run<T>(work: () => T | Promise<T>): Promise<T>
  /** Resolves when the lock was seen free; throws `database-busy` after a minute. */
  untilFree(): Promise<void>
  /** Since when writes have been waiting; `undefined` while they succeed, and during the first second. */
  blockedSince(): Timestamp | undefined
  close(): void
}

/** Called when writes have waited for a second, with the start of the wait, and again when they succeed. */
export type OnBlocked = (since: Timestamp | undefined) => void

const look = 25 // milliseconds between checks of the lock
const worthTelling = 1_000
const patience = 60_000

export const writeGate = (queries: Queries, onBlocked: OnBlocked = () => {}): WriteGate => {
  let since: Timestamp | undefined
  let isTold = false
  let isClosed = false
  let looking: Promise<void> | undefined

  const isFree = (): boolean => {
    try {
      queries.run(sql.raw('BEGIN IMMEDIATE'))
      queries.run(sql.raw('ROLLBACK'))
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }
  const waitedLong = () => since !== undefined && Date.now() - since >= worthTelling

  /** One loop checks for all: a thousand waiting writes cost as much as one. */
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
      } while (!isClosed && !isFree())
    } finally {
      since = undefined
      if (isTold) onBlocked(undefined)
      isTold = false
      looking = undefined
    }
  }

  const untilFree = async (): Promise<void> => {
    looking ??= lookUntilFree()
    const tooLate = delay(patience, 'too late' as const, { ref: false })
    if (isClosed || (await Promise.race([looking, tooLate])) === 'too late') {
      throw new ExternalError('database-busy', 'Another program holds the write lock of the database.', {
        transient: true,
      })
    }
  }

  return {
    run: async (work) => {
      for (;;) {
        try {
          return await work()
        } catch (error) {
          if (!isBusy(error)) throw error
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
