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
  /** The vault refused for now, so that nothing was given: the browser that used the link may try again. */
  readonly unspentAt?: Timestamp
  /** The credential that it led to; absent while there is none. */
  readonly credential?: LinkCredential
  /** The alarm: somebody else used the link or its credential. It stays, and no credential of the link may work. */
  readonly misusedAt?: Timestamp
  /** Somebody else signed in for the link and was given nothing: its people were told. */
  readonly doubtedAt?: Timestamp
}

/**
 * What became of a link's credential. Its names are drawn, so it may exist; it was handed out; a newer one of the grant
 * took its place; it was withdrawn, with proof.
 */
export type LinkCredential = {
  readonly state: 'drawn' | 'issued' | 'superseded' | 'withdrawn'
  readonly since: Timestamp
}

/** What was noticed about a link: that it was misused, or that somebody else signed in for it. Each is told once. */
export type LinkAlarm = {
  readonly link: FetchLinkId
  readonly kind: 'misused' | 'doubted'
  readonly at: Timestamp
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

/** What a visitor of the link's page is: the first, too late, the browser that used it, or another one. */
export type Visit = 'first' | 'expired' | 'replaced' | 'same-browser' | 'other-browser'

export const visit = (link: FetchLink, browser: string | undefined, now: Timestamp): Visit => {
  if (link.state === 'redeemed')
    return browser !== undefined && browser === link.browser ? 'same-browser' : 'other-browser'
  if (link.state === 'replaced') return 'replaced'
  return link.expiresAt <= now ? 'expired' : 'first'
}

/** Whether the browser that used the link may press its button again: it was given nothing. */
export const isUnspent = ({ unspentAt, misusedAt, expiresAt }: FetchLink, now: Timestamp): boolean =>
  unspentAt !== undefined && misusedAt === undefined && expiresAt > now

/** Whether the link's credential may work at the vault, as far as the link knows. */
export const mayWork = ({ credential }: FetchLink): boolean =>
  credential?.state === 'drawn' || credential?.state === 'issued'
