import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import type { ResourcePage } from '../../ports.ts'
import { toResource } from '../rows/resources.ts'
import { wordsOf } from '../rows/words.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, inArray, sql } from './drizzle.ts'
import { matching, rank } from './find-resources.ts'
import { resources } from './schema.ts'

/** The resources with this complete path. */
export const resourcesAt = (queries: Queries, integration: IntegrationId, path: string): readonly Resource[] =>
  queries
    .select()
    .from(resources)
    .where(and(eq(resources.integration, integration), eq(resources.path, path), eq(resources.isGone, false)))
    .orderBy(asc(resources.type))
    .all()
    .map(toResource)

/**
 * One page of resources. The order depends on nothing but the words and the resource itself. So whoever reads on misses
 * none and sees none twice, whatever is found or gone meanwhile: a row stays when its resource is gone.
 */
export const resourcePage = (
  queries: Queries,
  integrations: readonly IntegrationId[],
  { words: typed, type, beyond, limit }: ResourcePage,
): readonly Resource[] => {
  if (integrations.length === 0) return []
  const words = wordsOf(typed)
  const isOffered = and(
    ...[inArray(resources.integration, [...integrations]), eq(resources.isGone, false)],
    ...(type === undefined ? [] : [eq(resources.type, type)]),
  )
  const order = words.length === 0 ? inOrder : [rank(words), ...inOrder]
  const key = sql.join(order, sql`, `)
  const isNext = sql`(${key}) > (SELECT ${key} FROM ${resources} WHERE ${resources.id} = ${beyond})`
  return queries
    .select()
    .from(resources)
    .where(
      and(
        words.length === 0 ? isOffered : matching(queries, words, isOffered),
        ...(beyond === undefined ? [] : [isNext]),
      ),
    )
    .orderBy(...order)
    .limit(limit)
    .all()
    .map(toResource)
}

const inOrder = [sql`${resources.integration}`, sql`${resources.path}`, sql`${resources.type}`]
