import { type Actor, byPerson, system } from '../domain/audit-event.ts'
import type { PersonId, SessionId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { end, endOf, type Session } from '../domain/session.ts'
import { cardsTo } from './cards-for.ts'
import { type Deps, untilCommitted } from './deps.ts'

type Why = NonNullable<Session['ended']>['why']
type EndDeps = Pick<Deps, 'store' | 'clock' | 'directory' | 'integrations' | 'newId' | 'platforms' | 'nudge'>

/** Ends a session once; whether this call did it. */
export const endSession =
  (deps: EndDeps) =>
  async (id: SessionId, why: Why, by: Actor = system): Promise<boolean> => {
    const hasEnded = await untilCommitted(async () => {
      const session = await deps.store.session({ id })
      if (!session || endOf(session, deps.clock.now()) !== undefined) return 'over'
      return endAsRead(deps)(session, why, by)
    })
    return hasEnded === 'saved'
  }

/**
 * Ends a live session if nothing has changed it since it was read. The person is told of a theft only: they know of
 * everything else. `noted` says more exactly in the audit log why.
 */
export const endAsRead =
  (deps: EndDeps) =>
  async (session: Session, why: Why, by: Actor, noted: string = why): Promise<'saved' | 'conflict'> => {
    const now = deps.clock.now()
    const detail = aboutSession(session, { why: noted })
    const { person, label, address } = session
    const notice = { about: 'session-ended', label, address, at: now } as const
    const cards = why === 'token-reused' ? cardsTo(deps, person, { audience: 'notice', notice }) : []
    const event = { at: now, kind: 'session-ended', actor: by, detail } as const
    const saved = await deps.store.saveSession(end(session, why, now), [event], cards)
    if (saved === 'saved') deps.nudge()
    return saved
  }

/** What an audit row says about a session. */
export const aboutSession = (
  { id, person, kind, rights, label, address }: Session,
  more: Readonly<Record<string, string | boolean>> = {},
) => ({ session: id, person, kind, rights, label, address, ...more })

/** A person signs one of their own sessions out. Others' sessions are unknown to them. */
export const signOut =
  (deps: EndDeps) =>
  async (id: SessionId, by: PersonId): Promise<Outcome<void>> => {
    const session = await deps.store.session({ id })
    if (session?.person !== by) return refuse({ code: 'no-such-request' })
    await endSession(deps)(id, 'signed-out', byPerson(by))
    return accept(undefined)
  }
