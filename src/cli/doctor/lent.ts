import { vaultCalls } from '../../connectors/vault/calls.ts'
import type { Send } from '../../connectors/vault/client.ts'
import { rulesOfDocument } from '../../connectors/vault/contained/documents.ts'
import { documentOf, type LentPolicy, type LentRole, lendingOf } from '../../connectors/vault/contained/lending.ts'
import { roleDifferences } from '../../connectors/vault/contained/role.ts'
import { tokenCalls } from '../../connectors/vault/contained/token-calls.ts'
import { mountsOf } from '../../connectors/vault/engines.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { lengthText } from '../../domain/length.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Seconds } from '../../domain/time.ts'
import { type Finding, missing, ok } from '../../findings.ts'
import { setupCommand } from '../vault/setup-command.ts'

/** Whether each policy and token role that may be lent is at the vault, exactly as configured. */
export const lentFindings = async (
  what: string,
  { params, longest }: { readonly params: VaultParams; readonly longest: Seconds },
  send: Send,
): Promise<readonly Finding[]> => {
  if (!params.contained) return []
  const lending = lendingOf(params.contained, mountsOf(params))
  return Promise.all([
    ...lending.policies.map((policy) =>
      looked(`${what}: lent policy ${policy.name}`, params, () => policyFault(policy, send)),
    ),
    ...lending.roles.map((role) =>
      looked(`${what}: token role ${role.name}`, params, () => roleFault(role, { params, longest }, send)),
    ),
  ])
}

const looked = async (
  row: string,
  params: VaultParams,
  faultOf: () => Promise<string | undefined>,
): Promise<Finding> => {
  const fault = await faultOf().catch(messageOf)
  return fault === undefined ? ok(row, 'as configured') : missing(row, fault, setupCommand(params))
}

const policyFault = async (policy: LentPolicy, send: Send): Promise<string | undefined> => {
  const text = (await vaultCalls(send).readPolicy(policy.name))?.policy
  if (text === undefined) return 'it is not there, so nothing of it can be lent'
  const [found, wanted] = [rulesOfDocument(text), rulesOfDocument(documentOf(policy))]
  if (!found) return 'it is not written as JSON, or says more than Latchkey can compare, so nothing of it is lent'
  const written = (rules: LentPolicy['rules']) => documentOf({ ...policy, rules, hasSelfService: false })
  return wanted && written(found) === written(wanted) ? undefined : 'it says something else, so nothing of it is lent'
}

const roleFault = async (
  role: LentRole,
  { params, longest }: { readonly params: VaultParams; readonly longest: Seconds },
  send: Send,
): Promise<string | undefined> => {
  const found = await tokenCalls(send).readRole(role.name)
  if (!found) return 'it is not there, so nothing can be lent by it'
  const differences = roleDifferences(found, role, params.namePrefix)
  if (differences.length > 0) return `it differs in ${differences.join(', ')}, so nothing is lent by it`
  return role.longest < longest
    ? `its tokens live at most ${lengthText(role.longest)}, but ${lengthText(longest)} is offered`
    : undefined
}
