import { z } from 'zod'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { UseOutcome } from '../../domain/receipt.ts'
import { moment, parsed } from './columns.ts'
import { integer, primaryKey, sqliteTable, text } from './drizzle.ts'

export const receipts = sqliteTable(
  'receipts',
  {
    grant: text('grant_id').$type<GrantId>().notNull(),
    path: text().notNull(),
    operation: text().notNull(),
    outcome: text().$type<UseOutcome>().notNull(),
    count: integer().notNull(),
    first: moment().notNull(),
    last: moment().notNull(),
    addresses: parsed<readonly string[]>(z.array(z.string())).notNull(),
  },
  (table) => [primaryKey({ columns: [table.grant, table.path, table.operation, table.outcome] })],
)

export const receiptNews = sqliteTable('receipt_news', {
  grant: text('grant_id').$type<GrantId>().primaryKey(),
  first: moment().notNull(),
  shownAt: moment(),
  dueAt: moment(),
})

export const auditWatches = sqliteTable('audit_watches', {
  integration: text().$type<IntegrationId>().primaryKey(),
  revision: integer().notNull(),
  position: text().notNull(),
  readTo: moment().notNull(),
  doubtSince: moment(),
  keptFrom: moment(),
})

export const auditGaps = sqliteTable('audit_gaps', {
  number: integer().primaryKey(),
  integration: text().$type<IntegrationId>().notNull(),
  since: moment().notNull(),
  until: moment().notNull(),
})

export const useAlarms = sqliteTable(
  'use_alarms',
  { integration: text().$type<IntegrationId>().notNull(), key: text().notNull(), at: moment().notNull() },
  (table) => [primaryKey({ columns: [table.integration, table.key] })],
)
