import { isLive } from '../domain/grant.ts'
import type { GrantId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { type Bell, ringsOf } from './bell.ts'
import type { Deps } from './deps.ts'

/**
 * Waits for the proved end of a grant; `undefined` when `until` passes or `stop` aborts first. Nothing depends on it: it
 * lives in memory, and the cards tell the same.
 */
export const awaitEnd = ({ store, clock }: Pick<Deps, 'store' | 'clock'>, bell: Pick<Bell, 'listen'>) => {
  const nextRing = ringsOf(bell)
  return async (id: GrantId, until: Timestamp, stop: AbortSignal): Promise<Loaded | undefined> => {
    const over = new AbortController()
    const late = clock.sleep(until, AbortSignal.any([stop, over.signal]))
    try {
      while (!stop.aborted && clock.now() < until) {
        const ring = nextRing() // before the look, so that a change during it is not lost
        const loaded = await store.requestOfGrant(id)
        if (!loaded?.grant || !isLive(loaded.grant)) return loaded
        await Promise.race([ring, late])
      }
      return undefined
    } finally {
      over.abort()
    }
  }
}
