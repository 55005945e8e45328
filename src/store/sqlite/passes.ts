import type { Away, DiscoveryProgress, Folder, Pass, PassOpening, Unseen } from '../../domain/discovery.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { toProgress } from '../rows/passes.ts'
import { sweepResources, tidyTextIndex } from './catalogue.ts'
import { lightly, type Queries } from './connection.ts'
import { and, eq, isNull, sql } from './drizzle.ts'
import { passes } from './schema.ts'
import { tagProgress } from './tags.ts'

/**
 * Resumes the interrupted pass, or begins a new one. Either way its roots remain to be listed, unless they already
 * were.
 */
export const openPass = (queries: Queries, integration: IntegrationId, opening: PassOpening): Pass =>
  lightly(queries, (within) => {
    const { now, since, roots } = opening
    const ownerKey = opening.ownerKey ?? ''
    const last = within.select().from(passes).where(eq(passes.integration, integration)).get()
    const isGoneOnWith = last && last.endedAt === null && last.touchedAt >= since && last.ownerKey === ownerKey
    const began = isGoneOnWith ? last.began : timestamp(Math.max(now, (last?.began ?? 0) + 1))
    const pass = { integration, began }
    if (!isGoneOnWith) {
      const fresh = { began, touchedAt: now, endedAt: null, ownerKey, done: 0, known: 0, resources: 0 }
      const expected = sql<number>`(SELECT count(*) FROM folders WHERE integration = ${integration})`
      within
        .insert(passes)
        .values({ integration, ...fresh, expected, completed: timestamp(0), away: [] })
        .onConflictDoUpdate({ target: passes.integration, set: { ...fresh, expected } })
        .run()
      if (last && last.ownerKey !== ownerKey) forgetTags(within, integration)
    }
    touch(within, pass, now, { known: putAhead(within, pass, roots), done: 0, resources: 0 })
    return pass
  })

/** Tags under another key say nothing about the owners. */
const forgetTags = (queries: Queries, integration: IntegrationId): void => {
  queries.run(sql`UPDATE resources SET owner_tag = NULL, tag_read_at = 0
    WHERE integration = ${integration} AND tag_read_at IS NOT NULL`)
}

/** The unlisted folders of the pass, in the order of their first discovery. */
export const foldersAhead = (queries: Queries, { integration, began }: Pass, limit: number): readonly Folder[] =>
  queries
    .all<{ folder: Folder }>(
      sql`SELECT folder FROM folders WHERE integration = ${integration} AND wanted = ${began} AND looked < wanted
        ORDER BY number LIMIT ${limit}`,
    )
    .map(({ folder }) => folder)

/** Ends the pass. Hides what it did not see, unless it left out a folder. Deletes folders that no longer exist. */
export const closePass = (queries: Queries, pass: Pass, now: Timestamp, unseen?: Unseen): number | undefined =>
  lightly(queries, (within) => {
    const { integration, began } = pass
    const isOurs = and(eq(passes.integration, integration), eq(passes.began, began), isNull(passes.endedAt))
    const row = within.select().from(passes).where(isOurs).get()
    if (!row) return undefined
    if (unseen) letStay(within, pass, unseen)
    const isComplete = foldersAhead(within, pass, 1).length === 0
    const completed = isComplete && { completed: began, completedAt: now }
    within
      .update(passes)
      .set({ endedAt: now, touchedAt: now, ...completed })
      .where(isOurs)
      .run()
    if (!isComplete) return undefined
    const gone = sweepResources(within, pass, row.completed)
    tidyTextIndex(within)
    within.run(sql`DELETE FROM folders WHERE integration = ${integration} AND looked < ${began}`)
    return gone
  })

/** Folders of unseen places count as listed, with their earlier content. */
const letStay = (queries: Queries, { integration, began }: Pass, { places, folders }: Unseen): void => {
  const mark = sql`UPDATE folders SET wanted = ${began}, looked = ${began} WHERE integration = ${integration} AND looked < ${began}`
  queries.run(sql`${mark} AND folder IN (SELECT value FROM json_each(${JSON.stringify(folders)}))`)
  for (const place of places) {
    const end = `${place.slice(0, -1)}0` // a place ends in a slash, and 0 is the next character
    queries.run(sql`${mark} AND number IN (SELECT folder FROM resources
      WHERE integration = ${integration} AND path >= ${place} AND path < ${end} AND is_gone = 0)`)
  }
}

export const awayAt = (queries: Queries, integration: IntegrationId): readonly Away[] =>
  queries.select({ away: passes.away }).from(passes).where(eq(passes.integration, integration)).get()?.away ?? []

export const saveAway = (queries: Queries, integration: IntegrationId, away: readonly Away[]): void => {
  queries.update(passes).set({ away }).where(eq(passes.integration, integration)).run()
}

export const discoveryProgress = (queries: Queries, integration: IntegrationId): DiscoveryProgress | undefined => {
  const row = queries.select().from(passes).where(eq(passes.integration, integration)).get()
  return row && toProgress(row, tagProgress(queries, integration))
}

/** Returns the number of folders that were not yet known as remaining. */
export const putAhead = (queries: Queries, { integration, began }: Pass, list: readonly Folder[]): number => {
  if (list.length === 0) return 0
  const { changes } = queries.run(sql`
    INSERT INTO folders (integration, folder, wanted) SELECT ${integration}, value, ${began}
    FROM json_each(${JSON.stringify(list)}) WHERE true
    ON CONFLICT (integration, folder) DO UPDATE SET wanted = excluded.wanted WHERE wanted < excluded.wanted`)
  return changes
}

/** Counts work on the pass. */
export const touch = (
  queries: Queries,
  { integration, began }: Pass,
  now: Timestamp,
  more: { known: number; done: number; resources: number },
): void => {
  queries
    .update(passes)
    .set({
      touchedAt: now,
      done: sql`${passes.done} + ${more.done}`,
      known: sql`${passes.known} + ${more.known}`,
      resources: sql`${passes.resources} + ${more.resources}`,
    })
    .where(and(eq(passes.integration, integration), eq(passes.began, began)))
    .run()
}
