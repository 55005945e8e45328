import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports.ts'
import type { Send } from './client.ts'
import { type BotCredentials, isSame, type ReadCredentials } from './credentials.ts'
import { failure, isFailure } from './failure.ts'
import { deniedText, type Login, type TurnedDown, type VaultLogins } from './logins.ts'

/** The bot's session at the vault. */
export type Session = {
  /** Makes a call with the bot's token. Logs in and renews the token when needed. */
  readonly send: Send
  /** Revokes the token. */
  close(): Promise<void>
}

type Options = {
  readonly send: Send
  readonly logins: VaultLogins
  readonly appRoleMount: string
  readonly credentials: ReadCredentials
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to 1; replaced in tests. */
  readonly random?: () => number
}

type Held = {
  readonly token: Secret
  /** Milliseconds since 1970; infinite for a token that never expires. */
  readonly until: number
  readonly renewAt: number
  /** The seconds of a full life. A renewal that yields less has reached the token's maximum. */
  readonly fullLife: number
  readonly isRenewable: boolean
}

type Refused = {
  readonly credentials: BotCredentials
  readonly until: number
  readonly times: number
  readonly as: TurnedDown
}

const refusalPause = { first: 2 * 60_000, longest: 16 * 60_000 } as const
const retryPause = 30_000

/**
 * Keeps the bot logged in through its AppRole, without a timer. A call after two thirds of the token's life renews it,
 * or logs in again near its maximum. Refused credentials pause for minutes unless they change, because five wrong tries
 * lock the role. A live token stays in use meanwhile.
 */
export const vaultSession = (options: Options): Session => {
  const { send, logins, appRoleMount, credentials, clock, random = Math.random } = options
  let held: Held | undefined
  let refused: Refused | undefined
  let working: Promise<Held> | undefined

  const holding = (login: Login, since: number, fullLife: number): Held => {
    const life = login.ttl === 0 ? Number.POSITIVE_INFINITY : login.ttl * 1000
    const isRenewable = login.isRenewable && login.ttl >= fullLife * 0.9
    return {
      token: login.token,
      until: since + life,
      renewAt: since + life * (0.6 + random() * 0.1),
      fullLife,
      isRenewable,
    }
  }

  const renewed = async (live: Held): Promise<Held | undefined> => {
    const since = clock.now()
    const login = await logins.renew(live.token)
    return login && holding(login, since, live.fullLife)
  }

  const tryLogin = (given: BotCredentials) =>
    logins.appRole(appRoleMount, given.roleId, given.secretId).catch((error: unknown) => {
      if (!isFailure(error, 'rate-limited')) throw error
      throw failure('login-limited', `The vault's rate limit stopped the bot's own login (429).`, error.retryAfter)
    })

  const loggedIn = async (): Promise<Held> => {
    let given = await credentials()
    if (refused && clock.now() < refused.until && isSame(given, refused.credentials)) throw refusal(refused)
    let since = clock.now()
    let outcome = await tryLogin(given)
    if (outcome === 'wrong-credentials') {
      const again = await credentials() // a rotation may have been half written
      if (!isSame(given, again)) {
        given = again
        since = clock.now()
        outcome = await tryLogin(given)
      }
    }
    if (typeof outcome !== 'string') {
      refused = undefined
      return holding(outcome, since, outcome.ttl)
    }
    const times = (refused?.times ?? 0) + 1
    const pause = Math.min(refusalPause.first * 2 ** (times - 1), refusalPause.longest)
    refused = { credentials: given, until: clock.now() + pause, times, as: outcome }
    throw refusal(refused)
  }

  const refresh = async (): Promise<Held> => {
    const live = held && clock.now() < held.until ? held : undefined
    try {
      held = (live?.isRenewable && (await renewed(live))) || (await loggedIn())
    } catch (error) {
      if (!live) throw error
      held = { ...live, renewAt: clock.now() + retryPause } // a failed login must not cost a live token
    }
    return held
  }

  const current = async (): Promise<Held> => {
    if (held && clock.now() < held.renewAt) return held
    working ??= refresh().finally(() => {
      working = undefined
    })
    return working
  }

  return {
    send: async (call) => {
      const using = await current()
      const answer = await send({ ...call, token: using.token })
      if (!mayMeanDead(answer.status, call.path)) return answer
      if (held?.token === using.token) {
        if (await logins.isAlive(using.token)) return answer
        if (held?.token === using.token) held = undefined
      }
      const fresh = await current()
      return send({ ...call, token: fresh.token })
    },
    async close() {
      const last = held
      held = undefined
      if (last) await logins.revoke(last.token).catch(() => {}) // it expires soon anyway
    },
  }
}

/** 403 means either a missing right or a dead token. A token that dies during its own capability check gets 400. */
const mayMeanDead = (status: number, path: string): boolean =>
  status === 403 || (status === 400 && path === 'sys/capabilities-self')

const refusal = ({ until, times, as }: Refused) => {
  const next = `Next try, unless they change, at ${new Date(until).toISOString()}.`
  return as !== 'wrong-credentials'
    ? failure('login-denied', `The vault denies the bot's login: ${deniedText[as]}. ${next}`)
    : failure(
        'bad-credentials',
        `The vault refuses the bot's role_id and secret_id (${times === 1 ? 'once' : `${times} times`}). ${next}`,
      )
}
