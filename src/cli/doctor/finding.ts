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
