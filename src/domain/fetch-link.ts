import type { FetchLinkId, GrantId, PersonId, RequestId } from './ids.ts'
import { after, seconds, type Timestamp } from './time.ts'

/** A short-lived, single-use way to the credential. Only the hash of the link is stored, never the link. */
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
  /** The SHA-256 (hex) of the redeeming browser's cookie. It tells the owner's reload from a stranger's try. */
  readonly browser?: string
  /** The vault refused for now and nothing was given, so the same browser may try again. */
  readonly unspentAt?: Timestamp
  /** The credential that the link led to; absent while there is none. */
  readonly credential?: LinkCredential
  /** The alarm: somebody else used the link or its credential. It stays, and no credential of the link may work. */
  readonly misusedAt?: Timestamp
  /** Somebody else signed in for the link and got nothing; its people were told. */
  readonly doubtedAt?: Timestamp
  /** Its person said that it was them. This changes words only: what was withdrawn stays withdrawn. */
  readonly explained?: LinkExplanation
}

/** `press`: a button in the chat. `sign-in`: a page, after a fresh sign-in of the same person. */
export type LinkExplanation = { readonly at: Timestamp; readonly by: 'press' | 'sign-in' }

/**
 * The state of a link's credential. `drawn`: it may exist. `issued`: it was handed out. `superseded`: a newer one of
 * the grant replaced it. `withdrawn`: it was ended, with proof.
 */
export type LinkCredential = {
  readonly state: 'drawn' | 'issued' | 'superseded' | 'withdrawn'
  readonly since: Timestamp
}

/** An observation about a link: its misuse, or another person's sign-in. Each is told once. */
export type LinkAlarm = {
  readonly link: FetchLinkId
  readonly kind: 'misused' | 'doubted'
  readonly at: Timestamp
}

/** What a link's person said about its alarm. */
export type NotedExplanation = LinkExplanation & { readonly link: FetchLinkId }

/** When the alarm was raised: the one of another person's sign-in, or the one of misuse. */
export const alarmedAt = ({ misusedAt, doubtedAt }: FetchLink, how?: string): Timestamp | undefined =>
  how === 'other-person' ? doubtedAt : misusedAt

/** Whether the link's person has explained this alarm. An earlier explanation never covers a later alarm. */
export const isExplained = (link: FetchLink, how?: string): boolean => {
  const at = alarmedAt(link, how)
  return at !== undefined && link.explained !== undefined && link.explained.at >= at
}

/** Whether an alarm of the link waits for an explanation. */
export const isUnexplained = (link: FetchLink): boolean =>
  [undefined, 'other-person'].some((how) => alarmedAt(link, how) !== undefined && !isExplained(link, how))

/** The life of a link: two minutes in a modal, fifteen in a stored message. A required sign-in takes extra time. */
export const linkLife = { modal: seconds(120), signIn: seconds(600), message: seconds(900) } as const

/** What a person needs besides the link: nothing, or a sign-in. */
export type LinkConfirm = 'none' | 'sign-in'

/** A new link to an active grant. */
export const openLink = (
  given: Pick<FetchLink, 'id' | 'grant' | 'request' | 'person' | 'hash'>,
  now: Timestamp,
  life: keyof typeof linkLife = 'modal',
): FetchLink => ({ ...given, openedAt: now, expiresAt: after(now, linkLife[life]), state: 'open' })

/** The visitor of a link's page: the first, too late, the browser that used it, or another one. */
export type Visit = 'first' | 'expired' | 'replaced' | 'same-browser' | 'other-browser'

export const visit = (link: FetchLink, browser: string | undefined, now: Timestamp): Visit => {
  if (link.state === 'redeemed')
    return browser !== undefined && browser === link.browser ? 'same-browser' : 'other-browser'
  if (link.state === 'replaced') return 'replaced'
  return link.expiresAt <= now ? 'expired' : 'first'
}

/** Whether the browser that used the link may press its button again, because it got nothing. */
export const isUnspent = ({ unspentAt, misusedAt, expiresAt }: FetchLink, now: Timestamp): boolean =>
  unspentAt !== undefined && misusedAt === undefined && expiresAt > now

/** Whether the link's credential may work at the vault, as far as the link knows. */
export const mayWork = ({ credential }: FetchLink): boolean =>
  credential?.state === 'drawn' || credential?.state === 'issued'
