import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports.ts'
import type { Attempt, BotLogin } from './bot-login.ts'
import type { Send } from './client.ts'
import { failure, isFailure } from './failure.ts'
import { denialText, type Login, type TokenTurnedDown, type VaultLogins } from './logins.ts'

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
  readonly login: BotLogin
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
  readonly identity: string
  readonly until: number
  readonly times: number
  readonly as: TokenTurnedDown
}

/**
 * Five wrong secret_ids lock a role. A token locks nothing, and its 403 may only mean that the vault cannot ask the
 * cluster, so the bot asks again soon.
 */
const refusalPauses = {
  approle: { first: 2 * 60_000, longest: 16 * 60_000 },
  kubernetes: { first: 15_000, longest: 2 * 60_000 },
  jwt: { first: 15_000, longest: 2 * 60_000 },
} as const
const retryPause = 30_000

/**
 * Keeps the bot logged in, without a timer. A call after two thirds of the token's life renews it, or logs in again near
 * its maximum. Refused credentials pause unless they change. A live token stays in use meanwhile.
 */
export const vaultSession = (options: Options): Session => {
  const { send, logins, login, clock, random = Math.random } = options
  const refusalPause = refusalPauses[login.way]
  let held: Held | undefined
  let refused: Refused | undefined
  let working: Promise<Held> | undefined

  const holding = (made: Login, since: number, fullLife: number): Held => {
    const life = made.ttl === 0 ? Number.POSITIVE_INFINITY : made.ttl * 1000
    const isRenewable = made.isRenewable && made.ttl >= fullLife * 0.9
    return {
      token: made.token,
      until: since + life,
      renewAt: since + life * (0.6 + random() * 0.1),
      fullLife,
      isRenewable,
    }
  }

  const renewed = async (live: Held): Promise<Held | undefined> => {
    const since = clock.now()
    const made = await logins.renew(live.token)
    return made && holding(made, since, live.fullLife)
  }

  const tryLogin = (given: Attempt) =>
    given.send().catch((error: unknown) => {
      if (!isFailure(error, 'rate-limited')) throw error
      throw failure('login-limited', `The vault's rate limit stopped the bot's own login (429).`, error.retryAfter)
    })

  const loggedIn = async (): Promise<Held> => {
    let given = await login.prepare()
    if (refused && clock.now() < refused.until && given.identity === refused.identity) throw refusal(refused, login)
    let since = clock.now()
    let outcome = await tryLogin(given)
    if (outcome === 'wrong-credentials') {
      const again = await login.prepare() // a rotation may have been half written
      if (given.identity !== again.identity) {
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
    refused = { identity: given.identity, until: clock.now() + pause, times, as: outcome }
    throw refusal(refused, login)
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

const refusal = ({ until, times, as }: Refused, { way, at, proof }: BotLogin) => {
  const next = `Next try, unless ${way === 'approle' ? 'they change' : 'it changes'}, at ${new Date(until).toISOString()}.`
  if (as !== 'wrong-credentials') {
    const place = way === 'approle' ? '' : ` at ${at}`
    return failure('login-denied', `The vault denies the bot's login${place}: ${denialText(way, as)}. ${next}`)
  }
  const often = times === 1 ? 'once' : `${times} times`
  return failure('bad-credentials', `The vault refuses the bot's ${proof} (${often}). ${next}`)
}
