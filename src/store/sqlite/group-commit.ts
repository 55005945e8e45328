import { setImmediate } from 'node:timers/promises'
import { atomically, isBusy, type Queries } from './connection.ts'
import type { WriteGate } from './write-gate.ts'

/** Runs what it is given in a transaction, and answers once the disk has it. */
export type GroupCommit = <T>(write: (within: Queries) => T) => Promise<T>

type Waiting = { readonly write: (within: Queries) => () => void; readonly reject: (error: unknown) => void }

const mostTogether = 100 // a transaction of some tens of milliseconds: nobody in chat waits for a thousand

/**
 * Writes that arrive at the same moment share one transaction, and so one wait for the disk, which is most of what a
 * commit takes. Each still succeeds, conflicts or fails alone, and nobody is answered before the disk has it.
 */
export const groupCommit = (queries: Queries, gate: Pick<WriteGate, 'untilFree'>): GroupCommit => {
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

  /** Nothing of the group was written, as another process has the lock: it comes first once that is free. */
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
      await setImmediate() // whatever else has arrived by now comes along
      const group = waiting.splice(0, mostTogether)
      try {
        writeTogether(group)
      } catch (error) {
        if (isBusy(error)) await waitFor(group)
        else for (const one of group) writeAlone(one) // all is undone: what failed must not take the others with it
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
