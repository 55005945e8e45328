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
  /** The hash of the only visitor who may use it: the session that asked for it by API. */
  readonly bound?: string
  readonly redeemedAt?: Timestamp
  /** The SHA-256 (hex) of the redeeming browser's cookie. It tells the owner's reload from a stranger's try. */
  readonly browser?: string
  /** The vault refused for now and nothing was given, so the same browser may try again. */
  readonly unspentAt?: Timestamp
  /** The credential that the link led to; absent while there is none. */
  readonly credential?: LinkCredential
  /** The alarm: somebody else used the link or its credential. It stays, and no credential of the link may work. */
  readonly misusedAt?: Timestamp
  /** How it was misused; absent where an older release did not note it. */
  readonly misusedHow?: MisuseHow
  /** Somebody else signed in for the link and got nothing; its people were told. */
  readonly doubtedAt?: Timestamp
  /** Its person said of an alarm that it was them. This changes words only: what was withdrawn stays withdrawn. */
  readonly explained?: { readonly misuse?: LinkExplanation; readonly doubt?: LinkExplanation }
}

/** How the link or its credential was misused; the last two mean a theft at the vault. */
export type MisuseHow = 'other-browser' | 'reported' | 'wrong-creation-path' | 'spent-unseen'
/** How an alarm was raised. */
export type AlarmHow = MisuseHow | 'other-person'

/** The alarms that the link's person can explain. Nobody explains that a credential was exchanged at the vault. */
export const explainable = ['other-browser', 'reported', 'other-person'] as const
export type Explainable = (typeof explainable)[number]
export const canExplain = (how: AlarmHow | undefined): how is Explainable => explainable.some((each) => each === how)

/** One alarm, as a person saw it. An explanation covers exactly this one. */
export type ShownAlarm = { readonly how: Explainable; readonly at: Timestamp }

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
  readonly how: AlarmHow
  readonly at: Timestamp
}

/** What a link's person said about one alarm. */
export type NotedExplanation = LinkExplanation & { readonly link: FetchLinkId; readonly alarm: ShownAlarm }

/** When the alarm was raised: the one of another person's sign-in, or the one of misuse. */
export const alarmedAt = ({ misusedAt, doubtedAt }: FetchLink, how: AlarmHow): Timestamp | undefined =>
  how === 'other-person' ? doubtedAt : misusedAt

/** What the link's person said about this alarm; nothing covers a theft at the vault. */
export const explanationOf = (
  { explained, misusedHow }: FetchLink,
  how: AlarmHow | undefined,
): LinkExplanation | undefined => {
  if (!canExplain(how)) return undefined
  if (how === 'other-person') return explained?.doubt
  return misusedHow === undefined || misusedHow === how ? explained?.misuse : undefined
}

/** The link's alarms that its person can explain, and has not. */
export const openAlarms = (link: FetchLink): readonly ShownAlarm[] =>
  [link.misusedHow, 'other-person' as const].flatMap((how) => {
    const at = canExplain(how) ? alarmedAt(link, how) : undefined
    return canExplain(how) && at !== undefined && explanationOf(link, how) === undefined ? [{ how, at }] : []
  })

/** The life of a link: two minutes in a modal, fifteen in a stored message. A required sign-in takes extra time. */
export const linkLife = { modal: seconds(120), signIn: seconds(600), message: seconds(900) } as const

/** What a person needs besides the link: nothing, or a sign-in. */
export type LinkConfirm = 'none' | 'sign-in'

/** A new link to an active grant. */
export const openLink = (
  given: Pick<FetchLink, 'id' | 'grant' | 'request' | 'person' | 'hash' | 'bound'>,
  now: Timestamp,
  life: keyof typeof linkLife = 'modal',
): FetchLink => ({ ...given, openedAt: now, expiresAt: after(now, linkLife[life]), state: 'open' })

/** The visitor of a link's page: the first, too late, the browser that used it, or another one. */
export type Visit =
  | 'first'
  /** The link is bound to another visitor, so nobody uses it here. */
  | 'bound-elsewhere'
  | 'expired'
  | 'replaced'
  | 'same-browser'
  | 'other-browser'

export const visit = (link: FetchLink, browser: string | undefined, now: Timestamp): Visit => {
  if (link.state === 'redeemed')
    return browser !== undefined && browser === link.browser ? 'same-browser' : 'other-browser'
  if (link.state === 'replaced') return 'replaced'
  if (link.bound !== undefined && link.bound !== browser) return 'bound-elsewhere'
  return link.expiresAt <= now ? 'expired' : 'first'
}

/** Whether the browser that used the link may press its button again, because it got nothing. */
export const isUnspent = ({ unspentAt, misusedAt, expiresAt }: FetchLink, now: Timestamp): boolean =>
  unspentAt !== undefined && misusedAt === undefined && expiresAt > now

/** Whether the link's credential may work at the vault, as far as the link knows. */
export const mayWork = ({ credential }: FetchLink): boolean =>
  credential?.state === 'drawn' || credential?.state === 'issued'
