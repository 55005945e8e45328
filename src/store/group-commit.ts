import { setImmediate } from 'node:timers/promises'
import type { Save, Store } from '../ports.ts'
import { atomically, type Queries } from './connection.ts'

type Answer = Awaited<ReturnType<Store['commit']>>
type Waiting = { readonly change: Save; resolve(answer: Answer): void; reject(error: unknown): void }

const mostTogether = 100 // a transaction of some tens of milliseconds: nobody in chat waits for a thousand

/**
 * Changes that arrive at the same moment share one transaction, and so one wait for the disk, which is most of what a
 * commit takes. Each still succeeds, conflicts or fails alone, and nobody is answered before the disk has it.
 */
export const groupCommit = (
  queries: Queries,
  write: (within: Queries, change: Save) => Answer,
): ((change: Save) => Promise<Answer>) => {
  const waiting: Waiting[] = []
  let isRunning = false

  const writeTogether = (group: readonly Waiting[]): void => {
    const answers = atomically(queries, (within) => group.map(({ change }) => write(within, change)))
    for (const [index, { resolve }] of group.entries()) resolve(answers[index] ?? 'conflict')
  }

  const writeAlone = (one: Waiting): void => {
    try {
      writeTogether([one])
    } catch (error) {
      one.reject(error)
    }
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await setImmediate() // whatever else has arrived by now comes along
      const group = waiting.splice(0, mostTogether)
      try {
        writeTogether(group)
      } catch {
        for (const one of group) writeAlone(one) // all is undone: whichever failed must not take the others with it
      }
    }
    isRunning = false
  }

  return (change) =>
    new Promise((resolve, reject) => {
      waiting.push({ change, resolve, reject })
      if (isRunning) return
      isRunning = true
      void run()
    })
}
