import type { Held } from '../../domain/account-memory.ts'
import type { Handle } from '../../domain/connector.ts'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Taken } from '../../domain/lease-memory.ts'
import { type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import type { Loaded } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, isNotNull, isNull, lte, ne, or, sql } from './drizzle.ts'
import { isHolding, keepHeld } from './held.ts'
import type { Holder } from './holder.ts'
import { loading, toLoaded } from './requests.ts'
import { grants, requests } from './schema.ts'

/** Due grants that nobody has claimed, the longest overdue first. */
const unclaimed = (queries: Queries, holder: Holder, integration: IntegrationId, now: Timestamp, limit: number) =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(
        ...[eq(grants.integration, integration), lte(grants.dueAt, now)],
        or(isNull(grants.claimedUntil), lte(grants.claimedUntil, holder.now())),
        // After a succession that may lack changes, what was being set up ends first.
        or(ne(grants.state, 'provisioning'), sql`coalesce((SELECT settled FROM latchkey.server), true)`),
      ),
    )
    .orderBy(asc(grants.dueAt))
    .limit(limit)

/** Usually nothing is due, and no transaction is needed. */
export const hasDueGrants = async (
  queries: Queries,
  holder: Holder,
  integration: IntegrationId,
  now: Timestamp,
): Promise<boolean> => (await unclaimed(queries, holder, integration, now, 1)).length > 0

/**
 * Claims due grants without a live claim, and counts the attempt. What another transaction has in hand is left to it.
 * The array keeps the limit, because the database fills it once.
 */
export const claimGrants = async (
  within: Queries,
  holder: Holder,
  integration: IntegrationId,
  now: Timestamp,
  lasting: Seconds,
  limit: number,
): Promise<Taken<Loaded>> => {
  const claim = holder.claim()
  const picked = unclaimed(within, holder, integration, now, limit).for('no key update', { skipLocked: true })
  const [, taken] = await Promise.all([
    within
      .update(grants)
      .set({ claim, claimedUntil: holder.until(lasting), attempts: sql`${grants.attempts} + 1` })
      .where(sql`${grants.id} = ANY (ARRAY${picked})`)
      .execute(),
    // After all locks are there, so that each grant is read with its request as it is now.
    loading(within)
      .where(and(isNotNull(grants.claimedUntil), eq(grants.claim, claim)))
      .orderBy(asc(grants.dueAt), asc(grants.number)),
  ])
  return { claim, things: taken.map(toLoaded) }
}

/**
 * Outside every revision: no commit writes the names, so no commit can lose them. `false` once the account is no longer
 * held.
 */
export const saveHandle = async (within: Queries, id: GrantId, handle: Handle, held?: Held): Promise<boolean> => {
  const [isHeld, saved] = await Promise.all([
    held ? keepHeld(within, held) : true,
    within
      .update(grants)
      .set({ handle })
      .where(and(eq(grants.id, id), held && isHolding(within, held))),
  ])
  if (isHeld && saved.rowCount !== 1) throw new Error(`There is no grant ${id} whose names could be saved.`)
  return isHeld
}

/** Reads and writes the names under the lock of their row, so that no name is lost. */
export const keepNames = async (
  within: Queries,
  id: GrantId,
  change: (stored: Handle | undefined) => Handle,
): Promise<void> => {
  const isMeant = eq(grants.id, id)
  const [row] = await within.select({ handle: grants.handle }).from(grants).where(isMeant).for('no key update')
  await saveHandle(within, id, change(row?.handle ?? undefined))
}

/** The earliest deadline, or at these integrations the earliest unclaimed grant or end of a claim. */
export const nextDue = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
): Promise<Timestamp | undefined> => {
  const wanted = sql`${sql.param([...integrations])}::text[]`
  const { rows } = await queries.execute<{ next: string | null }>(sql`
    SELECT least(
      (SELECT min(decide_by) FROM ${requests} WHERE decide_by IS NOT NULL),
      (SELECT min(soonest) FROM unnest(${wanted}) AS wanted (integration) CROSS JOIN LATERAL (
        SELECT min(due_at) AS soonest FROM ${grants}
        WHERE integration = wanted.integration AND due_at IS NOT NULL AND claimed_until IS NULL
      ) AS unclaimed),
      (SELECT min(greatest(due_at, claimed_until)) FROM ${grants}
        WHERE claimed_until IS NOT NULL AND integration = ANY (${wanted}))
    ) AS next`)
  const next = rows[0]?.next ?? null
  return next === null ? undefined : timestamp(Number(next))
}

/** The earliest moment at which a holder must be told that the end is near. */
export const nextToTell = async (queries: Queries): Promise<Timestamp | undefined> => {
  const untold = queries.select({ tellAt: grants.tellAt }).from(grants)
  const isUntold = and(isNotNull(grants.tellAt), isNull(grants.lapse))
  return (await untold.where(isUntold).orderBy(asc(grants.tellAt)).limit(1))[0]?.tellAt ?? undefined
}
