import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import type { ResourcePage } from '../../ports.ts'
import { toResource } from '../rows/resources.ts'
import { wordsOf } from '../rows/words.ts'
import { candidates, rank, type Sought } from './candidates.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, list, type SQL, sql } from './drizzle.ts'
import { resources } from './schema.ts'

/** The resources with this complete path. */
export const resourcesAt = async (
  queries: Queries,
  integration: IntegrationId,
  path: string,
): Promise<readonly Resource[]> => {
  const isThere = and(eq(resources.integration, integration), eq(resources.path, path), eq(resources.isGone, false))
  return (await queries.select().from(resources).where(isThere).orderBy(asc(resources.type))).map(toResource)
}

/**
 * One page of resources. The order depends on nothing but the words and the resource itself. So whoever reads on misses
 * none and sees none twice, whatever is found or gone meanwhile: a row stays when its resource is gone.
 */
export const resourcePage = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
  { words: typed, type, beyond, limit }: ResourcePage,
): Promise<readonly Resource[]> => {
  if (integrations.length === 0 || typed.includes('\0')) return []
  const words = wordsOf(typed)
  const wanted = { integrations, words, type, beyond, limit }
  const next = words.length === 0 ? await inOrder(queries, wanted) : best(wanted)
  const found = await queries
    .select({ resource: resources })
    .from(resources)
    .innerJoin(sql`(${next}) AS next`, sql`next.number = ${resources.number}`)
    .orderBy(sql`next.rank`, asc(resources.integration), asc(resources.path), asc(resources.type))
    .limit(limit)
  return found.map(({ resource }) => toResource(resource))
}

type Wanted = Sought & Pick<ResourcePage, 'beyond' | 'limit'>

const best = ({ beyond, ...sought }: Wanted): SQL => {
  const last = sql`SELECT ${rank(sought.words)}, one.integration, one.path, one.type FROM ${resources} AS one
    WHERE one.id = ${beyond}`
  const isNext = beyond === undefined ? sql`true` : sql`(rank, integration, path, type) > (${last})`
  return sql`SELECT number, rank FROM (${candidates(sought)}) AS every WHERE ${isNext}`
}

/** The index on paths is in this order, so that only as many rows are read as are shown, on whichever page. */
const inOrder = async (queries: Queries, { integrations, type, beyond, limit }: Wanted): Promise<SQL> => {
  const [last] = beyond === undefined ? [] : await queries.select().from(resources).where(eq(resources.id, beyond))
  const isLast = sql`place.id = ${last?.integration ?? ''}`
  const from = sql`(CASE WHEN ${isLast} THEN ${last?.path ?? ''} ELSE '' END, CASE WHEN ${isLast} THEN ${last?.type ?? ''} ELSE '' END)`
  const isKnown = sql`${beyond === undefined || last !== undefined}::boolean`
  const isOfType = type === undefined ? sql`true` : sql`type = ${type}`
  return sql`SELECT first.number, 0 AS rank FROM unnest(${list(integrations)}) AS place (id)
    CROSS JOIN LATERAL (SELECT number FROM ${resources}
      WHERE integration = place.id AND NOT is_gone AND ${isOfType} AND (path, type) > ${from}
      ORDER BY path, type LIMIT ${limit}) AS first
    WHERE ${isKnown} AND place.id >= ${last?.integration ?? ''} COLLATE "C"`
}
