import type { AuditKind } from '../../domain/audit-event.ts'
import type { GrantId, IntegrationId, RequestId } from '../../domain/ids.ts'
import { moment } from './columns.ts'
import { integer, table, text } from './drizzle.ts'

const event = () => ({
  at: moment().notNull(),
  kind: text().$type<AuditKind>().notNull(),
  actor: text().notNull(),
  integration: text().$type<IntegrationId>(),
  request: text().$type<RequestId>(),
  grant: text('grant_id').$type<GrantId>(),
  detail: text().notNull(),
})

export const audit = table('audit', { sequence: integer().primaryKey(), ...event(), hash: text().notNull() })

/** Rows of a transaction until it commits. */
export const auditWaiting = table('audit_waiting', { ...event(), words: text(), hashed: text().notNull() })

export const auditWords = table('audit_words', { sequence: integer().primaryKey(), words: text().notNull() })

export const auditHead = table('audit_head', {
  only: integer().primaryKey(),
  sequence: integer().notNull(),
  hash: text().notNull(),
})

export const auditCursors = table('audit_cursors', {
  sink: text().primaryKey(),
  sequence: integer().notNull(),
})
