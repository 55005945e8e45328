import type { Credential } from '../../../domain/credential.ts'
import { type Secret, secret } from '../../../domain/secret.ts'
import { after, type Seconds, seconds } from '../../../domain/time.ts'
import { newestOf, timeLeft } from '../approved-policy.ts'
import { approvedDocument, callsFor, loginsFor, ownHandle, type Task, type VaultContext } from '../context.ts'
import { failure, isFailure } from '../failure.ts'
import { type Issued, sayingWhatWasGiven } from '../issue.ts'
import { patienceOfPerson } from '../patience.ts'
import { throwIfRoleChanged } from '../role-check.ts'
import { signInAddress, usageOf } from '../usage.ts'
import { checkToken } from './check-token.ts'
import { lentByPlan } from './documents.ts'
import { endLent, endUnseen, proveEnded } from './end-lent.ts'
import type { LentRole } from './lending.ts'
import { type Lent, lentIn, maySend, withLent } from './notes.ts'
import { soundRole } from './standing.ts'
import { creationPath, type TokenWish, tokenCalls, type WrappedToken } from './token-calls.ts'

const trialWrapping = seconds(10)
const trialLasts = 5 * 60_000

/** The trials that gave the whole wanted life, by role and policies. Each fetch compares its own token anyway. */
export type Trials = Map<string, { readonly at: number; readonly given: Seconds }>

/**
 * Checks that policies and role are as approved, and tries them: a token that nobody opens is made, compared and ended. A
 * trial with a full life is remembered for a few minutes. Returns its life where the vault limits it below the wanted one.
 */
export const provision = async (context: VaultContext, task: Task, trials: Trials): Promise<Seconds | undefined> => {
  approvedDocument(context, task)
  const left = timeLeft(context, task)
  newestOf(ownHandle(context, task).policies)
  const [calls, tokens] = [callsFor(context, task.grant), tokenCalls(context.send, task.grant)]
  await throwIfRoleChanged(context, calls, task.items)
  const role = await soundRole(context, { calls, tokens }, task.plan)
  const wish = wishFor(task, role, left, task.account)
  const tried = [role.name, ...wish.policies].join(' ')
  const last = trials.get(tried)
  const age = context.clock.now() - (last?.at ?? Number.NEGATIVE_INFINITY)
  if (last && left <= last.given && age >= 0 && age < trialLasts) return undefined
  const made = await tokens.wrapped(role.name, wish, trialWrapping, patienceOfPerson())
  const lent = lentAs(wish.displayName, made)
  try {
    const life = checkToken(await tokens.lookUp(made.token), wish, role)
    if (life >= left) trials.set(tried, { at: context.clock.now(), given: life })
    return life < left ? life : undefined
  } finally {
    await endUnseen(tokens, lent)
    await proveEnded(tokens, lent)
  }
}

/**
 * Makes a wrapped token of the approved policies, which nobody here sees, compares it by its accessor, and ends the
 * earlier ones. What differs is ended at once, and nothing is given.
 */
export const issue = (context: VaultContext, task: Task): Promise<Issued> =>
  sayingWhatWasGiven((gift) => issueOnce(context, task, gift))

const issueOnce = async (context: VaultContext, task: Task, gift: { mayBe: boolean }): Promise<Issued> => {
  const { params, clock } = context
  const flavour = await context.flavour()
  approvedDocument(context, task)
  const handle = ownHandle(context, task)
  const { newest } = newestOf(handle.policies)
  const patience = patienceOfPerson()
  const [calls, tokens] = [callsFor(context, task.grant, patience), tokenCalls(context.send, task.grant)]
  await throwIfRoleChanged(context, calls, task.items)
  const role = await soundRole(context, { calls, tokens }, task.plan)
  const left = timeLeft(context, task)
  const wish = wishFor(task, role, left, newest)
  if (!maySend(handle, newest, params, clock.now()))
    throw failure('timeout', 'The step took too long, so no token was asked for.')
  const began = clock.now()
  gift.mayBe = true // an answer may be lost
  const made = await tokens
    .wrapped(role.name, wish, seconds(Math.min(params.wrapSeconds, left)))
    .catch((error: unknown) => {
      gift.mayBe = !isFailure(error, 'rate-limited', 'denied', 'refused')
      throw error
    })
  const lent = lentAs(newest, made)
  try {
    const life = checkToken(await tokens.lookUp(made.token), wish, role)
    await throwIfTaken(context, task, role, made)
    for (const older of lentIn(handle)) await endLent(tokens, older)
    const until = life < left ? after(began, life) : task.until
    const opened = after(clock.now(), made.wrapTtl)
    const credential: Credential = {
      wrappingToken: made.wrappingToken,
      spendBy: opened < until ? opened : until,
      until,
      ...usageOf(context, flavour, task.items),
      signInUrl: secret(signInAddress(context, flavour, task.items, made.wrappingToken)),
    }
    return { credential, handle: withLent(handle, lent) }
  } catch (error) {
    gift.mayBe = !(await isTakenBack(context, task, lent)) // nobody was shown it
    throw error
  }
}

const isTakenBack = async ({ send }: VaultContext, task: Task, lent: Lent): Promise<boolean> => {
  const tokens = tokenCalls(send, task.grant)
  try {
    await endLent(tokens, lent)
    await proveEnded(tokens, lent)
    return true
  } catch {
    return false // its draw stays noted as unsure until nobody can open it any more
  }
}

const lentAs = (name: string, { token, wrapping }: WrappedToken): Lent => ({ name, token, wrapping })

/** What a role is asked for: exactly the approved policies, for the time that is left. */
export const wishFor = (task: Task, { aliases }: LentRole, ttl: Seconds, displayName: string): TokenWish => ({
  policies: lentByPlan(task.plan)?.policies ?? [],
  ...{ ttl, displayName, grant: task.grant, ...(aliases && { alias: task.account }) },
})

/** Asks the vault again, so that a token that was opened or replaced on the way is never shown. */
const throwIfTaken = async (
  context: VaultContext,
  task: Task,
  role: LentRole,
  made: Pick<WrappedToken, 'wrappingToken' | 'creationPath'>,
): Promise<void> => {
  const from = await loginsFor(context, task.grant).wrappedFrom(made.wrappingToken)
  if (from === undefined) throw failure('spent-unseen', `The credential of ${task.grant} was opened on its way.`)
  if (from !== creationPath(role.name) || made.creationPath !== from)
    throw failure('wrong-creation-path', `The credential of ${task.grant} was not made by its role.`)
}

/** Unwraps a credential. Refuses one that the role did not make, or of another grant. */
export const reveal = async (context: VaultContext, task: Task, wrapping: Secret): Promise<Secret> => {
  const logins = loginsFor(context, task.grant)
  const role = lentByPlan(task.plan)?.role ?? ''
  const from = await logins.wrappedFrom(wrapping)
  if (from === undefined) throw failure('spent-unseen', 'The credential was opened before, or is too old.')
  if (from !== creationPath(role)) throw failure('wrong-creation-path', 'The credential was made by something else.')
  const opened = await logins.unwrapLogin(wrapping)
  if (opened === undefined) throw failure('spent-unseen', 'The credential was opened by somebody else just now.')
  if (!lentIn(ownHandle(context, task)).some(({ token }) => token === opened.accessor)) {
    await tokenCalls(context.send, task.grant).revoke(opened.accessor)
    throw failure('wrong-creation-path', 'The credential is not one of this grant.')
  }
  return opened.token
}
