import { z } from 'zod'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { UseOutcome } from '../../domain/receipt.ts'
import { moment, parsed } from './columns.ts'
import { integer, primaryKey, rowNumber, table, text } from './drizzle.ts'

export const receipts = table(
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
  (of) => [primaryKey({ columns: [of.grant, of.path, of.operation, of.outcome] })],
)

export const receiptNews = table('receipt_news', {
  grant: text('grant_id').$type<GrantId>().primaryKey(),
  first: moment().notNull(),
  shownAt: moment(),
  dueAt: moment(),
})

export const auditWatches = table('audit_watches', {
  integration: text().$type<IntegrationId>().primaryKey(),
  revision: integer().notNull(),
  position: text().notNull(),
  readTo: moment().notNull(),
  doubtSince: moment(),
  keptFrom: moment(),
})

export const auditGaps = table('audit_gaps', {
  number: rowNumber(),
  integration: text().$type<IntegrationId>().notNull(),
  since: moment().notNull(),
  until: moment().notNull(),
})

export const useAlarms = table(
  'use_alarms',
  { integration: text().$type<IntegrationId>().notNull(), key: text().notNull(), at: moment().notNull() },
  (of) => [primaryKey({ columns: [of.integration, of.key] })],
)
