import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Session } from '../../domain/session.ts'
import type { Permit, TerminalSignIn } from '../../domain/terminal-sign-in.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { permitColumns, toSignIn } from '../rows/sessions.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, isNotNull, isNull, lt, sql } from './drizzle.ts'
import { terminalSignIns } from './schema-sessions.ts'
import { openSession } from './sessions.ts'

/** A terminal's sign-in, by the hash of its secret or of the typed code. */
export const terminalSignIn = (
  queries: Queries,
  by: { readonly hash: string } | { readonly typed: string },
): TerminalSignIn | undefined => {
  const isMeant = 'hash' in by ? eq(terminalSignIns.hash, by.hash) : eq(terminalSignIns.typed, by.typed)
  const row = queries.select().from(terminalSignIns).where(isMeant).get()
  return row && toSignIn(row)
}

/** Stores a new one inside a transaction, unless too many wait for a person. */
export const beginTerminalSignIn = (queries: Queries, begun: TerminalSignIn, most: number): boolean => {
  const { permit, ...row } = begun
  const isWaiting = and(
    isNull(terminalSignIns.person),
    isNotNull(terminalSignIns.typed),
    gt(terminalSignIns.expiresAt, begun.openedAt),
  )
  const counted = queries.select({ count: sql<number>`count(*)` }).from(terminalSignIns).where(isWaiting).get()
  if (row.typed !== undefined && (counted?.count ?? 0) >= most) return false
  forgetOver(queries, begun.openedAt)
  queries
    .insert(terminalSignIns)
    .values({ ...row, ...(permit && permitColumns(permit)) })
    .run()
  return true
}

/** Anybody may begin a sign-in, so what came to nothing stays no longer than a day. */
const forgetOver = (queries: Queries, now: Timestamp): void => {
  queries
    .delete(terminalSignIns)
    .where(and(isNull(terminalSignIns.session), lt(terminalSignIns.expiresAt, timestamp(now - 86_400_000))))
    .run()
}

/** One conditional update decides the winner. */
export const permitTerminal = (queries: Queries, hash: string, permit: Permit): boolean => {
  const isOpen = and(
    eq(terminalSignIns.hash, hash),
    isNull(terminalSignIns.person),
    gt(terminalSignIns.expiresAt, permit.at),
  )
  return queries.update(terminalSignIns).set(permitColumns(permit)).where(isOpen).run().changes === 1
}

/** Turns a permitted sign-in into its session inside a transaction. */
export const exchangeTerminalSignIn = (
  queries: Queries,
  hash: string,
  session: Session,
  audit: readonly AuditEvent[],
): boolean => {
  const before = terminalSignIn(queries, { hash })
  if (!before?.permit || before.session !== undefined) return false
  openSession(queries, session, audit)
  queries.update(terminalSignIns).set({ session: session.id }).where(eq(terminalSignIns.hash, hash)).run()
  return true
}
