import type { Resource } from '../domain/catalogue.ts'
import { type IntegrationId, type ResourceId, resourceId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Discovered } from '../ports.ts'
import { atomically, type Queries } from './connection.ts'
import { and, eq, lt, sql } from './drizzle.ts'
import { resources } from './schema.ts'

/** Adds or refreshes what a discovery found; the text index follows by trigger. */
export const saveResources = (
  queries: Queries,
  newId: () => string,
  integration: IntegrationId,
  found: readonly Discovered[],
  pass: Timestamp,
): void =>
  atomically(queries, (within) => {
    const seen = {
      permissions: sql`excluded.permissions`,
      ownerTag: sql`excluded.owner_tag`,
      obstacle: sql`excluded.obstacle`,
      seenAt: sql`excluded.seen_at`,
      isGone: false,
    }
    const save = within
      .insert(resources)
      .values({
        id: sql.placeholder('id'),
        integration,
        type: sql.placeholder('type'),
        path: sql.placeholder('path'),
        name: sql.placeholder('name'),
        permissions: sql.placeholder('permissions'),
        ownerTag: sql.placeholder('ownerTag'),
        obstacle: sql.placeholder('obstacle'),
        seenAt: pass,
        isGone: false,
      })
      .onConflictDoUpdate({ target: [resources.integration, resources.path, resources.type], set: seen })
      .prepare()
    for (const { type, path, permissions, ownerTag = null, obstacle = null } of found) {
      save.run({ id: newId(), type, path, name: nameOf(path), permissions, ownerTag, obstacle })
    }
  })

/** What a complete pass did not see is hidden, but kept: should it come back, it is the same resource. */
export const sweepResources = (queries: Queries, integration: IntegrationId, pass: Timestamp): number =>
  queries
    .update(resources)
    .set({ isGone: true })
    .where(and(eq(resources.integration, integration), lt(resources.seenAt, pass), eq(resources.isGone, false)))
    .run().changes

export const resourceById = (queries: Queries, id: ResourceId): Resource | undefined => {
  const row = queries
    .select()
    .from(resources)
    .where(and(eq(resources.id, id), eq(resources.isGone, false)))
    .get()
  return row && toResource(row)
}

export const toResource = (row: typeof resources.$inferSelect): Resource => ({
  id: resourceId(row.id),
  integration: row.integration,
  type: row.type,
  path: row.path,
  permissions: row.permissions,
  ...(row.ownerTag !== null && { ownerTag: row.ownerTag }),
  ...(row.obstacle !== null && { obstacle: row.obstacle }),
  seenAt: row.seenAt,
})

/** The last part of a path, as people remember it. */
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase()
