import type { Tagged } from '../domain/discovery.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { Resource } from '../domain/resource.ts'
import { type Timestamp, timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { DiscoveryDeps } from './deps.ts'

type Options = {
  /** The latest moment to stop. */
  readonly until: Timestamp
  /** How many known tags may be read again. */
  readonly most: number
  readonly signal: AbortSignal
}

const atOnce = 250 // five seconds of calls at the usual pace, which may delay the next pass
const neverRead = timestamp(1) // before the first possible read

/**
 * Reads owner tags that the listing does not contain: those of all new resources first, then the oldest others. They
 * are only a first guess, because a decision reads the tag again.
 */
export const refreshTags =
  (deps: DiscoveryDeps) =>
  async (id: IntegrationId, { until, most, signal }: Options): Promise<void> => {
    const entry = deps.integrations.get(id)
    const ownerKey = entry?.integration.resourceOwner?.key
    if (!entry || ownerKey === undefined) return
    const { clock, store, log } = deps
    const began = clock.now()
    const read = async (before: Timestamp, atMost: number): Promise<boolean> => {
      for (let left = atMost; left > 0 && clock.now() < until && !signal.aborted; ) {
        const stale = await store.staleTags(id, before, Math.min(atOnce, left))
        if (stale.length === 0) break
        left -= stale.length
        const { tags, failure } = await readAll(entry.connector, stale, ownerKey, signal)
        await store.saveTags(tags, clock.now())
        if (!failure) continue
        log.warn({ integration: id, code: failure.code }, 'owner tags could not be refreshed')
        return false
      }
      return true
    }
    if (await read(neverRead, Number.POSITIVE_INFINITY)) await read(began, most)
  }

type Tag = Pick<Resource, 'id' | 'ownerTag' | 'description'>

const readAll = async (connector: Connector, stale: readonly Tagged[], ownerKey: string, signal: AbortSignal) => {
  const tags: Tag[] = []
  const queue = stale.values()
  let failure: ExternalError | undefined
  const read = async () => {
    for (const resource of queue) {
      if (failure || signal.aborted) return
      try {
        tags.push({ id: resource.id, ...(await connector.refreshTag(resource, ownerKey, signal)) })
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof ExternalError)) throw error
        if (error.transient) failure = error
        else tags.push({ id: resource.id }) // gone or unreadable: no tag until its next turn
      }
    }
  }
  await Promise.all(Array.from({ length: connector.looksAtOnce }, read))
  return { tags, failure }
}
