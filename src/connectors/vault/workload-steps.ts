import type { Credential } from '../../domain/credential.ts'
import type { Proof } from '../../domain/grant.ts'
import type { Secret } from '../../domain/secret.ts'
import { after, type Seconds, seconds } from '../../domain/time.ts'
import { isFetched, type Workload } from '../../domain/workload.ts'
import { newestOf, timeLeft, writePolicy } from './approved-policy.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import { approvedDocument, callsFor, loginsFor, ownHandle, quickly, type Task, type VaultContext } from './context.ts'
import { untilDead, worksFor } from './end.ts'
import { failure, isFailure } from './failure.ts'
import type { VaultHandle } from './handle.ts'
import { type Issued, sayingWhatWasGiven, throwIfAllGone } from './issue.ts'
import { vaultLogins } from './logins.ts'
import { endTokens } from './token-ends.ts'
import { usageOf } from './usage.ts'
import { isAsMade, type Lives, livesOf, mountOf, type RoleCalls, roleCalls, roleFor } from './workload-roles.ts'

/** A step for a workload: its task always names one. */
export type WorkloadTask = Task & { readonly workload: Workload }

export const isForWorkload = (task: Task): task is WorkloadTask => task.workload !== undefined

const rolesFor = ({ send }: VaultContext, task: Task): RoleCalls => roleCalls(send, task.grant)

/**
 * Makes the newest drawn policy and its role exist as approved, and no older ones. Returns the time that a job has where
 * the mount limits its token.
 */
export const provisionWorkload = async (context: VaultContext, task: WorkloadTask): Promise<Seconds | undefined> => {
  const document = approvedDocument(context, task)
  const { newest, older } = newestOf(ownHandle(context, task).policies)
  const left = timeLeft(context, task)
  const calls = callsFor(context, task.grant)
  await removeNames(context, calls, task, older)
  const lives = livesOf(task.workload, left)
  await writePolicy(context, calls, { name: newest, document, left })
  await writeRole(context, task, newest, lives)
  const given = await lifeGiven(context, calls, task, lives)
  return given < left && task.workload.kind === 'job' ? given : undefined
}

/** How long a job can work at most: until its token ends that is made at the last moment. */
const lifeGiven = async (context: VaultContext, calls: VaultCalls, task: WorkloadTask, { login, token }: Lives) => {
  const limit = await calls.tokenLimit(mountOf(context.params, task.workload))
  return seconds(login + Math.min(token, limit ?? token))
}

/** Writes the role, and reads back what the vault stored: a server may keep something else than it was told. */
const writeRole = async (context: VaultContext, task: WorkloadTask, name: string, lives: Lives): Promise<void> => {
  const roles = rolesFor(context, task)
  const mount = mountOf(context.params, task.workload)
  const wanted = roleFor(task.workload, name, lives)
  await roles.put(mount, name, wanted)
  const stored = await roles.read(mount, name)
  if (!stored) throw failure('not-proven', `The vault does not show the role ${name} that was just written.`)
  if (!isAsMade(stored, wanted)) throw failure('role-differs', `The vault holds another role as ${name}.`)
}

/** Policies first: without them every token is powerless. */
const removeNames = async (
  context: VaultContext,
  calls: VaultCalls,
  task: WorkloadTask,
  names: readonly string[],
): Promise<void> => {
  const roles = rolesFor(context, task)
  const mount = mountOf(context.params, task.workload)
  for (const name of names) await calls.deletePolicy(name)
  for (const name of names) await roles.remove(mount, name)
}

/**
 * Makes a new role under the newest drawn name, with one wrapped secret_id that nobody here sees. Then it deletes the
 * older policies and roles, so what was fetched before is dead.
 */
export const issueWorkload = (context: VaultContext, task: WorkloadTask): Promise<Issued> =>
  sayingWhatWasGiven((gift) => issueOnce(context, task, gift))

const issueOnce = async (context: VaultContext, task: WorkloadTask, gift: { mayBe: boolean }): Promise<Issued> => {
  const { params, clock } = context
  const { workload } = task
  if (!isFetched(workload)) throw failure('not-offered', 'This workload logs in by itself: nothing can be fetched.')
  const flavour = await context.flavour()
  const document = approvedDocument(context, task)
  const handle = ownHandle(context, task)
  const { newest, older } = newestOf(handle.policies)
  const calls = callsFor(context, task.grant)
  const roles = rolesFor(context, task)
  const mount = mountOf(params, workload)
  await throwIfAllGone(calls, older)
  const began = clock.now()
  const left = timeLeft(context, task)
  const lives = livesOf(workload, left)
  await writePolicy(context, calls, { name: newest, document, left })
  await writeRole(context, task, newest, lives)
  const roleId = await roles.roleId(mount, newest)
  const life = await lifeGiven(context, calls, task, lives)
  gift.mayBe = true // an answer may be lost
  const made = await roles
    .wrappedSecretId(mount, newest, seconds(Math.min(params.wrapSeconds, lives.login)))
    .catch((error: unknown) => {
      gift.mayBe = !isFailure(error, 'rate-limited', 'denied', 'refused')
      throw error
    })
  try {
    await throwIfTaken(context, task, newest, made)
    await throwIfAllGone(calls, older)
  } catch (error) {
    await calls.deletePolicy(newest).catch(() => {}) // the first failure is reported, and its handler ends the rest
    throw error
  }
  await removeNames(context, calls, task, older)
  const until = workload.kind === 'job' && life < left ? after(began, life) : task.until
  const loginBy = after(began, lives.login)
  const opened = after(clock.now(), made.wrapTtl)
  const names = { ...handle, policies: [newest] }
  const credential: Credential = {
    wrappingToken: made.wrappingToken,
    spendBy: opened < loginBy ? opened : loginBy,
    until,
    ...usageOf(context, flavour, task.items, { workload, handle: names }),
    appRole: { roleId, loginBy, uses: workload.kind === 'job' ? 'once' : 'many' },
  }
  return { credential, handle: names }
}

const secretIdPath = (context: VaultContext, task: WorkloadTask, name: string) =>
  `auth/${mountOf(context.params, task.workload)}/role/${name}/secret-id`

/** Asks the vault again, so that a secret_id that was opened or replaced on the way is never shown. */
const throwIfTaken = async (
  context: VaultContext,
  task: WorkloadTask,
  name: string,
  { wrappingToken, creationPath }: { readonly wrappingToken: Secret; readonly creationPath: string },
): Promise<void> => {
  const from = await loginsFor(context, task.grant).wrappedFrom(wrappingToken)
  if (from === undefined) throw failure('spent-unseen', `The secret_id of ${name} was opened on its way.`)
  if (from !== secretIdPath(context, task, name) || creationPath !== from)
    throw failure('wrong-creation-path', `The secret_id of ${name} was not made for its role.`)
}

/** Unwraps a secret_id. Refuses one of another role. */
export const revealSecretId = async (context: VaultContext, task: WorkloadTask, wrapping: Secret): Promise<Secret> => {
  const logins = loginsFor(context, task.grant)
  const { newest } = newestOf(ownHandle(context, task).policies)
  const from = await logins.wrappedFrom(wrapping)
  if (from === undefined) throw failure('spent-unseen', 'The credential was opened before, or is too old.')
  if (from !== secretIdPath(context, task, newest))
    throw failure('wrong-creation-path', 'The secret_id was made for another role.')
  const secretId = await logins.unwrapSecretId(wrapping)
  if (secretId === undefined) throw failure('spent-unseen', 'The credential was opened by somebody else just now.')
  return secretId
}

/**
 * Ends all access of a workload: policies, then roles. Only an AppRole allows a test login; without one, the proof is that
 * both are gone.
 */
export const revokeWorkload = async (
  context: VaultContext,
  task: WorkloadTask,
  isThorough: boolean,
): Promise<Proof> => {
  const started = context.clock.now()
  const handle = ownHandle(context, task)
  const calls = callsFor(context, task.grant)
  const canary = isThorough && isFetched(task.workload) ? await sendCanary(context, task, handle) : undefined
  await removeNames(context, calls, task, handle.policies)
  const roles = rolesFor(context, task)
  const mount = mountOf(context.params, task.workload)
  for (const name of handle.policies) {
    if (await calls.readPolicy(name))
      throw failure('not-proven', `The policy ${name} is still there after its deletion.`)
    if (await roles.read(mount, name))
      throw failure('not-proven', `The role ${name} is still there after its deletion.`)
  }
  if (canary) {
    await untilDead(loginsFor(context, task.grant), canary.token)
    await endTokens(context, calls, [canary.accessor])
  }
  const at = context.clock.now()
  return { means: canary ? (canary.worked ? 'canary' : 'login') : 'readback', at, latency: at - started }
}

const canaryLimit = 2000

/** A login by a secret_id of our own, and whether it worked. Undefined where the networks forbid it, or it is slow. */
const sendCanary = async (context: VaultContext, task: WorkloadTask, { policies }: VaultHandle) => {
  const newest = policies.at(-1)
  if (newest === undefined) return undefined
  const mount = mountOf(context.params, task.workload)
  const roles = roleCalls(quickly(context.send, canaryLimit), task.grant)
  const calls = vaultCalls(quickly(context.send, canaryLimit), task.grant)
  const logins = vaultLogins(quickly(context.tokenless, canaryLimit), task.grant)
  try {
    if (!(await roles.read(mount, newest)) || !(await calls.readPolicy(newest))) return undefined
    const login = await logins.appRole(mount, await roles.roleId(mount, newest), await roles.secretId(mount, newest))
    if (typeof login === 'string') return undefined
    return { ...login, worked: await worksFor(context, task, logins, login.token) }
  } catch (error) {
    context.log.warn({ grant: task.grant, error: String(error) }, 'access ends without a canary')
    return undefined
  }
}
