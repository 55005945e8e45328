import { setTimeout as delay } from 'node:timers/promises'

/** The total time that a step may wait for a vault that refuses its calls for now (429). A refused call did nothing. */
export type Patience = {
  /**
   * Waits as long as the vault asked, else a growing pause. Returns `false` at once when that would exceed the limit.
   */
  wait(asked: number | undefined): Promise<boolean>
}

type Options = {
  /** Milliseconds in total. */
  readonly limit: number
  readonly wait?: (milliseconds: number) => Promise<unknown>
  readonly random?: () => number
}

/** Milliseconds that a person accepts to wait for a page. */
const person = 15_000
const pause = { first: 400, longest: 5_000 } as const

/** All callers with the same patience share its time. */
export const newPatience = ({ limit, wait = delay, random = Math.random }: Options): Patience => {
  let left = limit
  let waits = 0
  return {
    wait: async (asked) => {
      const own = random() * Math.min(pause.longest, pause.first * 4 ** waits)
      const length = Math.max(asked ?? 0, own)
      if (length > left) return false
      left -= length
      waits += 1
      await wait(length)
      return true
    },
  }
}

/** For a step that a person waits for. */
export const patienceOfPerson = (): Patience => newPatience({ limit: person })

/** For a caller that does its own waiting. */
export const noPatience: Patience = { wait: async () => false }
