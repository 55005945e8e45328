import type { Secret } from '../../domain/secret.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import type { Clock } from '../../ports.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultLogins } from './logins.ts'
import { patienceOfPerson } from './patience.ts'
import { together } from './together.ts'
import { type Accounts, vaultAccounts } from './userpass.ts'

/** The real life of tokens of the people's mount. */
export type TokenLife = {
  /**
   * The life of a token made now with the life `wanted`: less where the mount or the server limits it. The caller holds
   * the account. Throws why logins there fail, such as `login-needs-mfa`.
   */
  atMost(calls: VaultCalls, logins: VaultLogins, asked: Asked): Promise<Seconds>
  /** The same, measured again instead of remembered. */
  tried(calls: VaultCalls, logins: VaultLogins, account: string, wanted: Seconds): Promise<Seconds>
}

/** `when`: what must be done before a login to the account. */
type Asked = { readonly account: string; readonly wanted: Seconds; readonly when?: Promise<unknown> }

type Where = { readonly mount: string; readonly accounts: Accounts; readonly clock: Pick<Clock, 'now'> }

/** A server changes its own limit only at a restart; a mount's limit is read each time. */
const remembered = 5 * 60_000

/**
 * Measures by a login, because only that shows the server's limit without further rights; a wrapped login's answer does
 * not. A full life is remembered for a few minutes, and so is the working login.
 */
export const tokenLife = ({ mount, accounts, clock }: Where): TokenLife => {
  let last = { at: Number.NEGATIVE_INFINITY, given: 0 }
  const tried: TokenLife['tried'] = async (calls, logins, account, wanted) => {
    const given = await tryLogin({ mount, accounts }, calls, logins, account, wanted)
    if (given >= wanted) last = { at: clock.now(), given }
    return given
  }
  return {
    tried,
    async atMost(calls, logins, { account, wanted, when = Promise.resolve() }) {
      const age = clock.now() - last.at
      const isKnown = wanted <= last.given && age >= 0 && age < remembered
      const life = when.then(() => (isKnown ? wanted : tried(calls, logins, account, wanted)))
      const [given, limit] = await together(life, calls.tokenLimit(mount))
      return seconds(Math.min(limit ?? wanted, given))
    },
  }
}

/**
 * Logs the user in for a token without rights, which ends with its first call. Returns the life that the vault gave it.
 * Leaves the user disarmed.
 */
export const tryLogin = async (
  { mount, accounts }: Omit<Where, 'clock'>,
  calls: VaultCalls,
  logins: VaultLogins,
  account: string,
  wanted: Seconds,
): Promise<Seconds> => {
  const armed = { policies: [], uses: 1, ttl: () => wanted, again: { calls, patience: patienceOfPerson() } }
  const spent: Promise<readonly PromiseSettledResult<boolean>[]>[] = []
  const logIn = async (password: Secret) => {
    const made = await logins.asUser(mount, account, password)
    if (typeof made !== 'string') spent.push(Promise.allSettled([logins.isAlive(made.token)]))
    return made
  }
  const { ttl } = await accounts.logInOnce(calls, account, armed, logIn)
  for (const outcome of (await Promise.all(spent)).flat()) if (outcome.status === 'rejected') throw outcome.reason
  return seconds(ttl === 0 ? wanted : Math.min(ttl, wanted))
}

/** The calls of the bot, and those without a token. */
type Ways = { readonly calls: VaultCalls; readonly logins: VaultLogins }

/**
 * Logs in a throw-away user, armed like a person's and removed afterwards. Returns the life of its token. Its name is
 * always the same, because each name leaves an identity entity. The name has our pattern, so that an interruption
 * leaves nothing forever.
 */
export const tryAsPerson = async (mount: string, prefix: string, ways: Ways, wanted: Seconds): Promise<Seconds> => {
  const { calls, logins } = ways
  const account = `${prefix}doctor-u-login-${'a'.repeat(16)}`
  try {
    return await tryLogin({ mount, accounts: vaultAccounts(mount, { warn: () => {} }) }, calls, logins, account, wanted)
  } finally {
    await calls.deleteUser(mount, account)
  }
}
