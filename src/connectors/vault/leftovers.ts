import type { Handle, Leftover, Plan } from '../../domain/connector.ts'
import type { Workload } from '../../domain/workload.ts'
import { vaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { failure } from './failure.ts'
import { readHandle } from './handle.ts'
import { isBetween } from './narrow.ts'
import { inspectRoles, ownRoles, removeRoles } from './workload-look.ts'

/**
 * Every user and policy of this instance at the vault. `undefined` unless the bot may list policies: with half a list,
 * live access would look deleted.
 */
export const leftovers = async (context: VaultContext): Promise<readonly Leftover[] | undefined> => {
  if (!(await context.rights()).has('list-policies')) return undefined
  const { names, params } = context
  const calls = vaultCalls(context.send)
  // A role without its policy is powerless, but must go too; both have one name.
  const found = [...(await calls.listPolicies()), ...(await ownRoles(context))]
  const policies = [...new Set(found.filter(names.ownsPolicy))]
  const users = (await calls.listUsers(params.userpassMount)).filter(names.ownsUser)
  return [
    ...policies.map((name): Leftover => {
      const grant = names.grantOf(name)
      return { name, kind: 'policy', ...(grant && { grant }) }
    }),
    ...users.map((name): Leftover => ({ name, kind: 'account' })),
  ]
}

/**
 * Reads the policies that a grant should have. At least one must exist, and each must equal the present document. While a
 * narrowing is due, each may be anything between that and the approved one.
 */
export const inspect = async (
  context: VaultContext,
  handle: Handle,
  plan: Plan,
  approved: Plan = plan,
  workload?: Workload,
): Promise<'sound' | 'missing' | 'altered'> => {
  const calls = vaultCalls(context.send)
  const texts = await Promise.all(
    readHandle(handle).policies.map(async (name) => (await calls.readPolicy(name))?.policy),
  )
  const there = texts.filter((text) => text !== undefined)
  if (there.some((text) => !isBetween(text, approved.document, plan.document))) return 'altered'
  if (there.length === 0) return 'missing'
  return workload ? inspectRoles(context, handle, workload) : 'sound'
}

/** Deletes a policy or user of this instance, and returns whether it existed. Throws `not-ours` for any other name. */
export const remove = async (context: VaultContext, { kind, name }: Leftover): Promise<boolean> => {
  const { names, params, send } = context
  const isOurs = kind === 'policy' ? names.ownsPolicy(name) : names.ownsUser(name)
  if (!isOurs) throw failure('not-ours', `${name} is not a name of this instance.`)
  const calls = vaultCalls(send)
  const mount = params.userpassMount
  const before = kind === 'policy' ? await calls.readPolicy(name) : await calls.readUser(mount, name)
  if (kind === 'policy') await calls.deletePolicy(name)
  else await calls.deleteUser(mount, name)
  const hadRole = kind === 'policy' && (await removeRoles(context, name))
  return before !== undefined || hadRole
}
