import { setTimeout as delay } from 'node:timers/promises'

/** How long a step may wait in all for a vault that refuses its calls for now (429): nothing was done by those. */
export type Patience = {
  /** Waits as long as the vault asked for, else a growing while. `false`, at once, when that would take too long. */
  wait(asked: number | undefined): Promise<boolean>
}

type Options = {
  /** Milliseconds in all. */
  readonly limit: number
  readonly wait?: (milliseconds: number) => Promise<unknown>
  readonly random?: () => number
}

/** Milliseconds that a person waits for a page without doubt. */
const person = 15_000
const pause = { first: 400, longest: 5_000 } as const

/** The time is shared by all that wait with it. */
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

/** For a step that somebody waits for. */
export const patienceOfPerson = (): Patience => newPatience({ limit: person })

/** For a caller that does its own waiting. */
export const noPatience: Patience = { wait: async () => false }
