import { setTimeout as delay } from 'node:timers/promises'

/**
 * A check for each dependency, by a name that may be shown. A check throws or returns `false` while it is not ready.
 */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>

const limit = 3_000

/** Names what is not ready. Probes that arrive during a check share its answer. */
export const readiness = (checks: ReadinessChecks): (() => Promise<readonly string[]>) => {
  let running: Promise<readonly string[]> | undefined
  return () => {
    running ??= notReady(checks).finally(() => {
      running = undefined
    })
    return running
  }
}

const notReady = async (checks: ReadinessChecks): Promise<readonly string[]> => {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ((await isReady(check)) ? [] : [name])),
  )
  return answers.flat()
}

const isReady = async (check: () => Promise<unknown>): Promise<boolean> => {
  const finished = new AbortController()
  const tooLate = delay(limit, false, { signal: finished.signal }).catch(() => false)
  try {
    return (await Promise.race([check(), tooLate])) !== false
  } catch {
    return false // the error may hold an address or worse, and the probe is open to everyone
  } finally {
    finished.abort()
  }
}
