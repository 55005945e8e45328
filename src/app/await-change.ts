import type { RequestId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { type Bell, ringsOf } from './bell.ts'
import type { Deps } from './deps.ts'

/**
 * Reads a request, at the latest at `until` or when `stop` aborts: earlier when its revision differs from the known
 * one, which is the present one by default. It reads the database only after a ring, so waiting costs nothing.
 */
export const awaitChange = ({ store, clock }: Pick<Deps, 'store' | 'clock'>, bell: Pick<Bell, 'listen'>) => {
  const nextRing = ringsOf(bell)
  return async (id: RequestId, until: Timestamp, stop: AbortSignal, known?: number): Promise<Loaded | undefined> => {
    const over = new AbortController()
    let isLate = false
    const late = clock.sleep(until, AbortSignal.any([stop, over.signal])).then(() => {
      isLate = true
    })
    try {
      for (let before = known; ; ) {
        const ring = nextRing() // before the look, so that a change during it is not lost
        const loaded = await store.request(id)
        before ??= loaded?.request.revision
        if (!loaded || loaded.request.revision !== before || isLate) return loaded
        await Promise.race([ring, late])
      }
    } finally {
      over.abort()
    }
  }
}
