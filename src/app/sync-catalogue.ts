import type { IntegrationId } from '../domain/ids.ts'
import { type Discovered, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

const batch = 500 // rows a transaction: small enough that chat never waits for it

/**
 * Makes the resource rows match what the vault has. What was not seen is swept only after a complete pass: a vault that
 * fails half-way hides nothing. Returns how many resources it saw, or `undefined` when the pass broke off.
 */
export const syncCatalogue =
  (deps: Deps, isStopping: () => boolean = () => false) =>
  async (id: IntegrationId): Promise<number | undefined> => {
    const entry = deps.catalogue.get(id)
    if (!entry) return undefined
    const pass = deps.clock.now()
    let found: Discovered[] = []
    let seen = 0
    const save = async () => {
      await deps.store.saveResources(id, found, pass)
      seen += found.length
      found = []
    }
    try {
      for await (const resource of entry.connector.discover(entry.integration.resourceOwner?.key)) {
        found.push(resource)
        if (isStopping()) return undefined
        if (found.length >= batch) await save()
      }
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      await save()
      deps.log.warn({ integration: id, code: error.code, seen }, 'discovery broke off')
      return undefined
    }
    await save()
    const gone = await deps.store.sweepResources(id, pass)
    deps.log.info({ integration: id, seen, gone }, 'catalogue is in step')
    return seen
  }
