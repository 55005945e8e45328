import type { Trouble } from '../../domain/grant.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Outage } from '../../domain/outage-memory.ts'
import type { Queries } from './connection.ts'
import { asc, eq } from './drizzle.ts'
import { outages } from './schema.ts'

export const outagesOf = (queries: Queries): readonly Outage[] =>
  queries.select().from(outages).orderBy(asc(outages.integration)).all()

export const beginOutage = (queries: Queries, integration: IntegrationId, { since, code }: Trouble): void => {
  queries.insert(outages).values({ integration, since, code }).onConflictDoNothing().run()
}

/** Ends an outage; returns whether there was one. */
export const endOutage = (queries: Queries, integration: IntegrationId): boolean =>
  queries.delete(outages).where(eq(outages.integration, integration)).run().changes === 1
