import type { Plan } from '../../../domain/connector.ts'
import type { VaultCalls } from '../calls.ts'
import type { VaultContext } from '../context.ts'
import { failure } from '../failure.ts'
import { documentFor } from './choose.ts'
import { lentByPlan, rulesOfDocument } from './documents.ts'
import type { LentRole } from './lending.ts'
import { roleDifferences } from './role.ts'
import { merged } from './rules.ts'
import type { TokenCalls } from './token-calls.ts'

/** What a plan needs at the vault, and how it is there. `which` names what is missing or differs. */
export type Standing =
  | { readonly is: 'sound' }
  | { readonly is: 'missing' | 'altered'; readonly what: 'policy' | 'role'; readonly which: string }

type Calls = { readonly calls: VaultCalls; readonly tokens: TokenCalls }

/**
 * Whether policies and role at the vault are what was approved. Only the policies count for tokens that exist, so a role
 * that is not configured any more is not looked at.
 */
export const standingOf = async (
  { lending, params }: Pick<VaultContext, 'lending' | 'params'>,
  { calls, tokens }: Calls,
  plan: Plan,
): Promise<Standing> => {
  const lent = lentByPlan(plan)
  if (!lent) return { is: 'altered', what: 'policy', which: 'none' }
  const role = lending?.roles.find(({ name }) => name === lent.role)
  const [found, ...texts] = await Promise.all([
    role && tokens.readRole(role.name),
    ...lent.policies.map(async (name) => ({ name, text: (await calls.readPolicy(name))?.policy })),
  ])
  const missing = texts.find(({ text }) => text === undefined)
  if (missing) return { is: 'missing', what: 'policy', which: missing.name }
  const documents = texts.map(({ name, text = '' }) => ({ name, rules: rulesOfDocument(text) }))
  const strange = documents.find(({ rules }) => !rules)
  if (strange) return { is: 'altered', what: 'policy', which: strange.name }
  const rules = merged(documents.flatMap((one) => one.rules ?? []))
  if (documentFor(rules, lent) !== plan.document)
    return { is: 'altered', what: 'policy', which: lent.policies.join(', ') }
  if (!role) return { is: 'sound' }
  if (!found) return { is: 'missing', what: 'role', which: role.name }
  const differences = roleDifferences(found, role, params.namePrefix)
  return differences.length === 0
    ? { is: 'sound' }
    : { is: 'altered', what: 'role', which: `${role.name} (${differences.join(', ')})` }
}

/** The role by which a plan is lent, once everything at the vault is as approved. Throws what is not. */
export const soundRole = async (context: VaultContext, calls: Calls, plan: Plan): Promise<LentRole> => {
  const standing = await standingOf(context, calls, plan)
  if (standing.is === 'missing')
    throw failure('missing-at-vault', `The vault has no ${standing.what} ${standing.which}.`)
  if (standing.is === 'altered') {
    const code = standing.what === 'policy' ? 'policy-differs' : 'role-differs'
    throw failure(code, `The ${standing.what} at the vault is not as configured: ${standing.which}.`)
  }
  const role = context.lending?.roles.find(({ name }) => name === lentByPlan(plan)?.role)
  if (!role) throw failure('not-offered', 'The configuration does not lend this any more.')
  return role
}
