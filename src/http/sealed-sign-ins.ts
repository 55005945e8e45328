import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { secondsUntil, type Timestamp, timestamp } from '../domain/time.ts'
import type { Clock, SignInHow, SignInSecrets } from '../ports.ts'
import { shelf, signInLife } from './sign-ins.ts'

/** A sign-in that began in this browser, for this page. */
export type Unsealed = { readonly page: string; readonly kept: SignInSecrets }

export type SealedSignIns = {
  begin(browser: string, page: string, how: SignInHow): SignInSecrets
  /** Hands out a sign-in once, to the browser in which it began. */
  take(browser: string | undefined, state: string): Unsealed | 'other-browser' | 'unknown'
}

/**
 * Sign-ins for pages whose address anybody may know. They take no memory until somebody comes back: the state carries
 * the page and the time, sealed, and the secrets follow from it. So nobody can push out another's. A restart ends them.
 */
export const sealedSignIns = (clock: Pick<Clock, 'now'>): SealedSignIns => {
  const key = randomBytes(32)
  const seal = (what: string, text: string) => createHmac('sha256', key).update(`${what} ${text}`).digest('base64url')
  const spent = shelf<true>(clock, 10_000)
  const keptOf = (browser: string, state: string, how: string, since: Timestamp): SignInSecrets => ({
    state,
    nonce: seal('nonce', `${browser} ${state}`),
    verifier: seal('verifier', `${browser} ${state}`),
    ...(how === 'fresh' && { freshSince: since }),
  })
  return {
    begin(browser, page, how) {
      const since = clock.now()
      const text = [randomBytes(16).toString('base64url'), since, nameOf(browser), how, page].join('.')
      return keptOf(browser, `${text}.${seal('state', text)}`, how, since)
    },
    take(browser, state) {
      const end = state.lastIndexOf('.')
      const text = state.slice(0, end)
      const [, at = '', owner = '', how = '', page = ''] = text.split('.')
      const since = timestamp(Number(at))
      if (!isSame(state.slice(end + 1), seal('state', text)) || spent.get(state)) return 'unknown'
      if (secondsUntil(since, clock.now()) >= signInLife) return 'unknown'
      if (browser === undefined || nameOf(browser) !== owner) return 'other-browser'
      spent.put(state, true)
      return { page, kept: keptOf(browser, state, how, since) }
    },
  }
}

const nameOf = (browser: string): string => createHash('sha256').update(browser).digest('base64url')

const isSame = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
