import { type Actor, type AuditEvent, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { type PersonId, type SessionId, sessionId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { end, endOf, openBrowser, type Session, use } from '../domain/session.ts'
import { seconds, secondsUntil } from '../domain/time.ts'
import type { Person } from '../ports.ts'
import type { Caller } from './caller.ts'
import { type Confirmed, personOf } from './confirm-fetch-link.ts'
import type { Deps } from './deps.ts'
import { recordRefusal } from './record-refusal.ts'

/** A browser that nobody uses is signed out after this time. */
const idleLife = seconds(3600)

/** The browser as it tells about itself, and where it calls from. */
export type BrowserAt = { readonly label: string; readonly address: string }

/** Why a browser was signed out, besides what a session's row says. */
type Why = 'signed-out' | 'other-account' | 'unused' | 'other-browser' | 'person-removed'

/** The sign-ins of people at browsers, as rows. A row holds the hash of the cookie, never the cookie. */
export type BrowserSessions = ReturnType<typeof browserSessions>

/** Opens, finds and ends them. */
export const browserSessions = (deps: Deps) => {
  const { store, clock, hash } = deps

  const over = (session: Session, why: Why, by: Actor = byPerson(session.person)) => {
    const row = why === 'person-removed' ? why : 'signed-out'
    return store.saveSession(end(session, row, clock.now()), [
      { at: clock.now(), kind: 'session-ended', actor: by, detail: { session: session.id, kind: session.kind, why } },
    ])
  }

  const live = async (cookie: string | undefined): Promise<Session | undefined> => {
    const session = cookie === undefined ? undefined : await store.session({ access: hash(cookie) })
    return session?.kind === 'browser' && endOf(session, clock.now()) === undefined ? session : undefined
  }

  return {
    /** Who came back from the issuer. Somebody unknown is refused, and that is audited. */
    enter: async (identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
      const person = personOf(deps, identities)
      if (person) return { kind: 'confirmed', person }
      const [account] = identities
      await recordRefusal(deps)({ kind: 'stranger', ...account }, { code: 'unknown-person', ...account })
      return { kind: 'nobody', accounts: identities }
    },

    /**
     * Signs the person in, and returns the new value of the cookie. A second sign-in of the same person renews the
     * session and never makes it longer; of another person, it ends the session.
     */
    open: async (person: Person, { label, address }: BrowserAt, before: string | undefined): Promise<string> => {
      const now = clock.now()
      const cookie = deps.newNonce()
      const opened = (session: Session, how: 'new' | 'again'): AuditEvent[] => {
        const detail = { session: session.id, kind: session.kind, label, address, rights: session.rights, how }
        return [{ at: now, kind: 'session-opened', actor: byPerson(person.id), detail }]
      }
      const earlier = await live(before)
      if (earlier && earlier.person === person.id && earlier.label === label) {
        const renewed = { ...earlier, access: hash(cookie), address, signedInAt: now, usedAt: now }
        if ((await store.saveSession(renewed, opened(renewed, 'again'))) === 'saved') return cookie
      } else if (earlier) await over(earlier, 'other-account')
      const id = sessionId(deps.newId())
      const session = openBrowser(
        { id, person: person.id, rights: 'all', label, address, signedInAt: now },
        hash(cookie),
        now,
      )
      await store.openSession(session, opened(session, 'new'))
      return cookie
    },

    /**
     * The person behind a cookie. A cookie that comes from a browser with another name is taken for stolen: its session
     * ends. So does one that nobody used for an hour.
     */
    find: async (cookie: string | undefined, label: string): Promise<Caller | undefined> => {
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
        await over(session, why ?? 'person-removed', { kind: 'system' })
        return undefined
      }
      const used = use(session, session.access, now)
      if (used.is !== 'used') return undefined
      if (used.session !== session) await store.saveSession(used.session) // a conflict means that it was noted already
      const { signedInAt } = session
      return { person, by: 'browser', rights: 'all', session: session.id, ...(signedInAt && { signedInAt }) }
    },

    /** The person's own sessions, of browsers and terminals, the newest first. */
    list: (person: PersonId): Promise<readonly Session[]> => store.liveSessions(clock.now(), person),

    /** Ends one of the person's own sessions. */
    end: async (id: SessionId, person: PersonId): Promise<Outcome<void>> => {
      const session = await store.session({ id })
      if (session?.person !== person) return refuse({ code: 'no-such-request' })
      if (endOf(session, clock.now()) === undefined) await over(session, 'signed-out')
      return accept(undefined)
    },

    /** Ends all of the person's sessions, this one too. */
    endAll: async (person: PersonId): Promise<void> => {
      for (const session of await store.liveSessions(clock.now(), person)) await over(session, 'signed-out')
    },
  }
}
