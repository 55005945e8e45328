import type { Away, DiscoveryProgress, Folder, Pass, PassOpening, Unseen } from '../../domain/discovery.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { toProgress } from '../rows/passes.ts'
import { changeAll, sweepResources } from './catalogue.ts'
import type { Queries } from './connection.ts'
import { and, eq, isNull, list as many, sql } from './drizzle.ts'
import { lock } from './locks.ts'
import { folders, passes, resources } from './schema.ts'
import { tagProgress } from './tags.ts'

/** Whoever changes passes of an integration is alone; an older process may still work on one that another took over. */
export const lockPass = (within: Queries, integration: IntegrationId): Promise<void> =>
  lock(within, 'pass', integration)

/**
 * Resumes the interrupted pass, or begins a new one. Either way its roots remain to be listed, unless they already
 * were.
 */
export const openPass = async (within: Queries, integration: IntegrationId, opening: PassOpening): Promise<Pass> => {
  const { now, since, roots } = opening
  const ownerKey = opening.ownerKey ?? ''
  const [, last] = await Promise.all([lockPass(within, integration), passAt(within, integration)])
  const isGoneOnWith = last && last.endedAt === null && last.touchedAt >= since && last.ownerKey === ownerKey
  const began = isGoneOnWith ? last.began : timestamp(Math.max(now, (last?.began ?? 0) + 1))
  const pass = { integration, began }
  if (!isGoneOnWith) {
    const fresh = { began, touchedAt: now, endedAt: null, ownerKey, done: 0, known: 0, resources: 0 }
    const expected = sql<number>`(SELECT count(*) FROM ${folders} WHERE integration = ${integration})`
    await within
      .insert(passes)
      .values({ integration, ...fresh, expected, completed: timestamp(0), away: [] })
      .onConflictDoUpdate({ target: passes.integration, set: { ...fresh, expected } })
    if (last && last.ownerKey !== ownerKey) await forgetTags(within, integration)
  }
  await touch(within, pass, now, { known: await putAhead(within, pass, roots), done: 0, resources: 0 })
  return pass
}

const passAt = async (queries: Queries, integration: IntegrationId) =>
  (await queries.select().from(passes).where(eq(passes.integration, integration)))[0]

/** Tags under another key say nothing about the owners. */
const forgetTags = (within: Queries, integration: IntegrationId): Promise<number> => {
  const isRead = sql`one.tag_read_at IS NOT NULL AND (one.tag_read_at > 0 OR one.owner_tag IS NOT NULL)`
  const change = sql`owner_tag = NULL, tag_read_at = 0`
  return changeAll(within, change, sql`WHERE one.integration = ${integration} AND ${isRead}`)
}

/** The unlisted folders of the pass, in the order of their first discovery. */
export const foldersAhead = async (
  queries: Queries,
  { integration, began }: Pass,
  limit: number,
): Promise<readonly Folder[]> => {
  const { rows } = await queries.execute<{ folder: Folder }>(
    sql`SELECT folder FROM ${folders} WHERE integration = ${integration} AND wanted = ${began} AND looked < wanted
      ORDER BY number LIMIT ${limit}`,
  )
  return rows.map(({ folder }) => folder)
}

/** Ends the pass. Hides what it did not see, unless it left out a folder. Deletes folders that no longer exist. */
export const closePass = async (
  within: Queries,
  pass: Pass,
  now: Timestamp,
  unseen?: Unseen,
): Promise<number | undefined> => {
  const { integration, began } = pass
  const isOurs = and(eq(passes.integration, integration), eq(passes.began, began), isNull(passes.endedAt))
  const [, [row]] = await Promise.all([lockPass(within, integration), within.select().from(passes).where(isOurs)])
  if (!row) return undefined
  if (unseen) await letStay(within, pass, unseen)
  const isComplete = (await foldersAhead(within, pass, 1)).length === 0
  const completed = isComplete && { completed: began, completedAt: now }
  await within
    .update(passes)
    .set({ endedAt: now, touchedAt: now, ...completed })
    .where(isOurs)
  if (!isComplete) return undefined
  const gone = await sweepResources(within, pass, row.completed)
  await within.execute(sql`DELETE FROM ${folders} WHERE integration = ${integration} AND looked < ${began}`)
  return gone
}

/** Folders of unseen places count as listed, with their earlier content. */
const letStay = async (
  within: Queries,
  { integration, began }: Pass,
  { places, folders: left }: Unseen,
): Promise<void> => {
  const mark = sql`UPDATE ${folders} SET wanted = ${began}, looked = ${began}
    WHERE integration = ${integration} AND looked < ${began}`
  await within.execute(sql`${mark} AND folder = ANY (${many(left)})`)
  for (const place of places) {
    const end = `${place.slice(0, -1)}0` // a place ends in a slash, and 0 is the next character
    await within.execute(sql`${mark} AND number IN (SELECT folder FROM ${resources}
      WHERE integration = ${integration} AND path >= ${place} AND path < ${end} AND NOT is_gone)`)
  }
}

export const awayAt = async (queries: Queries, integration: IntegrationId): Promise<readonly Away[]> =>
  (await passAt(queries, integration))?.away ?? []

export const saveAway = async (within: Queries, integration: IntegrationId, away: readonly Away[]): Promise<void> => {
  await within.update(passes).set({ away }).where(eq(passes.integration, integration))
}

export const discoveryProgress = async (
  queries: Queries,
  integration: IntegrationId,
): Promise<DiscoveryProgress | undefined> => {
  const row = await passAt(queries, integration)
  return row && toProgress(row, await tagProgress(queries, integration))
}

/** Returns the number of folders that were not yet known as remaining. */
export const putAhead = async (
  within: Queries,
  { integration, began }: Pass,
  ahead: readonly Folder[],
): Promise<number> => {
  if (ahead.length === 0) return 0
  const { rowCount } = await within.execute(sql`
    INSERT INTO ${folders} AS known (integration, folder, wanted)
    SELECT ${integration}, folder, ${began}
    FROM unnest(${many([...new Set(ahead)])}) WITH ORDINALITY AS given (folder, position) ORDER BY position
    ON CONFLICT (integration, folder) DO UPDATE SET wanted = excluded.wanted WHERE known.wanted < excluded.wanted`)
  return rowCount ?? 0
}

/** Counts work on the pass. */
export const touch = async (
  within: Queries,
  { integration, began }: Pass,
  now: Timestamp,
  more: { known: number; done: number; resources: number },
): Promise<void> => {
  await within
    .update(passes)
    .set({
      touchedAt: now,
      done: sql`${passes.done} + ${more.done}`,
      known: sql`${passes.known} + ${more.known}`,
      resources: sql`${passes.resources} + ${more.resources}`,
    })
    .where(and(eq(passes.integration, integration), eq(passes.began, began)))
}
