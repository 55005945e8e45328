import { type Actor, actorName } from '../domain/audit-event.ts'
import type { Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'
import { inPool } from './pool.ts'
import type { AskedEnd } from './revoke-as-operator.ts'
import { askForEnd } from './revoke-grant.ts'

const most = 10_000
const together = 100 // they share a transaction

/** The grants with held-back ends, and a fingerprint with which an operator names the ones that they saw. */
export type Held = { readonly grants: readonly Loaded[]; readonly seen: string }

/** What would end if an operator confirmed it now. */
export const heldRemovals = (deps: Deps) => async (): Promise<Held> => {
  const live = await deps.store.grants({ state: 'live', limit: most })
  const grants = live.filter(({ grant }) => grant?.lapse?.endsAt !== undefined)
  const ids = grants.map(({ grant }) => grant?.id).sort()
  return { grants, seen: deps.hash(ids.join(' ')) }
}

/** An operator confirms: the held-back ends happen now. `undefined` when they differ from what the operator saw. */
export const confirmRemovals =
  (deps: Deps) =>
  async (seen: string, by: Actor): Promise<readonly AskedEnd[] | undefined> => {
    const held = await heldRemovals(deps)()
    if (held.seen !== seen) return undefined
    const asked: AskedEnd[] = []
    await inPool(held.grants, together, async ({ grant }) => {
      if (!grant?.lapse) return
      const { why } = grant.lapse
      const notice = { about: 'access-lapsed', why, isEnding: true } as const
      const outcome = await askForEnd(deps)(grant.id, { because: why, actor: by, notice })
      asked.push({ grant: grant.id, outcome: outcome.ok ? 'asked' : 'already-ending' })
    })
    if (asked.length > 0)
      deps.log.warn({ operator: actorName(by), grants: asked.length }, 'an operator confirms removals')
    return asked
  }
