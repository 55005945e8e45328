import type { Card, Identity } from '../domain/card.ts'
import { timestamp } from '../domain/time.ts'
import { isDeactivated, pauseBetween } from './check-accounts.ts'
import type { Deps } from './deps.ts'

const most = 10_000

/**
 * Checks the accounts of owners with a card of a pending request. A deactivated one counts as refused, so that others
 * are asked. A silent chat proves nothing.
 */
export const checkOwners =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const asked = new Map<string, boolean>()
    for (const { request } of await deps.store.requests({ state: 'pending', limit: most })) {
      for (const { id, identity } of (await deps.store.cardsOf(request.id)).flatMap(deliveredToOwner)) {
        const key = JSON.stringify([identity.platform, identity.tenant, identity.subject])
        if (signal.aborted) return
        if (!asked.has(key)) {
          asked.set(key, (await isDeactivated(deps, identity)) === true)
          await deps.clock.sleep(timestamp(deps.clock.now() + pauseBetween), signal)
        }
        const at = deps.clock.now()
        const outcome = { kind: 'refused', code: 'account-deactivated', at, retryAt: at } as const
        if (asked.get(key)) await deps.store.recordCard(id, outcome)
      }
    }
  }

const deliveredToOwner = ({
  id,
  audience,
  recipient,
  message,
  trouble,
}: Card): { id: Card['id']; identity: Identity }[] =>
  audience === 'owner' && recipient.to === 'person' && message && !trouble ? [{ id, identity: recipient.identity }] : []
