/**
 * Says that something may be owed now. It is made before whoever rings it and whoever hears it, so that none of them has
 * to be known to the other.
 */
export type Bell = {
  ring(): void
  /** Calls `hear` at each ring from now on. */
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
