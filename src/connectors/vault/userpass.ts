import { randomBytes } from 'node:crypto'
import { type Secret, secret } from '../../domain/secret.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultLog } from './context.ts'
import { failure, isFailure } from './failure.ts'
import { passwordHasher } from './hash-password.ts'
import type { TurnedDown } from './logins.ts'
import { noPatience, type Patience } from './patience.ts'
import { together } from './together.ts'

/** The people's users at the vault. Nobody can log in to them except at the moment of issuing. */
export type Accounts = {
  /** Makes the user exist, disarmed. */
  ensure(calls: VaultCalls, account: string): Promise<void>
  /** Removes password and policies from an existing user. */
  disarm(calls: VaultCalls, account: string): Promise<void>
  /**
   * Arms the user for one login with these policies, makes the login, and always disarms it. The caller prevents other
   * logins of the user. Throws `account-locked` when the vault denies the login, and `login-needs-mfa` when it wants a
   * second factor. Throws `user-differs` when it stored other settings.
   */
  logInOnce<T>(calls: VaultCalls, account: string, armed: Armed, login: Login<T>): Promise<T>
}

type Armed = {
  readonly policies: readonly string[]
  /** Called at the last moment before each try, so that the token ends on time after any delay. */
  readonly ttl: () => Seconds
  /** How many calls the token may make; absent for no limit. */
  readonly uses?: number
  /** The patience with a vault that refuses for now. Each try arms the user again, by calls that do not wait. */
  readonly again?: { readonly calls: VaultCalls; readonly patience: Patience }
  /** What must be done before arming, and before the login. Their failures are thrown. */
  readonly arm?: Promise<unknown>
  readonly logIn?: Promise<unknown>
}
/** A new password, and what the vault gets of it. */
type Key = {
  readonly how: 'hashes' | 'passwords'
  readonly key: Secret
  readonly hidden: { readonly passwordHash: string } | { readonly password: Secret }
}
type Login<T> = (password: Secret) => Promise<T | TurnedDown>

const cost = 5 // the least that OpenBao accepts; ample for 256 random bits with a life of milliseconds
const idleTtl = seconds(60)
const hash = passwordHasher()

/** Users of one userpass mount. */
export const vaultAccounts = (mount: string, log: VaultLog): Accounts => {
  // Servers without `password_hash` ignore it silently. Only a login proves that it worked.
  let takes: 'unproven' | 'hashes' | 'passwords' = 'unproven'

  const kind = () => (takes === 'passwords' ? takes : 'hashes')

  const drawKey = async (how: 'hashes' | 'passwords'): Promise<Key> => {
    const key = randomKey()
    const hidden = how === 'hashes' ? { passwordHash: await hash(key, cost) } : { password: key }
    return { how, key, hidden }
  }

  /** Returns how long a token would live. */
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

  /** A missing user cannot keep an old password, and a server that wants another kind of key says so. */
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
          const isLate = isFirst && ttl - armed.ttl() > 1 // waiting would make its token live longer
          isFirst = false
          if (isLate) return attempt(await drawKey(drawn.how))
          const outcome = await login(drawn.key)
          if (typeof outcome !== 'string') takes = drawn.how
          return outcome
        } catch (error) {
          await logIn // if this fails, no other try can help
          if (isFailure(error, 'rate-limited', 'login-limited') && (await again.patience.wait(error.retryAfter)))
            return attempt(await drawKey(drawn.how))
          throw error
        }
      }
      const [first] = await together(drawKey(kind()), arm) // a hash takes milliseconds
      try {
        let outcome = await attempt(first.how === kind() ? first : await drawKey(kind()))
        if (outcome === 'wrong-credentials' && takes === 'unproven') outcome = await attempt(await drawKey('passwords'))
        if (outcome === 'denied' || outcome === 'outside-networks')
          throw failure('account-locked', `The vault denies the login of ${account}.`)
        if (outcome === 'needs-mfa')
          throw failure('login-needs-mfa', `The vault demands a second factor (login MFA) at auth/${mount}.`)
        if (outcome === 'wrong-credentials') throw failure('failing', `The login of ${account} was crossed by another.`)
        return outcome
      } finally {
        // If this fails, the user stays armed with a password that nobody has, so the credential is kept.
        await close(calls, account).catch(() => log.warn({ account }, 'an account could not be disarmed'))
      }
    },
  }
}

const randomKey = (): Secret => secret(randomBytes(32).toString('base64url'))

const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A random, well-formed hash of which no password is known. */
const nobodysHash = (): string => {
  const characters = [...randomBytes(53)].map((byte) => bcryptAlphabet[byte % 64])
  return `$2b$0${cost}$${characters.join('')}`
}
