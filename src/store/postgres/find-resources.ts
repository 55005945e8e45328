import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import { toResource } from '../rows/resources.ts'
import { wordsOf } from '../rows/words.ts'
import { candidates } from './candidates.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, list, sql } from './drizzle.ts'
import { resources } from './schema.ts'

/**
 * Resources whose path contains every word: first exact names and the complete path, then names with that beginning, then
 * the others. The shortest paths are kept, and paths of one rank are sorted, so that a folder stands together.
 */
export const findResources = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
  query: string,
  limit: number,
): Promise<readonly Resource[]> => {
  const words = wordsOf(query)
  if (integrations.length === 0 || query.includes('\0')) return []
  if (words.length === 0) return firstResources(queries, integrations, limit)
  const best = sql`(SELECT number, rank FROM (${candidates({ integrations, words, path: query.trim() })}) AS every
    ORDER BY rank, length(path), path, number LIMIT ${limit}) AS best`
  const found = await queries
    .select({ resource: resources, rank: sql<number>`best.rank` })
    .from(resources)
    .innerJoin(best, sql`best.number = ${resources.number}`)
    .orderBy(sql`best.rank`, sql`length(${resources.path})`, asc(resources.path), asc(resources.number))
  return found
    .sort((one, other) => one.rank - other.rank || inOrder(folded(one), folded(other)))
    .map(({ resource }) => toResource(resource))
}

const folded = ({ resource }: { readonly resource: { readonly path: string } }): string => resource.path.toLowerCase()
const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** The first ones of each integration, in the order of the index on paths; so only as many are read as are shown. */
const firstResources = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
  limit: number,
): Promise<readonly Resource[]> => {
  const first = sql`(SELECT first.number FROM unnest(${list(integrations)}) AS place (id)
    CROSS JOIN LATERAL (SELECT number FROM ${resources} WHERE integration = place.id AND NOT is_gone
      ORDER BY path, type LIMIT ${limit}) AS first) AS first`
  const found = await queries
    .select({ resource: resources })
    .from(resources)
    .innerJoin(first, sql`first.number = ${resources.number}`)
    .orderBy(asc(resources.integration), asc(resources.path), asc(resources.type))
    .limit(limit)
  return found.map(({ resource }) => toResource(resource))
}

/** Resources of a type directly in a folder, in the order of their paths. */
export const resourcesIn = async (
  queries: Queries,
  integration: IntegrationId,
  { type, folder }: { readonly type: string; readonly folder: string },
  limit: number,
): Promise<readonly Resource[]> => {
  // As the index has it: nothing but one name, and a slash at its end, follows the folder.
  const parent = sql`regexp_replace(rtrim(${resources.path}, '/'), '[^/]*$', '')`
  const isThere = and(eq(resources.integration, integration), eq(resources.type, type), eq(resources.isGone, false))
  const found = await queries
    .select()
    .from(resources)
    .where(and(isThere, sql`${parent} = ${folder}`))
    .orderBy(asc(resources.path))
    .limit(limit)
  return found.map(toResource)
}
