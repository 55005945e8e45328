import type { Deps } from '../app/deps.ts'
import { endSession } from '../app/end-session.ts'
import type { Actor } from '../domain/audit-event.ts'
import { personId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import type { SessionLine } from './connection-lines.ts'
import { ControlRefusal } from './server.ts'

/** Sessions that are not over, of one person or of all, the newest first. */
export const sessionLines = async ({ store, clock }: Deps, person?: string): Promise<SessionLine[]> =>
  (await store.liveSessions(clock.now(), person === undefined ? undefined : personId(person))).map(sessionLine)

/** Ends a session for an operator. */
export const endSessionNamed = async (deps: Deps, name: string, by: Actor): Promise<SessionLine> => {
  const live = await deps.store.liveSessions(deps.clock.now())
  const [session, ...others] = live.filter(({ id }) => id.startsWith(name))
  if (!session) throw new ControlRefusal('no-such-session', `there is no session "${name}", or it is over`)
  if (others.length > 0)
    throw new ControlRefusal('ambiguous', `several sessions begin with "${name}"; write more of the id`)
  await endSession(deps)(session.id, 'by-operator', by)
  return sessionLine(session)
}

const sessionLine = ({
  id,
  person,
  kind,
  rights,
  label,
  address,
  openedAt,
  usedAt,
  expiresAt,
}: Session): SessionLine => ({
  ...{ id, person, kind, rights, label, address, openedAt, usedAt, expiresAt },
})
