import type { Handle } from '../domain/connector.ts'
import { isOutage } from '../domain/outage.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { Health } from './health.ts'
import type { Pool } from './pool.ts'

/**
 * When more grants end than are proved at a time, all lose their rights first (decision 12). Cuts run beside the loop,
 * so a vault that hangs delays only its own proofs. Failed cuts reveal that it is away.
 */
export const cutFirst = (health: Health, pool: Pool, isLeft: () => boolean) => {
  const waiting: Handle[] = []
  const cut = async (connector: Connector, handle: Handle): Promise<void> => {
    try {
      await connector.cut(handle)
    } catch (error) {
      // The step itself reports every other failure.
      if (error instanceof ExternalError && isOutage(error.code)) await health.failed(connector.integration, error.code)
    }
  }
  const work = async (connector: Connector): Promise<void> => {
    for (let handle = waiting.shift(); handle && !isLeft(); handle = waiting.shift()) await cut(connector, handle)
    if (isLeft()) waiting.length = 0 // their steps are handed back untried, and the next ones cut again
  }
  return {
    /** Proofs wait while this is true. */
    isBusy: (): boolean => pool.running() > 0,
    /** Adds handles that must lose their rights. */
    add: (connector: Connector, handles: readonly Handle[], wake: () => void): void => {
      waiting.push(...handles)
      const workers = Math.min(pool.size, waiting.length)
      for (let worker = 1; worker <= workers; worker += 1) {
        pool.start(`cut ${worker}`, () => work(connector), wake)
      }
    },
  }
}
