import type { Tagged } from '../../domain/discovery.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Timestamp } from '../../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq, lt, sql } from './drizzle.ts'
import { resources } from './schema.ts'

// Written out, because with a parameter SQLite would not use the index of these rows.
const isReadOneByOne = sql`tag_read_at IS NOT NULL AND is_gone = 0`

/** Resources whose tag is read separately and was not read since: unread ones first, then the oldest. */
export const staleTags = (
  queries: Queries,
  integration: IntegrationId,
  before: Timestamp,
  limit: number,
): readonly Tagged[] =>
  queries
    .select({ id: resources.id, type: resources.type, path: resources.path })
    .from(resources)
    .where(and(eq(resources.integration, integration), isReadOneByOne, lt(resources.tagReadAt, before)))
    .orderBy(asc(resources.tagReadAt))
    .limit(limit)
    .all()

export const saveTags = (
  queries: Queries,
  tags: readonly Pick<Resource, 'id' | 'ownerTag' | 'description'>[],
  now: Timestamp,
): void => {
  const list = JSON.stringify(tags.map(({ id, ownerTag, description }) => [id, ownerTag, description]))
  lightly(queries, (within) =>
    // If a look found the tag meanwhile, it is no longer read separately.
    within.run(sql`UPDATE resources SET owner_tag = value ->> 1, description = value ->> 2, tag_read_at = ${now}
      FROM json_each(${list}) WHERE resources.id = value ->> 0 AND tag_read_at IS NOT NULL`),
  )
}

export const tagProgress = (queries: Queries, integration: IntegrationId) => {
  const row = queries.get<{ count: number; unread: number; oldest: Timestamp | null }>(sql`
    SELECT count(*) AS count, coalesce(sum(tag_read_at = 0), 0) AS unread, min(nullif(tag_read_at, 0)) AS oldest
    FROM resources WHERE integration = ${integration} AND ${isReadOneByOne}`)
  const { count = 0, unread = 0, oldest = null } = row ?? {}
  return { count, unread, ...(oldest !== null && { oldest }) }
}
