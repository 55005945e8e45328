import type { AuditEvent } from './audit-event.ts'
import type { NewCard } from './card.ts'
import type { PersonId, SessionId } from './ids.ts'
import type { Session } from './session.ts'
import type { Permit, TerminalSignIn } from './terminal-sign-in.ts'
import type { Timestamp } from './time.ts'

/** What the store remembers about the sessions of terminals and browsers. */
export interface SessionMemory {
  /** A session by the hash of one of its tokens: `refresh` also finds it by each refresh token that it has used up. */
  session(
    by: { readonly id: SessionId } | { readonly access: string } | { readonly refresh: string },
  ): Promise<Session | undefined>
  openSession(session: Session, audit: readonly AuditEvent[]): Promise<void>
  /** Writes all or nothing; `conflict` when the session changed since it was loaded. */
  saveSession(
    session: Session,
    audit?: readonly AuditEvent[],
    cards?: readonly NewCard[],
  ): Promise<'saved' | 'conflict'>
  /** Sessions that are not over, of one person or of all, the newest first. */
  liveSessions(now: Timestamp, of?: PersonId): Promise<readonly Session[]>

  /** A terminal's sign-in, by the hash of its secret or of the code that people type. */
  terminalSignIn(by: { readonly hash: string } | { readonly typed: string }): Promise<TerminalSignIn | undefined>
  /** Stores a new one; `false` when `most` already wait for somebody to type their code. */
  beginTerminalSignIn(begun: TerminalSignIn, most: number): Promise<boolean>
  /** Returns `true` to a single winner: nobody has permitted it, and it is not too late. */
  permitTerminal(hash: string, permit: Permit): Promise<boolean>
  /** Stores the session of a permitted sign-in, once: `false` when it was exchanged before. */
  exchangeTerminalSignIn(hash: string, session: Session, audit: readonly AuditEvent[]): Promise<boolean>
}
