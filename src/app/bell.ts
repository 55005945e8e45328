/**
 * Signals that something may be due. It is created before its callers and listeners, so that they need not know each
 * other.
 */
export type Bell = {
  ring(): void
  /** Calls `hear` at each later ring. */
  listen(hear: () => void): void
}

export const newBell = (): Bell => {
  const hearers: (() => void)[] = []
  return {
    ring: () => {
      for (const hear of hearers) hear()
    },
    listen: (hear) => {
      hearers.push(hear)
    },
  }
}

/** Gives the next ring of a bell as a promise. */
export const ringsOf = (bell: Pick<Bell, 'listen'>): (() => Promise<void>) => {
  let next = Promise.withResolvers<void>()
  bell.listen(() => {
    next.resolve()
    next = Promise.withResolvers()
  })
  return () => next.promise
}
