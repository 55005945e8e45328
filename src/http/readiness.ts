import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../app/deps.ts'
import { after, seconds } from '../domain/time.ts'
import type { Clock } from '../ports.ts'

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

type Start = {
  readonly url: string
  readonly notReady: () => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Pick<Log, 'info'>
}

/** Logs what the start waits for, whenever that changes, and `ready` once it waits for nothing. */
export const sayWhenReady = ({ url, notReady, clock, log }: Start): { stop(): void } => {
  const stopping = new AbortController()
  const tell = async (): Promise<void> => {
    let said = ''
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      const waitingFor = await notReady()
      if (stopping.signal.aborted) return
      if (waitingFor.length === 0) return log.info({ url }, 'ready')
      if (said !== waitingFor.join()) log.info({ url, waitingFor }, 'listening, but not ready')
      said = waitingFor.join()
      await clock.sleep(after(clock.now(), seconds(Math.min(1 + tries, 15))), stopping.signal)
    }
  }
  void tell()
  return { stop: () => stopping.abort() }
}
