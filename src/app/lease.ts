import { after, type Seconds, seconds, type Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'

type LeaseDeps = Pick<Deps, 'store' | 'clock'>

/** A lease as this process sees it: only one process holds it at a time. */
export type Lease = {
  /** Takes or renews the lease; `false` while another process has it. */
  hold(): Promise<boolean>
  /** Ends the lease. */
  end(): Promise<void>
  /** Renews the lease until the signal aborts; calls `lost` once another process has it. */
  keep(until: AbortSignal, lost: () => void): Promise<void>
}

/**
 * Asks the database again after a third of the lease's time, so that frequent use costs nothing. Where processes share a
 * server it asks after a second: another one may have taken this one for dead during an outage.
 */
export const leaseOf = ({ store, clock }: LeaseDeps, name: string, lasting: Seconds): Lease => {
  const pace = seconds(store.server ? Math.min(1, lasting / 3) : lasting / 3)
  let renewAt: Timestamp | undefined
  const hold = async (): Promise<boolean> => {
    const now = clock.now()
    if (renewAt !== undefined && now < renewAt) return true
    renewAt = undefined
    const isOurs = await store.lease(name, lasting)
    if (isOurs) renewAt = after(now, pace)
    return isOurs
  }
  return {
    hold,
    end: async () => {
      renewAt = undefined
      await store.endLease(name)
    },
    keep: async (until, lost) => {
      while (!until.aborted) {
        await clock.sleep(after(clock.now(), pace), until)
        if (!until.aborted && !(await hold().catch(() => true))) return lost()
      }
    },
  }
}

type Job = (wake: () => void, isLost: AbortSignal) => Promise<unknown>

const shortest = 60

/**
 * A job that one process does for all. The lease outlives the pace of the job, so that no other process runs it in
 * between. A failed run (`false` or an error) ends the lease. The other processes run `meanwhile` instead.
 */
export const alone = (
  deps: LeaseDeps,
  name: string,
  pace: Seconds,
  job: Job,
  meanwhile: () => Promise<void> = async () => {},
): ((wake: () => void) => Promise<void>) => {
  const lease = leaseOf(deps, name, seconds(Math.max(shortest, 2 * pace)))
  return async (wake) => {
    if (!(await lease.hold())) return meanwhile()
    const done = new AbortController()
    const lost = new AbortController()
    const keeping = lease.keep(done.signal, () => lost.abort())
    try {
      if ((await job(wake, lost.signal)) === false) await lease.end()
    } catch (error) {
      await lease.end()
      throw error
    } finally {
      done.abort()
      await keeping
    }
  }
}
