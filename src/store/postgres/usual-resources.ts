import type { IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Usual } from '../../domain/usual.ts'
import { toResource } from '../rows/resources.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, isNull, sql } from './drizzle.ts'
import { requests, resources } from './schema.ts'

/** So many of the person's newest requests count as lately. */
const lately = 50

/** What the person asked for in the newest requests at the integration, the last one first. */
export const usualResources = async (
  queries: Queries,
  person: PersonId,
  integration: IntegrationId,
): Promise<readonly Usual[]> => {
  const newest = sql`SELECT number, items FROM ${requests}
    WHERE requester = ${person} AND integration = ${integration} ORDER BY number DESC LIMIT ${lately}`
  const asked = sql`(SELECT item ->> 'resource' AS id, count(*)::int AS times, max(newest.number) AS newest
    FROM (${newest}) AS newest CROSS JOIN json_array_elements(newest.items::json) AS item GROUP BY 1) AS asked`
  const found = await queries
    .select({ resource: resources, times: sql<number>`asked.times` })
    .from(resources)
    .innerJoin(asked, sql`asked.id = ${resources.id}`)
    .where(and(eq(resources.integration, integration), eq(resources.isGone, false), isNull(resources.obstacle)))
    .orderBy(desc(sql`asked.newest`), asc(resources.path))
  return found.map(({ resource, times }) => ({ resource: toResource(resource), times }))
}
