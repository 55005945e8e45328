import type { Handle } from '../../domain/connector.ts'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Taken } from '../../domain/lease-memory.ts'
import type { Seconds, Timestamp } from '../../domain/time.ts'
import type { Loaded } from '../../ports.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq, inArray, isNotNull, isNull, lte, or, sql } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { grantsById } from './requests.ts'
import { grants } from './schema.ts'
import { given, givenColumns, statement } from './statement.ts'

/** Claims due grants without a live claim, the longest overdue first, and counts the attempt. */
export const claimGrants = (
  queries: Queries,
  holder: Holder,
  integration: IntegrationId,
  now: Timestamp,
  lasting: Seconds,
  limit: number,
): Taken<Loaded> => {
  const claim = holder.claim()
  const find = (within: Queries) => dueIds(within).all({ integration, now, limit, free: holder.now() })
  if (find(queries).length === 0) return { claim, things: [] } // usually nothing is due, so no write transaction is opened
  return lightly(queries, (within) => {
    const ids = find(within).map(({ id }) => id) // again, because another process may have been faster
    const claimed = { claim, claimedUntil: holder.until(lasting), attempts: sql`${grants.attempts} + 1` }
    within.update(grants).set(claimed).where(inArray(grants.id, ids)).run()
    return { claim, things: grantsById(within, ids) }
  })
}

const isUnclaimed = or(isNull(grants.claimedUntil), lte(grants.claimedUntil, given('free')))
const dueIds = statement((queries) =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.integration, given('integration')), lte(grants.dueAt, given('now')), isUnclaimed))
    .orderBy(asc(grants.dueAt))
    .limit(given('limit'))
    .prepare(),
)

/** Outside every revision: no commit writes the names, so no commit can lose them. */
export const saveHandle = (queries: Queries, id: GrantId, handle: Handle): void => {
  const isSaved = setHandle(queries).run({ id, handle }).changes === 1
  if (!isSaved) throw new Error(`There is no grant ${id} whose names could be saved.`)
}

/** Reads and writes the names in one transaction, so that no name is lost. */
export const keepNames = (queries: Queries, id: GrantId, change: (stored: Handle | undefined) => Handle): void => {
  const row = queries.select({ handle: grants.handle }).from(grants).where(eq(grants.id, id)).get()
  saveHandle(queries, id, change(row?.handle ?? undefined))
}

const setHandle = statement((queries) =>
  queries
    .update(grants)
    .set(givenColumns(['handle']))
    .where(eq(grants.id, given('id')))
    .prepare(),
)

/** The earliest deadline, or at these integrations the earliest unclaimed grant or end of a claim. */
export const nextDue = (queries: Queries, integrations: readonly IntegrationId[]): Timestamp | undefined => {
  const wanted = JSON.stringify(integrations)
  const { next } = queries.get<{ next: Timestamp | null }>(sql`
    SELECT min(moment) AS next FROM (
      SELECT min(decide_by) AS moment FROM requests WHERE decide_by IS NOT NULL
      UNION ALL
      SELECT (
        SELECT min(due_at) FROM grants WHERE integration = value AND due_at IS NOT NULL AND claimed_until IS NULL
      ) FROM json_each(${wanted})
      UNION ALL
      SELECT min(max(due_at, claimed_until)) FROM grants
      WHERE claimed_until IS NOT NULL AND +integration IN (SELECT value FROM json_each(${wanted}))
    )`)
  return next ?? undefined
}

/** The earliest moment at which a holder must be told that the end is near. */
export const nextToTell = (queries: Queries): Timestamp | undefined =>
  earliestToTell(queries).get()?.moment ?? undefined

const earliestToTell = statement((queries) =>
  queries
    .select({ moment: sql<Timestamp | null>`min(${grants.tellAt})` })
    .from(grants)
    .where(and(isNotNull(grants.tellAt), isNull(grants.lapse)))
    .prepare(),
)
