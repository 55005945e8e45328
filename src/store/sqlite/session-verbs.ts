import type { SessionMemory } from '../../domain/session-memory.ts'
import type { Queries } from './connection.ts'
import type { GroupCommit } from './group-commit.ts'
import { liveSessions, openSession, saveSession, sessionBy } from './sessions.ts'
import { beginTerminalSignIn, exchangeTerminalSignIn, permitTerminal, terminalSignIn } from './terminal-sign-ins.ts'

/** The store's verbs about sessions, each one transaction. */
export const sessionVerbs = (queries: Queries, together: GroupCommit): SessionMemory => ({
  session: async (by) => sessionBy(queries, by),
  liveSessions: async (...wanted) => liveSessions(queries, ...wanted),
  openSession: (...opened) => together((within) => openSession(within, ...opened)),
  saveSession: (session, audit = [], cards = []) => together((within) => saveSession(within, session, audit, cards)),
  terminalSignIn: async (by) => terminalSignIn(queries, by),
  beginTerminalSignIn: (...begun) => together((within) => beginTerminalSignIn(within, ...begun)),
  permitTerminal: (...permit) => together((within) => permitTerminal(within, ...permit)),
  exchangeTerminalSignIn: (...exchange) => together((within) => exchangeTerminalSignIn(within, ...exchange)),
})
