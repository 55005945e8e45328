import { randomBytes } from 'node:crypto'
import { hash } from 'bcryptjs'
import { type Secret, secret } from '../../domain/secret.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultLog } from './context.ts'
import { failure, isFailure } from './failure.ts'
import type { TurnedDown } from './logins.ts'
import { noPatience, type Patience } from './patience.ts'
import { together } from './together.ts'

/** The people's users at the vault, to which nobody can log in except for the moment of issuing. */
export type Accounts = {
  /** Makes the user exist, disarmed. */
  ensure(calls: VaultCalls, account: string): Promise<void>
  /** Takes password and policies away from a user that exists. */
  disarm(calls: VaultCalls, account: string): Promise<void>
  /**
   * Arms the user for one login with these policies, makes the login, and disarms it whatever happens. The caller sees
   * to it that no other login of the same user is under way. Throws `account-locked` when the vault denies the login,
   * `login-needs-mfa` when it wants a second factor, `user-differs` when it kept other settings than those written.
   */
  logInOnce<T>(calls: VaultCalls, account: string, armed: Armed, login: Login<T>): Promise<T>
}

type Armed = {
  readonly policies: readonly string[]
  /** Asked at the last moment before each try, so that the token ends when it should however long things took. */
  readonly ttl: () => Seconds
  /** How many calls the token may make; absent for no limit. */
  readonly uses?: number
  /** For a vault that refuses for now: how long to try again, each time armed afresh by calls that do not wait. */
  readonly again?: { readonly calls: VaultCalls; readonly patience: Patience }
  /** What must be done before the user is armed, and before the login is made. What they throw is thrown. */
  readonly arm?: Promise<unknown>
  readonly logIn?: Promise<unknown>
}
/** A password that nobody has yet, and what the vault is told of it. */
type Key = {
  readonly how: 'hashes' | 'passwords'
  readonly key: Secret
  readonly hidden: { readonly passwordHash: string } | { readonly password: Secret }
}
type Login<T> = (password: Secret) => Promise<T | TurnedDown>

const cost = 5 // the least that OpenBao takes; ample for 256 random bits that live for milliseconds
const idleTtl = seconds(60)

/** Users of one userpass mount. */
export const vaultAccounts = (mount: string, log: VaultLog): Accounts => {
  // Servers that do not know `password_hash` ignore it without a word. Only a login proves that it took.
  let takes: 'unproven' | 'hashes' | 'passwords' = 'unproven'

  const kind = () => (takes === 'passwords' ? takes : 'hashes')

  const drawKey = async (how: 'hashes' | 'passwords'): Promise<Key> => {
    const key = randomKey()
    const hidden = how === 'hashes' ? { passwordHash: await hash(key.reveal(), cost) } : { password: key }
    return { how, key, hidden }
  }

  /** Answers how long a token would live. */
  const write = async (calls: VaultCalls, account: string, armed: Armed, { hidden }: Key): Promise<Seconds> => {
    const { policies, uses = 0 } = armed
    const ttl = armed.ttl()
    await calls.putUser(mount, account, { policies, ttl, uses, ...hidden })
    const stored = await calls.readUser(mount, account)
    const lives = [stored?.token_ttl, stored?.token_max_ttl, stored?.token_explicit_max_ttl]
    const isAsWritten =
      (stored?.token_policies ?? []).join() === policies.join() &&
      lives.every((one) => one === ttl) &&
      (stored?.token_num_uses ?? 0) === uses &&
      stored?.token_no_default_policy === true
    if (!isAsWritten) throw failure('user-differs', `The vault holds other settings of ${account} than were written.`)
    return ttl
  }

  const close = (calls: VaultCalls, account: string): Promise<void> => {
    const nobodysKey = takes === 'hashes' ? { passwordHash: nobodysHash() } : { password: randomKey() }
    return calls.putUser(mount, account, { policies: [], ttl: idleTtl, ...nobodysKey })
  }

  /** A user that is not there cannot be left with an old password: a server that wants another kind of key says so. */
  const create = async (calls: VaultCalls, account: string): Promise<void> => {
    if (takes === 'passwords') return close(calls, account)
    try {
      await calls.putUser(mount, account, { policies: [], ttl: idleTtl, passwordHash: nobodysHash() })
    } catch (error) {
      if (!isFailure(error, 'refused')) throw error
      await close(calls, account)
    }
  }

  return {
    async ensure(calls, account) {
      const user = await calls.readUser(mount, account)
      if (!user) await create(calls, account)
      else if ((user.token_policies?.length ?? 0) > 0) await close(calls, account)
    },
    async disarm(calls, account) {
      if (await calls.readUser(mount, account)) await close(calls, account)
    },
    async logInOnce(calls, account, armed, login) {
      const { again = { calls, patience: noPatience }, arm = Promise.resolve(), logIn } = armed
      let isFirst = true
      const attempt = async (drawn: Key): Promise<Awaited<ReturnType<typeof login>>> => {
        try {
          const ttl = await write(again.calls, account, armed, drawn)
          await logIn
          const isLate = isFirst && ttl - armed.ttl() > 1 // its token would live longer, by what was waited for
          isFirst = false
          if (isLate) return attempt(await drawKey(drawn.how))
          const outcome = await login(drawn.key)
          if (typeof outcome !== 'string') takes = drawn.how
          return outcome
        } catch (error) {
          await logIn // where this fails, no other try can help
          if (isFailure(error, 'rate-limited', 'login-limited') && (await again.patience.wait(error.retryAfter)))
            return attempt(await drawKey(drawn.how))
          throw error
        }
      }
      const [first] = await together(drawKey(kind()), arm) // a hash takes milliseconds
      try {
        let outcome = await attempt(first.how === kind() ? first : await drawKey(kind()))
        if (outcome === 'wrong-credentials' && takes === 'unproven') outcome = await attempt(await drawKey('passwords'))
        if (outcome === 'denied') throw failure('account-locked', `The vault denies the login of ${account} (403).`)
        if (outcome === 'needs-mfa')
          throw failure('login-needs-mfa', `The vault demands a second factor (login MFA) at auth/${mount}.`)
        if (outcome === 'wrong-credentials') throw failure('failing', `The login of ${account} was crossed by another.`)
        return outcome
      } finally {
        // If this fails, the user stays armed with a key that nobody has any more: no reason to lose the credential.
        await close(calls, account).catch(() => log.warn({ account }, 'an account could not be disarmed'))
      }
    },
  }
}

const randomKey = (): Secret => secret(randomBytes(32).toString('base64url'))

const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A hash drawn at random: it is well-formed, and no password is known to have it. */
const nobodysHash = (): string => {
  const characters = [...randomBytes(53)].map((byte) => bcryptAlphabet[byte % 64])
  return `$2b$0${cost}$${characters.join('')}`
}
