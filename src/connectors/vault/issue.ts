import type { Handle } from '../../domain/connector.ts'
import type { Credential } from '../../domain/credential.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { after, seconds } from '../../domain/time.ts'
import { ExternalError, NothingGiven } from '../../ports.ts'
import { newestOf, timeLeft, writePolicy } from './approved-policy.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import { approvedDocument, callsFor, loginsFor, ownHandle, quickly, type Task, type VaultContext } from './context.ts'
import { noteRoles } from './database-roles.ts'
import { failure, isFailure } from './failure.ts'
import { readHandle, withCredential, withOnlyToken } from './handle.ts'
import type { VaultLogins, WrappedLogin } from './logins.ts'
import { noPatience, patienceOfPerson } from './patience.ts'
import { together } from './together.ts'
import { mustEndTokens, needsTokenEnd, throwIfEndless } from './token-ends.ts'
import { signInAddress, usageOf } from './usage.ts'

/**
 * Logs the person's user in under the newest drawn policy, wrapped, so that nobody here sees the token. Then it deletes
 * the older policies, which ends every earlier credential. Access that somebody removed at the vault is not given back:
 * one older policy must exist, before and after.
 */
export const issue = (context: VaultContext, task: Task): Promise<Issued> =>
  sayingWhatWasGiven((gift) => issueOnce(context, task, gift))

const roleLimit = 1000 // a person waits for the page

/** A credential, and the handle with the names that are left. */
export type Issued = { readonly credential: Credential; readonly handle: Handle }

const issueOnce = async (context: VaultContext, task: Task, gift: { mayBe: boolean }): Promise<Issued> => {
  const { params, clock, accounts } = context
  const { account } = task
  const flavour = await context.flavour()
  const document = approvedDocument(context, task)
  const handle = ownHandle(context, task)
  await throwIfEndless(context, task.items)
  const { newest, older } = newestOf(handle.policies)
  const patience = patienceOfPerson()
  const [calls, hasty] = [callsFor(context, task.grant, patience), callsFor(context, task.grant, noPatience)]
  const logins = loginsFor(context, task.grant, patience)
  const left = timeLeft(context, task)
  const wrapFor = seconds(Math.min(params.wrapSeconds, left))

  // Starts while the account is being disarmed. If all older policies are gone, the access ended meanwhile. An end
  // deletes the oldest first, so it has not seen the newest yet.
  const check = (login: WrappedLogin) =>
    Promise.allSettled([throwIfTaken(context, task, logins, login), throwIfAllGone(calls, older)])
  const checks: ReturnType<typeof check>[] = []
  const wrapped = async (password: Secret) => {
    gift.mayBe = true // until the vault says that it made none, because an answer may be lost
    const made = await logins.wrapped(params.userpassMount, account, password, wrapFor).catch((error: unknown) => {
      gift.mayBe = !isFailure(error, 'rate-limited')
      throw error
    })
    gift.mayBe = typeof made !== 'string'
    if (typeof made !== 'string') checks.push(check(made))
    return made
  }
  const began = clock.now()
  // The account is armed while the policy is written; nobody logs in to it before the policy is proved.
  const there = throwIfAllGone(calls, older)
  const policy = there.then(() => writePolicy(context, calls, { name: newest, document, left }))
  const asked = context.tokenLife.atMost(calls, logins, { account, wanted: left })
  const armed = { policies: [newest], ttl: () => timeLeft(context, task), again: { calls: hasty, patience } }
  const loggedIn = accounts.logInOnce(calls, account, { ...armed, arm: together(there, asked), logIn: policy }, wrapped)
  const isByToken = needsTokenEnd(context, task.items)
  const [, life, login] = await together(policy, asked, loggedIn).catch(withReason(context, task, gift))
  try {
    const outcomes = (await Promise.all(checks)).flat()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  } catch (error) {
    await calls.deletePolicy(newest).catch(() => {}) // the first failure is reported, and its handler ends the rest
    // No handle has this token yet, and whoever took it may have made a login with it.
    if (isByToken) await mustEndTokens(calls, [login.accessor]).catch(() => {})
    throw error
  }
  for (const name of older) await calls.deletePolicy(name)
  if (isByToken) await mustEndTokens(calls, handle.accessors)
  await noteRoles(context, vaultCalls(quickly(context.send, roleLimit)), task.items)
  const until = life < left ? after(began, life) : task.until
  const opened = after(clock.now(), login.wrapTtl)
  const credential: Credential = {
    wrappingToken: login.wrappingToken,
    spendBy: opened < until ? opened : until, // what it opens is no use later
    until,
    ...usageOf(context, flavour, task.items),
    signInUrl: secret(signInAddress(context, flavour, task.items, login.wrappingToken)),
  }
  return { credential, handle: (isByToken ? withOnlyToken : withCredential)(handle, login.accessor) }
}

/** Asks the vault again, so that a token that was opened or replaced on the way is never shown. */
const throwIfTaken = async (
  context: VaultContext,
  task: Task,
  logins: VaultLogins,
  { wrappingToken, creationPath }: WrappedLogin,
): Promise<void> => {
  const from = await logins.wrappedFrom(wrappingToken)
  if (from === undefined) throw failure('spent-unseen', `The credential of ${task.account} was opened on its way.`)
  if (from !== loginPath(context, task) || creationPath !== from) {
    throw failure('wrong-creation-path', `The credential of ${task.account} was not made by its login.`)
  }
}

/** Runs a step that notes whether it may have given something. A failure that gave nothing says so. */
export const sayingWhatWasGiven = async <T>(step: (gift: { mayBe: boolean }) => Promise<T>): Promise<T> => {
  const gift = { mayBe: false }
  try {
    return await step(gift)
  } catch (error) {
    throw gift.mayBe ? error : withoutGift(error)
  }
}

/** The failure of a step that gave nothing. */
export const withoutGift = (error: unknown): unknown => {
  if (!(error instanceof ExternalError)) return error
  const { code, message, transient, retryAfter } = error
  return new NothingGiven(code, message, { transient, ...(retryAfter !== undefined && { retryAfter }) })
}

/** OpenBao drops the connection at a wrapped login that wants a second factor; an unwrapped login tells the reason. */
const withReason = (context: VaultContext, task: Task, sent: { mayBe: boolean }) => async (error: unknown) => {
  if (sent.mayBe && isFailure(error, 'unreachable')) {
    const [calls, logins] = [callsFor(context, task.grant), loginsFor(context, task.grant)]
    await context.tokenLife.tried(calls, logins, task.account, seconds(60)).catch((reason: unknown) => {
      if (isFailure(reason, 'login-needs-mfa')) throw reason
    })
  }
  throw error
}

/** Unwraps a credential. Refuses one that this user's login did not make, or of another grant. */
export const reveal = async (context: VaultContext, task: Task, wrappingToken: Secret): Promise<Secret> => {
  const logins = loginsFor(context, task.grant)
  const from = await logins.wrappedFrom(wrappingToken)
  if (from === undefined) throw failure('spent-unseen', 'The credential was opened before, or is too old.')
  if (from !== loginPath(context, task))
    throw failure('wrong-creation-path', 'The credential was made by another login.')
  const login = await logins.unwrapLogin(wrappingToken)
  if (login === undefined) throw failure('spent-unseen', 'The credential was opened by somebody else just now.')
  if (!readHandle(task.handle).accessors.includes(login.accessor)) {
    await logins.revoke(login.token)
    throw failure('wrong-creation-path', 'The credential is not one of this grant.')
  }
  return login.token
}

const loginPath = ({ params }: VaultContext, { account }: Task) => `auth/${params.userpassMount}/login/${account}`

/** Access that somebody removed at the vault is not given back: one older policy must exist. */
export const throwIfAllGone = async (calls: VaultCalls, older: readonly string[]): Promise<void> => {
  if (older.length === 0) return
  for (const name of older.toReversed()) if (await calls.readPolicy(name)) return
  throw failure('missing-at-vault', 'The policy of this access was deleted at the vault; it is not made again.')
}
