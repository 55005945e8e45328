import type { FetchLinkId, GrantId, IntegrationId } from './ids.ts'
import { after, type Seconds, seconds, secondsUntil, type Timestamp, timestamp } from './time.ts'

/**
 * A credential that waits in its one-time wrapping. Shortly before the wrapping ends, one look tells whether somebody
 * opened it. `closing`: the wrapping is being revoked. `closed`: it was, by us, so the token inside is nobody's.
 * `unknown`: nobody can tell any more. `over`: the access or a newer credential ended it.
 */
export type Wrapping = {
  readonly link: FetchLinkId
  readonly grant: GrantId
  readonly integration: IntegrationId
  readonly state: 'waiting' | 'closing' | 'closed' | 'opened' | 'unopened' | 'unknown' | 'over'
  readonly lookAt: Timestamp
  /** When the wrapping ends by itself. */
  readonly spendBy: Timestamp
}

/** What a step at the vault found. */
export type WrappingNews =
  | { readonly kind: 'seen'; readonly isThere: boolean }
  /** `isOurs`: this call revoked the wrapping; else it was gone. `isFirst`: no earlier call can have revoked it. */
  | { readonly kind: 'revoked'; readonly isOurs: boolean; readonly isFirst: boolean }
  /** The token inside is gone as well. */
  | { readonly kind: 'token-ended' }

export type WrappingStep = 'look' | 'revoke-wrapping' | 'end-token' | 'none'

/** The next step at the vault. The token is touched only once its wrapping was closed by us. */
export const stepOf = ({ state }: Pick<Wrapping, 'state'>): WrappingStep =>
  state === 'waiting' ? 'look' : state === 'closing' ? 'revoke-wrapping' : state === 'closed' ? 'end-token' : 'none'

/** The state after a step; news that do not fit the state change nothing. */
export const stateAfter = (
  { state, spendBy }: Pick<Wrapping, 'state' | 'spendBy'>,
  news: WrappingNews,
  now: Timestamp,
): Wrapping['state'] => {
  if (state === 'waiting' && news.kind === 'seen') {
    if (news.isThere) return 'closing'
    return now < spendBy ? 'opened' : 'unknown' // later, its own end explains the absence as well
  }
  if (state === 'closing' && news.kind === 'revoked') {
    if (news.isOurs) return 'closed'
    return news.isFirst && now < spendBy ? 'opened' : 'unknown'
  }
  return state === 'closed' && news.kind === 'token-ended' ? 'unopened' : state
}

const longestMargin = 10
const retryAfter = seconds(5)

/** When to look: a tenth of the time before the end of the wrapping, ten seconds at most. */
export const lookAtOf = (spendBy: Timestamp, now: Timestamp): Timestamp => {
  const margin = Math.min(longestMargin, secondsUntil(now, spendBy) / 10)
  return timestamp(Math.round(spendBy - margin * 1000))
}

/** When a step that failed is tried again. */
export const nextLook = (now: Timestamp, pause: Seconds = retryAfter): Timestamp => after(now, pause)
