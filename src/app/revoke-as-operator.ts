import { type Actor, actorName } from '../domain/audit-event.ts'
import type { GrantId, IntegrationId, PersonId } from '../domain/ids.ts'
import type { Deps } from './deps.ts'
import { inPool } from './pool.ts'
import { askForEnd } from './revoke-grant.ts'

/** The result of a request to end one grant. */
export type AskedEnd = { readonly grant: GrantId; readonly outcome: 'asked' | 'already-ending' | 'already-ended' }

const most = 10_000
const together = 100 // they share a transaction, so the first end starts while the rest is written

/** A person at the machine ends grants, with the same step and record as an owner's, under the operator's own name. */
export const revokeAsOperator =
  (deps: Deps) =>
  async (grants: readonly GrantId[], by: Actor, note?: string): Promise<readonly AskedEnd[]> => {
    const asked: AskedEnd[] = []
    await inPool(grants, together, async (grant) => {
      const outcome = await askForEnd(deps)(grant, {
        ...{ because: 'revoked', actor: by },
        ...(note && { note }),
      })
      if (outcome.ok) asked.push({ grant, outcome: 'asked' })
      else if (outcome.refusal.code === 'access-not-active') {
        asked.push({ grant, outcome: outcome.refusal.state === 'ended' ? 'already-ended' : 'already-ending' })
      }
    })
    if (asked.length > 0) deps.log.warn({ operator: actorName(by), grants: asked.length }, 'an operator ends access')
    return asked
  }

/** Ends every live grant of a person, at an integration, or both. */
export const revokeAllAsOperator =
  (deps: Deps) =>
  async (
    whose: { person?: PersonId; integration?: IntegrationId },
    by: Actor,
    note?: string,
  ): Promise<readonly AskedEnd[]> => {
    const live = await deps.store.grants({ ...whose, state: 'live', limit: most })
    return revokeAsOperator(deps)(
      live.flatMap(({ grant }) => (grant ? [grant.id] : [])),
      by,
      note,
    )
  }
