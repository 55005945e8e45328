import { type Actor, type AuditEvent, byPerson, system } from '../domain/audit-event.ts'
import { type PersonId, type SessionId, sessionId } from '../domain/ids.ts'
import type { Outcome } from '../domain/refusal.ts'
import { endOf, openBrowser, type Session, use } from '../domain/session.ts'
import { seconds, secondsUntil } from '../domain/time.ts'
import type { Person } from '../ports.ts'
import type { Caller } from './caller.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { endAsRead, endSession, signOut } from './end-session.ts'
import { enterByIssuer } from './enter-by-issuer.ts'

/** A browser that nobody uses is signed out after this time. */
const idleLife = seconds(3600)

/** The browser as it tells about itself, and where it calls from. */
export type BrowserAt = { readonly label: string; readonly address: string }

/** Why a browser was signed out, besides what a session's row says. */
type Why = 'other-account' | 'unused' | 'other-browser' | 'person-removed'

/** The sign-ins of people at browsers, as rows. A row holds the hash of the cookie, never the cookie. */
export type BrowserSessions = ReturnType<typeof browserSessions>

/** Opens, finds and ends them. */
export const browserSessions = (deps: Deps) => {
  const { store, clock, hash } = deps

  const over = (session: Session, why: Why, by: Actor = byPerson(session.person)) =>
    endAsRead(deps)(session, why === 'person-removed' ? why : 'signed-out', by, why)

  const live = async (cookie: string | undefined): Promise<Session | undefined> => {
    const session = cookie === undefined ? undefined : await store.session({ access: hash(cookie) })
    return session?.kind === 'browser' && endOf(session, clock.now()) === undefined ? session : undefined
  }

  return {
    /** Who came back from the issuer. */
    enter: enterByIssuer(deps),

    /**
     * Signs the person in, and returns the new value of the cookie. A second sign-in of the same person renews the
     * session and never makes it longer; of another person, it ends the session.
     */
    open: async (person: Person, { label, address }: BrowserAt, before: string | undefined): Promise<string> => {
      const now = clock.now()
      const cookie = deps.newNonce()
      const id = sessionId(deps.newId())
      const opened = (session: Session, how: 'new' | 'again'): AuditEvent[] => {
        const detail = { session: session.id, kind: session.kind, label, address, rights: session.rights, how }
        return [{ at: now, kind: 'session-opened', actor: byPerson(person.id), detail }]
      }
      await untilCommitted(async () => {
        const earlier = await live(before)
        if (earlier && earlier.person === person.id && earlier.label === label) {
          const renewed = { ...earlier, access: hash(cookie), address, signedInAt: now, usedAt: now }
          return store.saveSession(renewed, opened(renewed, 'again'))
        }
        if (earlier && (await over(earlier, 'other-account')) === 'conflict') return 'conflict'
        const opening = { id, person: person.id, rights: 'all', label, address, signedInAt: now } as const
        const session = openBrowser(opening, hash(cookie), now)
        await store.openSession(session, opened(session, 'new'))
        return 'saved'
      })
      return cookie
    },

    /**
     * The person behind a cookie. A cookie that comes from a browser with another name is taken for stolen: its session
     * ends. So does one that nobody used for an hour.
     */
    find: (cookie: string | undefined, label: string): Promise<Caller | undefined> =>
      untilCommitted(async () => {
        const now = clock.now()
        const session = await live(cookie)
        if (!session) return undefined
        const person = deps.directory.find(session.person)
        const why =
          person === undefined
            ? 'person-removed'
            : session.label !== label
              ? 'other-browser'
              : secondsUntil(session.usedAt, now) >= idleLife
                ? 'unused'
                : undefined
        if (why || !person) {
          const ended = await over(session, why ?? 'person-removed', system)
          return ended === 'conflict' ? ended : undefined
        }
        const used = use(session, session.access, now)
        if (used.is !== 'used') return undefined
        if (used.session !== session && (await store.saveSession(used.session)) === 'conflict') return 'conflict'
        const { signedInAt } = session
        return { person, by: 'browser', rights: 'all', session: session.id, ...(signedInAt && { signedInAt }) }
      }),

    /** The person's own sessions, of browsers and terminals, the newest first. */
    list: (person: PersonId): Promise<readonly Session[]> => store.liveSessions(clock.now(), person),

    /** Ends one of the person's own sessions. */
    end: (id: SessionId, person: PersonId): Promise<Outcome<void>> => signOut(deps)(id, person),

    /** Ends all of the person's sessions, this one too, and those that are opened meanwhile. */
    endAll: async (person: PersonId): Promise<void> => {
      const live = () => store.liveSessions(clock.now(), person)
      for (let left = await live(); left.length > 0; left = await live()) {
        for (const { id } of left) await endSession(deps)(id, 'signed-out', byPerson(person))
      }
    },
  }
}
