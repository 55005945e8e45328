import type { Connector } from '../../ports.ts'
import type { VaultContext } from './context.ts'
import { callsFor, ownHandle } from './context.ts'
import { revoke, withdraw } from './end.ts'
import { issue, reveal, withoutGift } from './issue.ts'
import { provision } from './provision.ts'
import { throwIfRoleChanged } from './role-check.ts'
import { isForWorkload, issueWorkload, provisionWorkload, revealSecretId, revokeWorkload } from './workload-steps.ts'

/** The steps of a grant: for a person by their own user, for a workload by a role. */
export const steps = (
  context: VaultContext,
): Pick<Connector, 'provision' | 'issue' | 'reveal' | 'withdraw' | 'revoke'> => ({
  provision: async (order) => {
    await throwIfRoleChanged(context, callsFor(context, order.grant), order.items)
    return isForWorkload(order) ? provisionWorkload(context, order) : provision(context, order)
  },
  issue: async (order) => {
    await throwIfRoleChanged(context, callsFor(context, order.grant), order.items).catch((error: unknown) => {
      throw withoutGift(error)
    })
    return isForWorkload(order) ? issueWorkload(context, order) : issue(context, order)
  },
  reveal: (order, wrapping) =>
    isForWorkload(order) ? revealSecretId(context, order, wrapping) : reveal(context, order, wrapping),
  withdraw: async (order) => {
    if (!isForWorkload(order)) return withdraw(context, order)
    const proof = await revokeWorkload(context, order, true)
    return { handle: { ...ownHandle(context, order), policies: [] }, proof }
  },
  revoke: (order, isThorough) =>
    isForWorkload(order) ? revokeWorkload(context, order, isThorough) : revoke(context, order, isThorough),
})
