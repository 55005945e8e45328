import { type AuditEvent, byPerson } from '../domain/audit-event.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import type { Deps } from './deps.ts'
import { aboutSession, endSession } from './end-session.ts'

/** The most sessions that one person has at a time. The oldest one ends for a new one, so that nobody is locked out. */
const mostSessions = 20

/** Makes room for one more session of the person. */
export const makeRoom = async (deps: Deps, person: PersonId): Promise<void> => {
  const live = await deps.store.liveSessions(deps.clock.now(), person)
  for (const { id } of live.slice(mostSessions - 1)) await endSession(deps)(id, 'too-many')
}

/** The audit row of a new session; `how` is the way in which the person proved who they are. */
export const openedEvent = (session: Session, how: string): AuditEvent => ({
  ...{ at: session.openedAt, kind: 'session-opened', actor: byPerson(session.person) },
  detail: aboutSession(session, { how }),
})
