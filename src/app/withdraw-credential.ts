import { system } from '../domain/audit-event.ts'
import type { Handle } from '../domain/connector.ts'
import { evolve, type Grant, type Proof } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import { proofDetail } from '../domain/proof.ts'
import type { Connector } from '../ports.ts'
import { aboutGrant, type Deps, untilCommitted } from './deps.ts'
import { orderOf } from './orders.ts'
import { claimLost, type HeldAccount } from './with-account.ts'

/**
 * Settles the due withdrawal of an active grant while holding the account, and returns the remaining names. If a newer
 * credential replaced the misused one, no call is needed, and there is no proof.
 */
export const settleWithdrawal = async (
  deps: Deps,
  connector: Connector,
  grant: Grant & { state: 'active' },
  { account, held }: HeldAccount,
): Promise<{ readonly handle: Handle; readonly proof?: Proof }> => {
  const isOwed = (await deps.store.linksInUse(grant.id)).some(({ misusedAt }) => misusedAt !== undefined)
  if (!isOwed) {
    await settle(deps, grant, held)
    return { handle: grant.handle ?? {} }
  }
  const { handle, proof } = await connector.withdraw({ ...orderOf(grant, account), until: grant.expiresAt })
  if (!(await deps.store.saveHandle(grant.id, handle, held))) throw claimLost()
  await settle(deps, grant, held, proof)
  return { handle, proof }
}

/** Recorded while holding the account: a later credential must not be mistaken for a dead one. */
const settle = (deps: Deps, { id }: Grant, held: HeldAccount['held'], proof?: Proof): Promise<unknown> =>
  untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant || !isWithdrawing(loaded.grant)) return 'committed'
    if (!(await deps.store.isHeld(held))) throw claimLost()
    const { request, grant } = loaded
    const at = deps.clock.now()
    const about = aboutGrant(request, id)
    return deps.store.commit({
      request,
      grant: evolve(grant, { kind: 'withdrawn' }, at),
      held,
      ...(proof && { withdrawn: proof.at }),
      audit: proof
        ? [
            {
              ...{ at, kind: 'credential-withdrawn', actor: system, ...about },
              detail: proofDetail(proof),
            },
          ]
        : [],
    })
  })
