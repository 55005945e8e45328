import type { Handle } from '../domain/catalogue.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq, inArray, isNull, lte, or, sql } from './drizzle.ts'
import { grantsById } from './requests.ts'
import { grants } from './schema.ts'

/** Takes due grants that nobody works on, the longest overdue first, and counts the attempt. */
export const claimGrants = (
  queries: Queries,
  integration: IntegrationId,
  now: Timestamp,
  until: Timestamp,
  limit: number,
): readonly Loaded[] =>
  lightly(queries, (within) => {
    const isUnclaimed = or(isNull(grants.claimedUntil), lte(grants.claimedUntil, now))
    const ids = within
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.integration, integration), lte(grants.dueAt, now), isUnclaimed))
      .orderBy(asc(grants.dueAt))
      .limit(limit)
      .all()
      .map(({ id }) => id)
    if (ids.length === 0) return []
    const claim = { claimedUntil: until, attempts: sql`${grants.attempts} + 1` }
    within.update(grants).set(claim).where(inArray(grants.id, ids)).run()
    return grantsById(within, ids)
  })

/** No part of any revision: no commit writes the names, so none can lose them. */
export const saveHandle = (queries: Queries, id: GrantId, handle: Handle): void => {
  const isSaved = queries.update(grants).set({ handle }).where(eq(grants.id, id)).run().changes === 1
  if (!isSaved) throw new Error(`There is no grant ${id} whose names could be saved.`)
}

/** The earliest deadline, unclaimed grant, or grant whose claim runs out. */
export const nextDue = (queries: Queries): Timestamp | undefined => {
  const { next } = queries.get<{ next: Timestamp | null }>(sql`
    SELECT min(moment) AS next FROM (
      SELECT min(decide_by) AS moment FROM requests WHERE decide_by IS NOT NULL
      UNION ALL
      SELECT min(due_at) FROM grants WHERE due_at IS NOT NULL AND claimed_until IS NULL
      UNION ALL
      SELECT min(max(due_at, claimed_until)) FROM grants WHERE claimed_until IS NOT NULL
    )`)
  return next ?? undefined
}
