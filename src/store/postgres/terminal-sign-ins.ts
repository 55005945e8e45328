import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Session } from '../../domain/session.ts'
import type { Permit, TerminalSignIn } from '../../domain/terminal-sign-in.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { permitColumns, toSignIn } from '../rows/sessions.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, isNotNull, isNull, lt, sql } from './drizzle.ts'
import { lock } from './locks.ts'
import { terminalSignIns } from './schema-sessions.ts'
import { openSession } from './sessions.ts'

/** A terminal's sign-in, by the hash of its secret or of the typed code. */
export const terminalSignIn = async (
  queries: Queries,
  by: { readonly hash: string } | { readonly typed: string },
): Promise<TerminalSignIn | undefined> => {
  const isMeant = 'hash' in by ? eq(terminalSignIns.hash, by.hash) : eq(terminalSignIns.typed, by.typed)
  return (await queries.select().from(terminalSignIns).where(isMeant)).map(toSignIn)[0]
}

/** Stores a new one inside a transaction, unless too many wait for a person; they are counted one after the other. */
export const beginTerminalSignIn = async (within: Queries, begun: TerminalSignIn, most: number): Promise<boolean> => {
  const { permit, ...row } = begun
  if (row.typed !== undefined && (await countWaiting(within, begun.openedAt)) >= most) return false
  await forgetOver(within, begun.openedAt)
  await within.insert(terminalSignIns).values({ ...row, ...(permit && permitColumns(permit)) })
  return true
}

const countWaiting = async (within: Queries, now: Timestamp): Promise<number> => {
  const { person, typed, expiresAt } = terminalSignIns
  const isWaiting = and(isNull(person), isNotNull(typed), gt(expiresAt, now))
  const [, [counted]] = await Promise.all([
    lock(within, 'terminal-sign-ins', ''),
    within.select({ count: sql<number>`count(*)::int` }).from(terminalSignIns).where(isWaiting),
  ])
  return counted?.count ?? 0
}

/** Anybody may begin a sign-in, so what came to nothing stays no longer than a day. */
const forgetOver = async (within: Queries, now: Timestamp): Promise<void> => {
  await within
    .delete(terminalSignIns)
    .where(and(isNull(terminalSignIns.session), lt(terminalSignIns.expiresAt, timestamp(now - 86_400_000))))
}

/** One conditional update decides the winner. */
export const permitTerminal = async (within: Queries, hash: string, permit: Permit): Promise<boolean> => {
  const isOpen = and(
    eq(terminalSignIns.hash, hash),
    isNull(terminalSignIns.person),
    gt(terminalSignIns.expiresAt, permit.at),
  )
  return (await within.update(terminalSignIns).set(permitColumns(permit)).where(isOpen)).rowCount === 1
}

/** Turns a permitted sign-in into its session inside a transaction. A second exchange waits for the first one's row. */
export const exchangeTerminalSignIn = async (
  within: Queries,
  hash: string,
  session: Session,
  audit: readonly AuditEvent[],
): Promise<boolean> => {
  const isMeant = eq(terminalSignIns.hash, hash)
  const [before] = (await within.select().from(terminalSignIns).where(isMeant).for('update')).map(toSignIn)
  if (!before?.permit || before.session !== undefined) return false
  await openSession(within, session, audit)
  await within.update(terminalSignIns).set({ session: session.id }).where(isMeant)
  return true
}
