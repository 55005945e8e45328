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
export const sessionBy = (queries: Queries, by: By): Session | undefined => {
  if ('id' in by) return sessionWhere(queries, eq(sessions.id, by.id))
  if ('access' in by) return sessionWhere(queries, eq(sessions.access, by.access))
  const present = sessionWhere(queries, eq(sessions.refresh, by.refresh))
  if (present) return present
  const spent = queries.select().from(spentTokens).where(eq(spentTokens.hash, by.refresh)).get()
  return spent && sessionWhere(queries, eq(sessions.id, spent.session))
}

const sessionWhere = (queries: Queries, isMeant: SQL): Session | undefined => {
  const row = queries.select().from(sessions).where(isMeant).get()
  return row && toSession(row)
}

/** Sessions that are not over, the newest first. */
export const liveSessions = (queries: Queries, now: Timestamp, of?: PersonId): readonly Session[] =>
  queries
    .select()
    .from(sessions)
    .where(
      and(
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, now),
        of === undefined ? undefined : eq(sessions.person, of),
      ),
    )
    .orderBy(desc(sessions.openedAt), desc(sessions.number))
    .all()
    .map(toSession)

/** Stores a new session inside a transaction. */
export const openSession = (queries: Queries, session: Session, audit: readonly AuditEvent[]): void => {
  queries
    .insert(sessions)
    .values({ ...sessionColumns(session), revision: 1 })
    .run()
  appendAudit(queries, audit)
}

/** Writes a changed session inside a transaction. A replaced refresh token is remembered as used up. */
export const saveSession = (
  queries: Queries,
  session: Session,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): 'saved' | 'conflict' => {
  const { id, revision } = session
  const before = queries.select().from(sessions).where(eq(sessions.id, id)).get()
  if (!before || before.revision !== revision || before.endedAt !== null) return 'conflict'
  const columns = { ...sessionColumns(session), revision: revision + 1 }
  if (before.refresh !== null && before.refresh !== columns.refresh) {
    queries.insert(spentTokens).values({ hash: before.refresh, session: id }).run()
  }
  queries.update(sessions).set(columns).where(eq(sessions.id, id)).run()
  insertCards(queries, cards)
  appendAudit(queries, audit)
  return 'saved'
}
