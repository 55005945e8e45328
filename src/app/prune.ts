import { type Seconds, seconds, timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'

/** Rows in one transaction, which takes some milliseconds. */
const batch = 200
const pause = 50 // milliseconds between two transactions, for other work

/** Deletes what is older than `keep`, in small steps; the rest waits for the next turn. */
export const prune =
  ({ store, clock, log }: Pick<Deps, 'store' | 'clock' | 'log'>, keep: Seconds) =>
  async (signal: AbortSignal): Promise<void> => {
    let forgotten = 0
    for (let last = 1; last > 0 && !signal.aborted; forgotten += last) {
      const now = clock.now()
      last = await store.prune(now, timestamp(now - keep * 1000), batch)
      if (last > 0) await clock.sleep(timestamp(now + pause), signal)
    }
    if (forgotten > 0) log.info({ forgotten }, 'what is older than `keep` was forgotten')
  }

/** How often old rows are pruned. */
export const pruneEvery = seconds(3600)
