import type { PersonId, SessionId } from '../../domain/ids.ts'
import type { Session, SessionRights } from '../../domain/session.ts'
import { flag, moment } from './columns.ts'
import { integer, rowNumber, table, text } from './drizzle.ts'

export const sessions = table('sessions', {
  number: rowNumber(),
  id: text().$type<SessionId>().notNull(),
  kind: text().$type<Session['kind']>().notNull(),
  person: text().$type<PersonId>().notNull(),
  rights: text().$type<SessionRights>().notNull(),
  label: text().notNull(),
  address: text().notNull(),
  key: text(),
  access: text().notNull(),
  accessUntil: moment().notNull(),
  refresh: text(),
  rotatedFrom: text(),
  rotatedAt: moment(),
  rotatedAttempt: text(),
  rotatedSeen: flag(),
  openedAt: moment().notNull(),
  usedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  signedInAt: moment(),
  endedAt: moment(),
  endedWhy: text().$type<NonNullable<Session['ended']>['why']>(),
  revision: integer().notNull(),
})

/** Refresh tokens that were used up. */
export const spentTokens = table('spent_tokens', {
  hash: text().primaryKey(),
  session: text().$type<SessionId>().notNull(),
})

export const terminalSignIns = table('terminal_sign_ins', {
  hash: text().primaryKey(),
  typed: text(),
  challenge: text(),
  key: text().notNull(),
  label: text().notNull(),
  address: text().notNull(),
  openedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  person: text().$type<PersonId>(),
  rights: text().$type<SessionRights>(),
  permittedAt: moment(),
  signedInAt: moment(),
  session: text().$type<SessionId>(),
})
