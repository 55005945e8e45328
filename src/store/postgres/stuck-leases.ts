import type { IntegrationId } from '../../domain/ids.ts'
import type { KnownStuckLease, StuckLeaseMemory } from '../../domain/stuck-lease.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Atomically, Queries } from './connection.ts'
import { asc, eq, primaryKey, table, text } from './drizzle.ts'
import { lock } from './locks.ts'

export const stuckLeases = table(
  'stuck_leases',
  {
    integration: text().$type<IntegrationId>().notNull(),
    lease: text().notNull(),
    path: text().notNull(),
    reason: text().notNull(),
    command: text().notNull(),
    since: moment().notNull(),
  },
  (of) => [primaryKey({ columns: [of.integration, of.lease] })],
)

/** The store's verbs about leases that a vault has given up. */
export const stuckLeaseVerbs = (queries: Queries, atomically: Atomically): StuckLeaseMemory => ({
  stuckLeases: (integration) => stuckAt(queries, integration),
  saveStuckLeases: (integration, leases, { audit, cards }) =>
    atomically(async (within) => {
      await lock(within, 'stuck-leases', integration)
      await within.delete(stuckLeases).where(eq(stuckLeases.integration, integration))
      const rows = leases.map((lease) => ({ integration, ...lease }))
      if (rows.length > 0) await within.insert(stuckLeases).values(rows)
      await appendAudit(within, audit)
      await insertCards(within, cards)
    }),
})

const stuckAt = async (queries: Queries, integration: IntegrationId): Promise<readonly KnownStuckLease[]> => {
  const isThere = eq(stuckLeases.integration, integration)
  const rows = await queries.select().from(stuckLeases).where(isThere).orderBy(asc(stuckLeases.lease))
  return rows.map(({ integration: _, ...lease }) => lease)
}
