import { setTimeout as delay } from 'node:timers/promises'
import type { Handle } from '../../domain/connector.ts'
import type { Proof } from '../../domain/grant.ts'
import type { Secret } from '../../domain/secret.ts'
import { seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { vaultCalls } from './calls.ts'
import { callsFor, loginsFor, ownHandle, ownPolicies, quickly, type Task, type VaultContext } from './context.ts'
import { failure } from './failure.ts'
import type { VaultHandle } from './handle.ts'
import { type VaultLogins, vaultLogins } from './logins.ts'
import { rightsOf } from './policy.ts'
import { endTokens, mustEndTokens } from './token-ends.ts'

/**
 * Ends all access of a grant. It deletes the policies first, oldest first, which makes every token powerless at once.
 * Then it ends the tokens themselves, where the bot may or must, and proves the end. `isThorough` adds a canary: a token
 * of the same user that worked before and must be dead after. Missing objects count as ended.
 */
export const revoke = async (context: VaultContext, task: Task, isThorough: boolean): Promise<Proof> => {
  const started = context.clock.now()
  const handle = ownHandle(context, task)
  const calls = callsFor(context, task.grant)
  // A refused login says nothing about what the tokens have made, so their end is the proof.
  const isByToken = handle.endsBy === 'token' && handle.accessors.length > 0
  const canary = isThorough && !isByToken ? await sendCanary(context, task, handle) : undefined

  for (const name of handle.policies) await calls.deletePolicy(name)
  const accessors = canary ? [...handle.accessors, canary.accessor] : handle.accessors
  for (const name of handle.policies) {
    if (await calls.readPolicy(name))
      throw failure('not-proven', `The policy ${name} is still there after its deletion.`)
  }
  if (canary) await untilDead(loginsFor(context, task.grant), canary.token)
  if (isByToken) await mustEndTokens(calls, accessors)
  const areTokensGone = isByToken || (await endTokens(context, calls, accessors))
  const at = context.clock.now()
  const seen = canary && (canary.worked ? 'canary' : 'login')
  const means = seen ?? (areTokensGone ? 'accessor' : 'readback')
  return { means, at, latency: at - started }
}

/** Deletes the policies, the newest last, and ends the tokens where that alone ends the access. */
export const cut = async (context: VaultContext, handle: Handle): Promise<void> => {
  const calls = vaultCalls(context.send)
  const { policies, accessors, endsBy } = ownPolicies(context, handle)
  for (const name of policies) await calls.deletePolicy(name)
  if (endsBy === 'token') for (const accessor of accessors) await calls.revokeAccessor(accessor)
}

/**
 * Ends every credential handed out so far, with the proof of an end. A new credential may be issued under a new policy.
 */
export const withdraw = async (context: VaultContext, task: Task): Promise<{ handle: Handle; proof: Proof }> => {
  const proof = await revoke(context, task, true)
  return { handle: { ...ownHandle(context, task), policies: [] }, proof }
}

type Canary = { readonly token: Secret; readonly accessor: string; readonly worked: boolean }

const canaryLife = seconds(60)
const canaryLimit = 2000

/**
 * A short-lived token, and whether it worked (it cannot after an earlier cut). Undefined when the login fails or is
 * slow, because the end must not wait.
 */
const sendCanary = async (context: VaultContext, task: Task, handle: VaultHandle): Promise<Canary | undefined> => {
  if (handle.policies.length === 0 || !rightsOf(task.items, context.mounts).ok) return undefined
  const calls = vaultCalls(quickly(context.send, canaryLimit), task.grant)
  const logins = vaultLogins(quickly(context.tokenless, canaryLimit), task.grant)
  try {
    const armed = { policies: handle.policies, ttl: () => canaryLife }
    const canary = await context.accounts.logInOnce(calls, task.account, armed, (password) =>
      logins.asUser(context.params.userpassMount, task.account, password),
    )
    return { ...canary, worked: await worksFor(context, task, logins, canary.token) }
  } catch (error) {
    const code = error instanceof ExternalError ? error.code : 'unexpected'
    context.log.warn({ grant: task.grant, code }, 'access ends without a canary')
    return undefined
  }
}

/**
 * Whether a token has all rights of the items. It is only asked for its capabilities: reading the secret would fetch it and
 * leave a false line in the vault's audit log.
 */
export const worksFor = async (
  { mounts }: VaultContext,
  { items }: Task,
  logins: VaultLogins,
  token: Secret,
): Promise<boolean> => {
  const wanted = rightsOf(items, mounts)
  if (!wanted.ok) return false
  const given = [...wanted.value].filter(([, capabilities]) => !capabilities.includes('deny'))
  const may = await logins.capabilities(
    token,
    given.map(([path]) => path),
  )
  return given.every(([path, needed]) => needed.every((one) => may?.[path]?.includes(one)))
}

/** A standby node may honour a deleted policy for a moment. */
export const untilDead = async (logins: VaultLogins, token: Secret): Promise<void> => {
  for (let look = 0; look < 20; look += 1) {
    if (!(await logins.capabilities(token, ['sys/capabilities-self']))) return
    await delay(100)
  }
  throw failure('still-works', 'A token of this access still works although its policy is gone.')
}
