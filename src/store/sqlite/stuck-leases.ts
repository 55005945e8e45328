import type { IntegrationId } from '../../domain/ids.ts'
import type { KnownStuckLease, StuckLeaseMemory } from '../../domain/stuck-lease.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { asc, eq, primaryKey, sqliteTable, text } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'

export const stuckLeases = sqliteTable(
  'stuck_leases',
  {
    integration: text().$type<IntegrationId>().notNull(),
    lease: text().notNull(),
    path: text().notNull(),
    reason: text().notNull(),
    command: text().notNull(),
    since: moment().notNull(),
  },
  (table) => [primaryKey({ columns: [table.integration, table.lease] })],
)

/** The store's verbs about leases that a vault has given up. */
export const stuckLeaseVerbs = (queries: Queries, together: GroupCommit): StuckLeaseMemory => ({
  stuckLeases: async (integration) => stuckAt(queries, integration),
  saveStuckLeases: (integration, leases, { audit, cards }) =>
    together((within) => {
      within.delete(stuckLeases).where(eq(stuckLeases.integration, integration)).run()
      for (const lease of leases)
        within
          .insert(stuckLeases)
          .values({ integration, ...lease })
          .run()
      appendAudit(within, audit)
      insertCards(within, cards)
    }),
})

const stuckAt = (queries: Queries, integration: IntegrationId): readonly KnownStuckLease[] =>
  queries
    .select()
    .from(stuckLeases)
    .where(eq(stuckLeases.integration, integration))
    .orderBy(asc(stuckLeases.lease))
    .all()
    .map(({ integration: _, ...lease }) => lease)
