import type { PersonId, SessionId } from './ids.ts'
import { after, seconds, secondsUntil, type Timestamp } from './time.ts'

/** No session lasts longer, whatever happens in it. */
export const sessionLife = seconds(12 * 3600)
/** How long an access token of a terminal works. */
const accessLife = seconds(600)
/** How long the same use of a refresh token may be repeated after a lost answer. */
const repeatLife = seconds(60)
/** How exactly the last use is noted, so that most calls write nothing. */
const usedEvery = seconds(60)

/**
 * `own`: the person asks, and fetches and ends their own access. `all`: they also decide, end others' access, and read
 * the audit log.
 */
export type SessionRights = 'own' | 'all'

/** Why a session is over. `expired` is never stored: the time alone decides it. */
export type SessionEnd =
  | 'expired'
  | 'signed-out'
  | 'token-reused'
  | 'person-removed'
  | 'account-deactivated'
  | 'by-operator'
  /** The person opened so many that the oldest had to go. */
  | 'too-many'

/** One exchange of a refresh token. */
type Rotation = {
  /** The hash of the token that was used up. */
  readonly from: string
  readonly at: Timestamp
  /** The hash of the use's own name, by which the same use is known when it is repeated. */
  readonly attempt?: string
  /** Whether a token from its answer was used: then the answer arrived, and nobody may repeat it. */
  readonly isSeen: boolean
}

type Common = {
  readonly id: SessionId
  readonly person: PersonId
  readonly rights: SessionRights
  /** The name that a terminal or browser gives itself; it proves nothing. */
  readonly label: string
  /** The remote address at the sign-in. */
  readonly address: string
  /** The hash of the access token or cookie. */
  readonly access: string
  readonly accessUntil: Timestamp
  readonly openedAt: Timestamp
  readonly usedAt: Timestamp
  readonly expiresAt: Timestamp
  /** When the person proved who they are at the issuer. */
  readonly signedInAt?: Timestamp
  readonly ended?: { readonly at: Timestamp; readonly why: Exclude<SessionEnd, 'expired'> }
  readonly revision: number
}

/** A terminal, whose calls are signed by a key that stays on its machine. */
export type TerminalSession = Common & {
  readonly kind: 'terminal'
  /** The thumbprint of the key (RFC 7638). */
  readonly key: string
  /** The hash of the present refresh token. */
  readonly refresh: string
  readonly rotation?: Rotation
}
export type BrowserSession = Common & { readonly kind: 'browser' }
/** The sign-in of a person at one terminal or browser. It holds hashes only. */
export type Session = TerminalSession | BrowserSession

/** What a new session is made from, besides its tokens. */
export type Opening = Pick<Session, 'id' | 'person' | 'rights' | 'label' | 'address'> & {
  readonly signedInAt?: Timestamp
}
/** The hashes of a pair of new tokens. */
export type TokenHashes = { readonly access: string; readonly refresh: string }

/** Opens the session of a terminal with this key. */
export const openTerminal = (
  { key, ...opening }: Opening & { readonly key: string },
  hashes: TokenHashes,
  now: Timestamp,
): TerminalSession => ({
  ...{ ...opening, kind: 'terminal', key, ...hashes, accessUntil: after(now, accessLife) },
  ...lifeFrom(now),
})

/** Opens the session of a browser, whose cookie works until its end. */
export const openBrowser = (opening: Opening, cookie: string, now: Timestamp): BrowserSession => ({
  ...{ ...opening, kind: 'browser', access: cookie, accessUntil: after(now, sessionLife) },
  ...lifeFrom(now),
})

const lifeFrom = (now: Timestamp) => ({
  ...{ openedAt: now, usedAt: now, expiresAt: after(now, sessionLife), revision: 0 },
})

/** Why the session is over, if it is. */
export const endOf = ({ ended, expiresAt }: Session, now: Timestamp): SessionEnd | undefined =>
  ended?.why ?? (now >= expiresAt ? 'expired' : undefined)

export type Use =
  /** The caller may act. The session is to be stored if it changed. */
  | { readonly is: 'used'; readonly session: Session }
  | { readonly is: 'over'; readonly why: SessionEnd }
  /** The token is another one, or it ran out: the terminal must refresh. */
  | { readonly is: 'stale' }

/** Uses the access token or cookie with this hash; its key was compared before. */
export const use = (session: Session, access: string, now: Timestamp): Use => {
  const why = endOf(session, now)
  if (why) return { is: 'over', why }
  if (access !== session.access || now >= session.accessUntil) return { is: 'stale' }
  const isNews = session.kind === 'terminal' && session.rotation?.isSeen === false
  if (!isNews && secondsUntil(session.usedAt, now) < usedEvery) return { is: 'used', session }
  const used = { ...session, usedAt: now }
  return { is: 'used', session: used.kind === 'terminal' ? seen(used) : used }
}

const seen = (session: TerminalSession): TerminalSession =>
  session.rotation ? { ...session, rotation: { ...session.rotation, isSeen: true } } : session

export type Refresh =
  | { readonly is: 'refreshed' | 'reused'; readonly session: TerminalSession }
  | { readonly is: 'over'; readonly why: SessionEnd }

/**
 * Exchanges a refresh token of this session for new tokens; its key was compared before. A token that was used before
 * ends the session (RFC 9700, 4.14.2): either use may have been a thief's. One use may be repeated, because its answer
 * can get lost: it has the same name, and nobody has used anything of its answer. The tokens of the lost answer end.
 */
export const refresh = (
  session: TerminalSession,
  given: { readonly token: string; readonly attempt?: string | undefined },
  next: TokenHashes,
  now: Timestamp,
): Refresh => {
  const why = endOf(session, now)
  if (why) return { is: 'over', why }
  const { rotation } = session
  const isFirst = given.token === session.refresh
  if (!isFirst && !isRepeated(rotation, given, now)) return { is: 'reused', session: end(session, 'token-reused', now) }
  const { attempt } = given
  const begun = isFirst
    ? { from: given.token, at: now, isSeen: false, ...(attempt !== undefined && { attempt }) }
    : rotation
  const accessUntil = after(now, accessLife)
  return {
    is: 'refreshed',
    session: { ...session, ...next, accessUntil, usedAt: now, ...(begun && { rotation: begun }) },
  }
}

const isRepeated = (
  rotation: Rotation | undefined,
  { token, attempt }: { readonly token: string; readonly attempt?: string | undefined },
  now: Timestamp,
): boolean =>
  rotation?.attempt !== undefined &&
  rotation.attempt === attempt &&
  rotation.from === token &&
  !rotation.isSeen &&
  secondsUntil(rotation.at, now) < repeatLife

/** Ends a session; the first reason stays. */
export const end = <One extends Session>(
  session: One,
  why: NonNullable<Session['ended']>['why'],
  now: Timestamp,
): One => (session.ended ? session : { ...session, ended: { at: now, why } })
