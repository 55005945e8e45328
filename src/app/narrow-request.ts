import type { AccessRequest, Change } from '../domain/access-request.ts'
import { stillExcepting } from '../domain/beneath.ts'
import { addedTo, narrowRequest } from '../domain/narrow-request.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { type Item, isFolder } from '../domain/resource.ts'
import { ExternalError, type Integrations } from '../ports.ts'
import type { Deps } from './deps.ts'
import { walkBeneath } from './walk-beneath.ts'

/** Makes the request except what lies beneath its folders since; nothing where nothing is new. */
export type Narrowing = (request: AccessRequest) => Promise<Outcome<Change | undefined>>

/**
 * Asks the vault at most once, however often the request is judged again. Where the vault cannot tell, nothing is given:
 * nobody knows whose secrets that would be.
 */
export const narrowingOf = (deps: Deps, entry: ReturnType<Integrations['get']>): Narrowing => {
  const memory = new Map()
  return async (request) => {
    if (!entry || !request.items.some(isFolder)) return accept(undefined)
    try {
      const walked = await walkBeneath(entry, request.items, stillExcepting, memory)
      if (!walked.ok) return walked
      const { items } = walked.value
      if (addedTo(request.items, items).length === 0) return accept(undefined)
      const plan = (some: readonly Item[]) => entry.connector.plan(some, request.workload)
      const made = plan(items)
      return made.ok ? accept(narrowRequest(request, { items, plan: made.value }, plan, deps.clock.now())) : made
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ request: request.id, code: error.code }, 'what lies beneath a folder could not be looked up')
      return refuse({ code: 'beneath-unknown', trouble: error.code })
    }
  }
}
