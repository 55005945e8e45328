/** What one look found. `optional` is not there and need not be; `unknown` could not be looked at. */
export type Finding = {
  readonly what: string
  readonly state: 'ok' | 'missing' | 'optional' | 'unknown'
  readonly found: string
  /** What to do about it. */
  readonly remedy?: string
}

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

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The same with what lies behind: a failed fetch says in its cause alone what is wrong. */
export const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error && error.cause.message !== ''
    ? `${error.message} (${error.cause.message})`
    : messageOf(error)

/** Seconds: what a grant may be off by, and what is too much for tokens and signatures. */
const tolerable = { unnoticed: 3, some: 30 } as const

/** What a `Date` header says about a moment of this machine's clock, in milliseconds. */
export const skewFinding = (what: string, date: string | string[] | undefined, here: number): Finding => {
  const there = Date.parse(typeof date === 'string' ? date : '')
  if (Number.isNaN(there)) return unknown(what, 'there is no Date in the answer')
  const skew = Math.round((here - (there + 500)) / 1000) // the header has whole seconds
  const off = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} it`
  if (Math.abs(skew) <= tolerable.unnoticed) return ok(what, 'together with this machine’s')
  const remedy = 'keep both clocks right (NTP): access would end early or late by that much'
  return Math.abs(skew) > tolerable.some
    ? missing(what, `this machine is ${off}`, remedy)
    : optional(what, `this machine is ${off}`, remedy)
}
