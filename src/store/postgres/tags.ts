import type { Tagged } from '../../domain/discovery.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { recordset } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, lt, sql } from './drizzle.ts'
import { resources } from './schema.ts'

/** In the words of the index. */
const isReadOneByOne = sql`tag_read_at IS NOT NULL AND NOT is_gone`

/** Resources whose tag is read separately and was not read since: unread ones first, then the oldest. */
export const staleTags = (
  queries: Queries,
  integration: IntegrationId,
  before: Timestamp,
  limit: number,
): Promise<readonly Tagged[]> =>
  queries
    .select({ id: resources.id, type: resources.type, path: resources.path })
    .from(resources)
    .where(and(eq(resources.integration, integration), isReadOneByOne, lt(resources.tagReadAt, before)))
    .orderBy(asc(resources.tagReadAt), asc(resources.number))
    .limit(limit)
    .execute()

/** If a look found a tag meanwhile, it is no longer read separately. */
export const saveTags = async (
  within: Queries,
  tags: readonly Pick<Resource, 'id' | 'ownerTag' | 'description'>[],
  now: Timestamp,
): Promise<void> => {
  const rows = tags.map(({ ownerTag: tag, ...one }) => ({ ...one, tag }))
  await within.execute(sql`
    UPDATE ${resources} AS known SET owner_tag = read.tag, description = read.description, tag_read_at = ${now}
    FROM json_to_recordset(${recordset(rows)})
      AS read (id text, tag text, description text)
    WHERE known.id = read.id AND known.tag_read_at IS NOT NULL`)
}

export const tagProgress = async (queries: Queries, integration: IntegrationId) => {
  const { rows } = await queries.execute<{ count: number; unread: number; oldest: string | null }>(sql`
    SELECT count(*)::int AS count, (count(*) FILTER (WHERE tag_read_at = 0))::int AS unread,
      min(nullif(tag_read_at, 0)) AS oldest
    FROM ${resources} WHERE integration = ${integration} AND ${isReadOneByOne}`)
  const { count = 0, unread = 0, oldest = null } = rows[0] ?? {}
  return { count, unread, ...(oldest !== null && { oldest: timestamp(Number(oldest)) }) }
}
