import { setImmediate } from 'node:timers/promises'
import type { Gate } from '../gate.ts'
import { atomically, isBusy, type Queries } from './connection.ts'

/** Runs a write in a transaction, and resolves once the disk has it. */
export type GroupCommit = <T>(write: (within: Queries) => T) => Promise<T>

type Waiting = { readonly write: (within: Queries) => () => void; readonly reject: (error: unknown) => void }

const mostTogether = 100 // a transaction of some tens of milliseconds, so that nobody in chat waits for a thousand

/**
 * Writes that arrive together share one transaction, and so one wait for the disk, which is most of a commit. Each
 * still succeeds, conflicts or fails alone, and none resolves before the disk has it.
 */
export const groupCommit = (queries: Queries, gate: Pick<Gate, 'untilFree'>): GroupCommit => {
  const waiting: Waiting[] = []
  let isRunning = false

  const writeTogether = (group: readonly Waiting[]): void => {
    const answers = atomically(queries, (within) => group.map(({ write }) => write(within)))
    for (const answer of answers) answer()
  }

  const writeAlone = (one: Waiting): void => {
    try {
      writeTogether([one])
    } catch (error) {
      one.reject(error)
    }
  }

  /** Another process has the lock, so nothing of the group was written: the group goes first when the lock is free. */
  const waitFor = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await gate.untilFree()
      waiting.unshift(...group)
    } catch (error) {
      for (const one of group) one.reject(error)
    }
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await setImmediate() // also takes all writes that have arrived by now
      const group = waiting.splice(0, mostTogether)
      try {
        writeTogether(group)
      } catch (error) {
        if (isBusy(error)) await waitFor(group)
        else for (const one of group) writeAlone(one) // everything was undone, and one failed write must not fail the others
      }
    }
    isRunning = false
  }

  return (write) =>
    new Promise((resolve, reject) => {
      const writeAndAnswer = (within: Queries) => {
        const answer = write(within)
        return () => resolve(answer)
      }
      waiting.push({ write: writeAndAnswer, reject })
      if (isRunning) return
      isRunning = true
      void run()
    })
}
