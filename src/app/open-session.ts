import { type AuditEvent, byPerson } from '../domain/audit-event.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import type { Deps } from './deps.ts'
import { aboutSession, endSession } from './end-session.ts'

/** The most sessions that one person has at a time. An older one ends for a new one, so that nobody is locked out. */
const mostSessions = 20

/**
 * Makes room for one more terminal of the person. Terminals of the same name end first, because a machine that signs in
 * again and again shall push out only its own earlier sessions.
 */
export const makeRoom = async (deps: Deps, person: PersonId, label: string): Promise<void> => {
  const live = (await deps.store.liveSessions(deps.clock.now(), person)).toReversed()
  const isSame = (session: Session) => session.kind === 'terminal' && session.label === label
  const oldestFirst = [...live.filter(isSame), ...live.filter((one) => !isSame(one))]
  const excess = Math.max(0, live.length - (mostSessions - 1))
  for (const { id } of oldestFirst.slice(0, excess)) await endSession(deps)(id, 'too-many')
}

/** The audit row of a new session; `how` is the way in which the person proved who they are. */
export const openedEvent = (session: Session, how: string): AuditEvent => ({
  ...{ at: session.openedAt, kind: 'session-opened', actor: byPerson(session.person) },
  detail: aboutSession(session, { how }),
})
