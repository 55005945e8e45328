import type { FetchLinkId, GrantId, PersonId, RequestId } from './ids.ts'
import { after, seconds, type Timestamp } from './time.ts'

/** Short-lived, single-use way to the credential. The link itself is never stored, only its hash. */
export type FetchLink = {
  readonly id: FetchLinkId
  readonly grant: GrantId
  readonly request: RequestId
  readonly person: PersonId
  /** SHA-256 of the nonce in the link, hex. */
  readonly hash: string
  readonly openedAt: Timestamp
  readonly expiresAt: Timestamp
  readonly state: 'open' | 'redeemed' | 'replaced'
  readonly redeemedAt?: Timestamp
  /** SHA-256 of the cookie of the browser that redeemed it, hex: tells its owner's reload from a stranger's try. */
  readonly browser?: string
}

/** How long a link lives: in a modal two minutes, in a stored message fifteen. Where a sign-in comes first, it takes time. */
export const linkLife = { modal: seconds(120), signIn: seconds(600), message: seconds(900) } as const

/** What it takes beside the link: nothing, or that its person signs in. */
export type LinkConfirm = 'none' | 'sign-in'

/** A new link to an active grant. */
export const openLink = (
  given: Pick<FetchLink, 'id' | 'grant' | 'request' | 'person' | 'hash'>,
  now: Timestamp,
  life: keyof typeof linkLife = 'modal',
): FetchLink => ({ ...given, openedAt: now, expiresAt: after(now, linkLife[life]), state: 'open' })

/** What a visitor of the link's page is: the first, the same browser again, too late, or somebody else. */
export type Visit = 'first' | 'same-browser' | 'too-late' | 'stranger'

export const visit = (link: FetchLink, browser: string | undefined, now: Timestamp): Visit => {
  if (link.state === 'redeemed') return browser !== undefined && browser === link.browser ? 'same-browser' : 'stranger'
  return link.state === 'replaced' || link.expiresAt <= now ? 'too-late' : 'first'
}
