import { documentOf, lendingOf } from '../../src/connectors/vault/contained/lending.ts'
import { roleFor } from '../../src/connectors/vault/contained/role.ts'
import { mountsOf } from '../../src/connectors/vault/engines.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import type { AdminCall } from '../../src/demo/admin-call.ts'

/** Writes what a configuration lends, as an administrator would. */
export const writeLent = async (admin: AdminCall, given: object): Promise<void> => {
  const params = vaultParams.parse(given)
  if (!params.contained) throw new Error('Nothing is lent.')
  const { policies, roles } = lendingOf(params.contained, mountsOf(params))
  for (const one of policies) await admin('PUT', `sys/policies/acl/${one.name}`, { policy: documentOf(one) })
  for (const role of roles)
    await admin('POST', `auth/token/roles/${role.name}`, { ...roleFor(role, params.namePrefix) })
}
