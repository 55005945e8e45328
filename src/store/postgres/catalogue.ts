import type { Discovered, Pass } from '../../domain/discovery.ts'
import type { IntegrationId, ResourceId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Timestamp } from '../../domain/time.ts'
import { canonicalJson } from '../rows/json.ts'
import { nameOf, toResource } from '../rows/resources.ts'
import { recordset } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, type SQL, sql } from './drizzle.ts'
import { indexPaths } from './resource-texts.ts'
import { folders, resources } from './schema.ts'

type Found = Discovered & { readonly folder: number }

/** Adds or refreshes the content of a folder. New ids are time + batch + index, ascending, which spares the index. */
export const upsertResources = async (
  within: Queries,
  pass: Pass,
  now: Timestamp,
  batch: string,
  found: readonly Found[],
): Promise<void> => {
  if (found.length === 0) return
  const prefix = `${now.toString(16).padStart(12, '0')}${batch}`
  // One statement writes a row only once, and two processes write in the same order.
  const last = new Map(found.map((one) => [JSON.stringify([one.path, one.type]), one]))
  const sorted = [...last].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, one]) => one)
  const rows = sorted.map(({ permissions, ownerTag, isTagUnread, ...one }, index) => ({
    ...{ ...one, id: `${prefix}${index}`, name: nameOf(one.path), permissions: canonicalJson(permissions) },
    ...{ owner_tag: ownerTag, tag_read_at: isTagUnread ? 0 : undefined },
  }))
  await within.execute(sql`
    INSERT INTO ${resources} AS known (id, integration, type, path, name, permissions, owner_tag, obstacle, folder,
      tag_read_at, description, seen_at, is_gone)
    SELECT id, ${pass.integration}, type, path, name, permissions, owner_tag, obstacle, folder,
      tag_read_at, description, ${pass.began}, false
    FROM json_to_recordset(${recordset(rows)}) AS given (id text, type text, path text, name text,
      permissions text, owner_tag text, obstacle text, folder bigint, tag_read_at bigint, description text)
    ON CONFLICT (integration, path, type) DO UPDATE SET
      permissions = excluded.permissions, obstacle = excluded.obstacle, folder = excluded.folder,
      owner_tag = CASE WHEN excluded.tag_read_at IS NULL THEN excluded.owner_tag ELSE known.owner_tag END,
      description = CASE WHEN excluded.tag_read_at IS NULL THEN excluded.description ELSE known.description END,
      tag_read_at = CASE WHEN excluded.tag_read_at IS NULL THEN NULL ELSE coalesce(known.tag_read_at, 0) END,
      seen_at = excluded.seen_at, is_gone = false`)
  const paths = sorted.map(({ path }) => path)
  await indexPaths(within, pass.integration, paths)
}

/**
 * Hides resources in no folder of the pass, or no longer shown by their folder; they stay, because they may return. A
 * folder may have changed in an earlier incomplete pass, so all changes since the last complete pass count.
 */
export const sweepResources = async (
  within: Queries,
  { integration, began }: Pass,
  lastComplete: Timestamp,
): Promise<number> => {
  const inFolders = sql`JOIN ${folders} AS folder ON one.folder = folder.number
    WHERE folder.integration = ${integration} AND NOT one.is_gone`
  const hide = (which: SQL) => changeAll(within, sql`is_gone = true`, which)
  return (
    (await hide(sql`${inFolders} AND folder.looked < ${began}`)) +
    (await hide(sql`${inFolders} AND folder.changed > ${lastComplete} AND one.seen_at < folder.changed`)) +
    // Resources of a deleted folder.
    (await hide(sql`WHERE one.folder IS NULL AND NOT one.is_gone AND one.integration = ${integration}`))
  )
}

/** So few at once that no statement lasts long, however many resources there are. */
const atOnce = 20_000

/** Changes all chosen resources `one`; a changed one must not be chosen again. */
export const changeAll = async (within: Queries, change: SQL, which: SQL): Promise<number> => {
  for (let sum = 0; ; ) {
    const { rowCount } = await within.execute(sql`UPDATE ${resources} SET ${change}
      WHERE number = ANY (ARRAY (SELECT one.number FROM ${resources} AS one ${which} LIMIT ${atOnce}))`)
    sum += rowCount ?? 0
    if ((rowCount ?? 0) < atOnce) return sum
  }
}

export const resourceById = async (queries: Queries, id: ResourceId): Promise<Resource | undefined> => {
  const isThere = and(eq(resources.id, id), eq(resources.isGone, false))
  return (await queries.select().from(resources).where(isThere)).map(toResource)[0]
}

/** Needs only the first entry of an index, however many there are. */
export const hasResources = async (queries: Queries, integration: IntegrationId): Promise<boolean> => {
  const isThere = and(eq(resources.integration, integration), eq(resources.isGone, false))
  const first = queries.select({ path: resources.path }).from(resources).where(isThere)
  return (await first.orderBy(asc(resources.path)).limit(1)).length > 0
}
