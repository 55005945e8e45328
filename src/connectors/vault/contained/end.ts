import type { Handle } from '../../../domain/connector.ts'
import type { Proof } from '../../../domain/grant.ts'
import { seconds } from '../../../domain/time.ts'
import { ExternalError } from '../../../ports.ts'
import { loginsFor, ownHandle, ownPolicies, quickly, type Task, type VaultContext } from '../context.ts'
import { untilDead, worksFor } from '../end.ts'
import { failure } from '../failure.ts'
import { vaultLogins } from '../logins.ts'
import { lentByPlan } from './documents.ts'
import { endLent, proveEnded } from './end-lent.ts'
import { wishFor } from './lend.ts'
import { lentIn, unsureUntil, withNothingLent } from './notes.ts'
import { tokenCalls } from './token-calls.ts'

/**
 * Ends every token of a grant by its accessor, and proves it: the vault knows neither token nor wrapping any more.
 * `isThorough` adds a canary of the same role and policies. What a lost answer may have made is not proved to be over
 * while somebody could still open it.
 */
export const revoke = async (context: VaultContext, task: Task, isThorough: boolean): Promise<Proof> => {
  const { clock } = context
  const started = clock.now()
  const handle = ownHandle(context, task)
  const tokens = tokenCalls(context.send, task.grant)
  const known = lentIn(handle)
  const isLive = (await Promise.all(known.map(({ token }) => tokens.lookUp(token)))).some((one) => one)
  const canary = isThorough && isLive ? await sendCanary(context, task) : undefined
  for (const lent of known) await endLent(tokens, lent)
  if (canary) await tokens.revoke(canary.accessor)
  for (const lent of known) await proveEnded(tokens, lent)
  if (canary) await untilDead(loginsFor(context, task.grant), canary.token)
  const unsure = unsureUntil(handle, clock.now())
  if (unsure !== undefined) {
    const when = new Date(unsure).toISOString()
    const why = `An answer of the vault was lost; what it may have made can be opened until ${when}.`
    throw failure('not-proven', why, unsure - clock.now())
  }
  const at = clock.now()
  const means = canary ? 'canary' : known.length > 0 ? 'accessor' : 'readback'
  return { means, at, latency: at - started, lent: true }
}

/** Ends every credential handed out so far, with the proof of an end. A new one may be issued. */
export const withdraw = async (context: VaultContext, task: Task): Promise<{ handle: Handle; proof: Proof }> => {
  const proof = await revoke(context, task, true)
  return { handle: withNothingLent(ownHandle(context, task)), proof }
}

/** Ends the tokens, without a proof. */
export const cut = async (context: VaultContext, handle: Handle): Promise<void> => {
  const tokens = tokenCalls(context.send)
  for (const lent of lentIn(ownPolicies(context, handle))) await endLent(tokens, lent)
}

const canaryLife = seconds(60)
const canaryLimit = 2000

/**
 * A token of our own with the same role and policies, which works. Undefined where policies of an administrator do not let
 * a token ask for its rights, or the vault is slow, because the end must not wait.
 */
const sendCanary = async (context: VaultContext, task: Task) => {
  const tokens = tokenCalls(quickly(context.send, canaryLimit), task.grant)
  const role = context.lending?.roles.find(({ name }) => name === lentByPlan(task.plan)?.role)
  if (!role) return undefined
  try {
    const canary = await tokens.open(role.name, wishFor(task, role, canaryLife, task.account))
    const works = await worksFor(context, task, vaultLogins(quickly(context.tokenless, canaryLimit)), canary.token)
    if (works) return canary
    await tokens.revoke(canary.accessor)
  } catch (error) {
    const code = error instanceof ExternalError ? error.code : 'unexpected'
    context.log.warn({ grant: task.grant, code }, 'access ends without a canary')
  }
  return undefined
}
