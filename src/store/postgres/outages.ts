import type { Trouble } from '../../domain/grant.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Outage } from '../../domain/outage-memory.ts'
import type { Queries } from './connection.ts'
import { asc, eq } from './drizzle.ts'
import { outages } from './schema.ts'

export const outagesOf = (queries: Queries): Promise<readonly Outage[]> =>
  queries.select().from(outages).orderBy(asc(outages.integration)).execute()

/** Of several processes that meet an outage, the first one notes it. */
export const beginOutage = async (
  within: Queries,
  integration: IntegrationId,
  { since, code }: Trouble,
): Promise<void> => {
  await within.insert(outages).values({ integration, since, code }).onConflictDoNothing()
}

/** Ends an outage; returns whether there was one, which one process alone learns. */
export const endOutage = async (within: Queries, integration: IntegrationId): Promise<boolean> =>
  (await within.delete(outages).where(eq(outages.integration, integration))).rowCount === 1
