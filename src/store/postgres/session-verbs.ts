import type { SessionMemory } from '../../domain/session-memory.ts'
import type { Atomically, Queries } from './connection.ts'
import { liveSessions, openSession, saveSession, sessionBy } from './sessions.ts'
import { beginTerminalSignIn, exchangeTerminalSignIn, permitTerminal, terminalSignIn } from './terminal-sign-ins.ts'

/** The store's verbs about sessions, each one transaction. */
export const sessionVerbs = (queries: Queries, atomically: Atomically): SessionMemory => ({
  session: (by) => sessionBy(queries, by),
  liveSessions: (...wanted) => liveSessions(queries, ...wanted),
  openSession: (...opened) => atomically((within) => openSession(within, ...opened)),
  saveSession: (session, audit = [], cards = []) => atomically((within) => saveSession(within, session, audit, cards)),
  terminalSignIn: (by) => terminalSignIn(queries, by),
  beginTerminalSignIn: (...begun) => atomically((within) => beginTerminalSignIn(within, ...begun)),
  permitTerminal: (...permit) => atomically((within) => permitTerminal(within, ...permit)),
  exchangeTerminalSignIn: (...exchange) => atomically((within) => exchangeTerminalSignIn(within, ...exchange)),
})
