import type { Discovered, Pass } from '../../domain/discovery.ts'
import type { IntegrationId, ResourceId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Timestamp } from '../../domain/time.ts'
import { canonicalJson } from '../rows/json.ts'
import { nameOf, toResource } from '../rows/resources.ts'
import type { Queries } from './connection.ts'
import { and, eq, sql } from './drizzle.ts'
import { resources } from './schema.ts'
import { given, statement } from './statement.ts'

/**
 * Adds or refreshes the content of a folder; a trigger updates the text index. New ids are time + batch + index,
 * ascending. Random ids would each rewrite another index page (measured: half of all writing).
 */
export const upsertResources = (
  queries: Queries,
  pass: Pass,
  now: Timestamp,
  batch: string,
  found: readonly (Discovered & { readonly folder: number })[],
): void => {
  if (found.length === 0) return
  const prefix = `${now.toString(16).padStart(12, '0')}${batch}`
  const permissions = new Map<readonly string[], string>()
  const rows = found.map((one, index) => {
    const json = permissions.get(one.permissions) ?? canonicalJson(one.permissions)
    permissions.set(one.permissions, json)
    const { folder, type, path, ownerTag, description, obstacle, isTagUnread } = one
    const read = isTagUnread ? 0 : null
    return [`${prefix}${index}`, type, path, nameOf(path), json, ownerTag, obstacle, folder, read, description]
  })
  queries.run(sql`
    INSERT INTO resources
      (id, integration, type, path, name, permissions, owner_tag, obstacle, folder, tag_read_at, description, seen_at, is_gone)
    SELECT value ->> 0, ${pass.integration}, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
      value ->> 7, value ->> 8, value ->> 9, ${pass.began}, 0
    FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (integration, path, type) DO UPDATE SET
      permissions = excluded.permissions, obstacle = excluded.obstacle, folder = excluded.folder,
      owner_tag = CASE WHEN excluded.tag_read_at IS NULL THEN excluded.owner_tag ELSE owner_tag END,
      description = CASE WHEN excluded.tag_read_at IS NULL THEN excluded.description ELSE description END,
      tag_read_at = CASE WHEN excluded.tag_read_at IS NULL THEN NULL ELSE coalesce(tag_read_at, 0) END,
      seen_at = excluded.seen_at, is_gone = 0`)
}

/**
 * Hides resources in no folder of the pass, or no longer shown by their folder; they stay, because they may return. A
 * folder may have changed in an earlier incomplete pass, so all changes since the last complete pass count.
 */
export const sweepResources = (queries: Queries, { integration, began }: Pass, lastComplete: Timestamp): number => {
  const inFolders = sql`UPDATE resources SET is_gone = 1 FROM folders
    WHERE folders.integration = ${integration} AND resources.folder = folders.number AND is_gone = 0`
  return [
    sql`${inFolders} AND looked < ${began}`,
    sql`${inFolders} AND changed > ${lastComplete} AND seen_at < changed`,
    // Resources from before there were folders, or of a deleted folder.
    sql`UPDATE resources SET is_gone = 1 WHERE folder IS NULL AND is_gone = 0 AND +integration = ${integration}`,
  ].reduce((sum, statement) => sum + queries.run(statement).changes, 0)
}

/** Merges pieces of the text index that passes left, for a few milliseconds. */
export const tidyTextIndex = (queries: Queries): void => {
  queries.run(sql`INSERT INTO resource_parts (resource_parts, rank) VALUES ('merge', 200)`)
  queries.run(sql`INSERT INTO resource_words (resource_words, rank) VALUES ('merge', 200)`)
}

export const resourceById = (queries: Queries, id: ResourceId): Resource | undefined => {
  const row = queries
    .select()
    .from(resources)
    .where(and(eq(resources.id, id), eq(resources.isGone, false)))
    .get()
  return row && toResource(row)
}

/** Needs only the first entry of an index, however many there are. */
export const hasResources = (queries: Queries, integration: IntegrationId): boolean =>
  anyResource(queries).get({ integration }) !== undefined

const anyResource = statement((queries) =>
  queries
    .select({ number: resources.number })
    .from(resources)
    .where(and(eq(resources.integration, given('integration')), eq(resources.isGone, false)))
    .limit(1)
    .prepare(),
)
