import type { IntegrationId } from '../domain/ids.ts'
import { after, type Seconds, seconds, type Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { refreshTags } from './refresh-tags.ts'
import { syncCatalogue } from './sync-catalogue.ts'

export type CatalogueSettings = {
  readonly discoverEvery: Seconds
  /** How many known owner tags are read again after each pass, where the listing does not contain them. */
  readonly tagsPerPass?: number
  readonly resumeWithin?: Seconds
}

export type CatalogueKeeper = {
  /** Runs one pass, then reads owner tags until the next pass is due; `false` when the pass was incomplete. */
  turn(signal: AbortSignal): Promise<boolean>
  /** Replaces a turn while another process does it: reads what that process found. */
  follow(): Promise<void>
  nextTurn(): Promise<Timestamp>
  /**
   * Whether the last pass was complete and owner tags were read, if that is quick. Before the first pass of this
   * process: an earlier complete catalogue exists, and the vault answers.
   */
  isDiscovered(): boolean
}

/** Readiness waits at most this long for owner tags, so that first requests reach the right people. */
const tagsPatience = seconds(30)

/** Keeps the resources of one integration in step with its vault. */
export const catalogueKeeper = (deps: Deps, id: IntegrationId, settings: CatalogueSettings): CatalogueKeeper => {
  const { discoverEvery, tagsPerPass = 2_000, resumeWithin } = settings
  let failed: number | undefined // passes since the last complete one
  let next = deps.clock.now()
  return {
    turn: async (signal) => {
      next = after(deps.clock.now(), deps.settings.wake) // after a throw, this prevents a spin
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
