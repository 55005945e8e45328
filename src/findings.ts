import { messageOf } from './domain/message-of.ts'

/** The result of one check. `optional` is absent but not needed; `unknown` could not be checked. */
export type Finding = {
  readonly what: string
  readonly state: 'ok' | 'missing' | 'optional' | 'unknown'
  readonly found: string
  /** What to do about it: a sentence, a command, or a sentence and the command below it. */
  readonly remedy?: string
}

/** Whether a remedy is a command that can be pasted as it is. */
export const isCommand = (remedy: string): boolean => /^(?:[A-Z_]+=\S+ )*(?:latchkey|bao|vault) /.test(remedy)

export const ok = (what: string, found: string): Finding => ({ what, state: 'ok', found })
export const missing = (what: string, found: string, remedy: string): Finding => ({
  what,
  state: 'missing',
  found,
  remedy,
})
export const optional = (what: string, found: string, remedy: string): Finding => ({
  what,
  state: 'optional',
  found,
  remedy,
})
export const unknown = (what: string, found: string): Finding => ({ what, state: 'unknown', found })

/** The message of the cause, if there is one: only the cause of a failed fetch says what is wrong. */
export const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error && error.cause.message !== ''
    ? `${error.message} (${error.cause.message})`
    : messageOf(error)

/** Clock differences in seconds: grants tolerate the first, tokens and signatures the second. */
const tolerable = { unnoticed: 3, some: 30 } as const

/** The finding about a `Date` header that arrived at `here`, a moment of this machine's clock in milliseconds. */
export const skewFinding = (what: string, date: string | string[] | undefined, here: number): Finding => {
  const there = Date.parse(typeof date === 'string' ? date : '')
  if (Number.isNaN(there)) return unknown(what, 'the answer has no Date header')
  return skewOf(what, (here - (there + 500)) / 1000) // the header has whole seconds
}

/** The finding about a clock from which this machine's differs by so many seconds. */
export const skewOf = (what: string, ahead: number): Finding => {
  const skew = Math.round(ahead)
  const off = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} it`
  if (Math.abs(skew) <= tolerable.unnoticed) return ok(what, 'the same as this machine’s')
  const remedy = 'keep both clocks right (NTP): access would end early or late by that much'
  return Math.abs(skew) > tolerable.some
    ? missing(what, `this machine is ${off}`, remedy)
    : optional(what, `this machine is ${off}`, remedy)
}
