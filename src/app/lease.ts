import { after, type Seconds, seconds, type Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'

type LeaseDeps = Pick<Deps, 'store' | 'clock'>

/** What only one process may do at a time, as this process sees it. */
export type Lease = {
  /** Takes or renews it; `false` while another process has it. */
  hold(): Promise<boolean>
  /** Gives it back. */
  end(): Promise<void>
  /** Renews it until the signal aborts; `lost` is called once another process has it. */
  keep(until: AbortSignal, lost: () => void): Promise<void>
}

/** The database is asked for a lease again after a third of its time only, so that often holding it costs nothing. */
export const leaseOf = ({ store, clock }: LeaseDeps, name: string, lasting: Seconds): Lease => {
  const third = seconds(lasting / 3)
  let renewAt: Timestamp | undefined
  const hold = async (): Promise<boolean> => {
    const now = clock.now()
    if (renewAt !== undefined && now < renewAt) return true
    renewAt = undefined
    const isOurs = await store.lease(name, lasting)
    if (isOurs) renewAt = after(now, third)
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
        await clock.sleep(after(clock.now(), third), until)
        if (!until.aborted && !(await hold().catch(() => true))) return lost()
      }
    },
  }
}

type Job = (wake: () => void, isLost: AbortSignal) => Promise<unknown>

const shortest = 60

/**
 * A job that one process does for all. The lease outlives the pace of the job, so that no other does it in between; who
 * fails, by `false` or an error, gives it back. `meanwhile` is what the others do instead.
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
