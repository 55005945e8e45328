import type { PersonId, RequestId, ResourceId } from '../../domain/ids.ts'
import type { Party } from '../../domain/integration.ts'
import { primaryKey, table, text } from './drizzle.ts'

/** Kept by triggers, like the tables below: which open requests name a resource. */
export const openItems = table(
  'open_items',
  { resource: text().$type<ResourceId>().notNull(), request: text().$type<RequestId>().notNull() },
  (of) => [primaryKey({ columns: [of.resource, of.request] })],
)

/** Kept by triggers, like `open_items`. */
export const askedItems = table(
  'asked_items',
  {
    requester: text().$type<PersonId>().notNull(),
    resource: text().$type<ResourceId>().notNull(),
    permission: text().notNull(),
    /** Who uses it, as the request's column says; empty for the requester. */
    workload: text().notNull(),
    request: text().$type<RequestId>().notNull(),
  },
  (of) => [primaryKey({ columns: [of.requester, of.resource, of.permission, of.workload] })],
)

/** Kept by triggers: whom each pending request asks. */
export const askedOwners = table(
  'asked_owners',
  { party: text().$type<Party>().notNull(), request: text().$type<RequestId>().notNull() },
  (of) => [primaryKey({ columns: [of.party, of.request] })],
)
