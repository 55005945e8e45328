import type { IntegrationId } from '../domain/ids.ts'
import { after, type Seconds, seconds, type Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { refreshTags } from './refresh-tags.ts'
import { syncCatalogue } from './sync-catalogue.ts'

export type CatalogueSettings = {
  readonly discoverEvery: Seconds
  /** How many known owner tags are read again after each pass, where the listing does not tell them. */
  readonly tagsPerPass?: number
  readonly resumeWithin?: Seconds
}

export type CatalogueKeeper = {
  /** One pass, then owner tags until the next one is due; `false` when the pass did not come to its end. */
  turn(signal: AbortSignal): Promise<boolean>
  /** Instead of a turn, while another process does it: what is known is what that one found. */
  follow(): Promise<void>
  nextTurn(): Promise<Timestamp>
  /**
   * The last pass came to its end, and owner tags were read, if that does not take long. Before the first pass of this
   * process: there is a whole catalogue of an earlier one, and the vault answers.
   */
  isDiscovered(): boolean
}

/** So long the first readiness waits for owner tags: whoever asks then should be led to the right people at once. */
const tagsPatience = seconds(30)

/** Keeps the catalogue of one integration in step with its vault. */
export const catalogueKeeper = (deps: Deps, id: IntegrationId, settings: CatalogueSettings): CatalogueKeeper => {
  const { discoverEvery, tagsPerPass = 2_000, resumeWithin } = settings
  let failed: number | undefined // passes since the last that came to its end
  let next = deps.clock.now()
  return {
    turn: async (signal) => {
      next = after(deps.clock.now(), deps.settings.wake) // should anything be thrown: no spin
      const isKnown = (await deps.store.discoveryProgress(id))?.completed !== undefined
      const onBegin = () => {
        if (isKnown) failed ??= 0
      }
      const seen = await syncCatalogue(deps)(id, {
        signal,
        onBegin,
        ...(resumeWithin !== undefined && { resumeWithin }),
      })
      if (seen === undefined) {
        failed = (failed ?? 0) + 1
        const sooner = seconds(deps.settings.wake * 2 ** Math.min(failed - 1, 10))
        next = after(deps.clock.now(), sooner > discoverEvery ? discoverEvery : sooner)
        return false
      }
      const ended = deps.clock.now()
      await refreshTags(deps)(id, { until: after(ended, tagsPatience), most: 0, signal })
      failed = 0
      next = after(ended, discoverEvery)
      await refreshTags(deps)(id, { until: next, most: tagsPerPass, signal })
      return true
    },
    follow: async () => {
      const isKnown = (await deps.store.discoveryProgress(id))?.completed !== undefined
      failed = isKnown ? 0 : undefined
      next = after(deps.clock.now(), deps.settings.wake)
    },
    nextTurn: async () => next,
    isDiscovered: () => failed === 0,
  }
}
