import type { SQL } from 'drizzle-orm'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { NewCard } from '../../domain/card.ts'
import type { PersonId, SessionId } from '../../domain/ids.ts'
import type { Session } from '../../domain/session.ts'
import type { Timestamp } from '../../domain/time.ts'
import { sessionColumns, toSession } from '../rows/sessions.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, desc, eq, gt, isNull } from './drizzle.ts'
import { sessions, spentTokens } from './schema-sessions.ts'

type By = { readonly id: SessionId } | { readonly access: string } | { readonly refresh: string }

/** A session by its id, or by the hash of one of its tokens. */
export const sessionBy = async (queries: Queries, by: By): Promise<Session | undefined> => {
  if ('id' in by) return sessionWhere(queries, eq(sessions.id, by.id))
  if ('access' in by) return sessionWhere(queries, eq(sessions.access, by.access))
  const present = await sessionWhere(queries, eq(sessions.refresh, by.refresh))
  if (present) return present
  // A token is used up after it was current; so whoever misses it there finds it here.
  const [spent] = await queries.select().from(spentTokens).where(eq(spentTokens.hash, by.refresh))
  return spent && sessionWhere(queries, eq(sessions.id, spent.session))
}

const sessionWhere = async (queries: Queries, isMeant: SQL): Promise<Session | undefined> =>
  (await queries.select().from(sessions).where(isMeant)).map(toSession)[0]

/** Sessions that are not over, the newest first. */
export const liveSessions = async (queries: Queries, now: Timestamp, of?: PersonId): Promise<readonly Session[]> => {
  const isTheirs = of === undefined ? undefined : eq(sessions.person, of)
  const isLive = and(isNull(sessions.endedAt), gt(sessions.expiresAt, now), isTheirs)
  const inOrder = [desc(sessions.openedAt), desc(sessions.number)]
  return (
    await queries
      .select()
      .from(sessions)
      .where(isLive)
      .orderBy(...inOrder)
  ).map(toSession)
}

/** Stores a new session inside a transaction. */
export const openSession = async (within: Queries, session: Session, audit: readonly AuditEvent[]): Promise<void> => {
  await Promise.all([
    within.insert(sessions).values({ ...sessionColumns(session), revision: 1 }),
    appendAudit(within, audit),
  ])
}

/**
 * Writes a changed session inside a transaction. A replaced refresh token is remembered as used up. Of two changes at
 * once, the second one waits for the row and finds another revision.
 */
export const saveSession = async (
  within: Queries,
  session: Session,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): Promise<'saved' | 'conflict'> => {
  const { id, revision } = session
  const [before] = await within.select().from(sessions).where(eq(sessions.id, id)).for('update')
  if (!before || before.revision !== revision || before.endedAt !== null) return 'conflict'
  const columns = { ...sessionColumns(session), revision: revision + 1 }
  if (before.refresh !== null && before.refresh !== columns.refresh) {
    await within.insert(spentTokens).values({ hash: before.refresh, session: id })
  }
  await within.update(sessions).set(columns).where(eq(sessions.id, id))
  await insertCards(within, cards)
  await appendAudit(within, audit)
  return 'saved'
}
