import type { PersonId, RequestId, ResourceId } from '../../domain/ids.ts'
import type { Party } from '../../domain/integration.ts'
import { primaryKey, sqliteTable, text } from './drizzle.ts'

/** Kept by triggers, like the tables below: which open requests name a resource. */
export const openItems = sqliteTable(
  'open_items',
  { resource: text().$type<ResourceId>().notNull(), request: text().$type<RequestId>().notNull() },
  (table) => [primaryKey({ columns: [table.resource, table.request] })],
)

/** Kept by triggers, like `open_items`. */
export const askedItems = sqliteTable(
  'asked_items',
  {
    requester: text().$type<PersonId>().notNull(),
    resource: text().$type<ResourceId>().notNull(),
    permission: text().notNull(),
    /** Who uses it, as the request's column says; empty for the requester. */
    workload: text().notNull(),
    request: text().$type<RequestId>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.requester, table.resource, table.permission, table.workload] })],
)

/** Kept by triggers: whom each pending request asks. */
export const askedOwners = sqliteTable(
  'asked_owners',
  { party: text().$type<Party>().notNull(), request: text().$type<RequestId>().notNull() },
  (table) => [primaryKey({ columns: [table.party, table.request] })],
)
