import type { Seconds } from '../../domain/time.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, eq, inArray, isNotNull, lt, lte, ne, type SQL, sql, table, text } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { accounts, cards, grants } from './schema.ts'

/** Live processes. */
export const holders = table('holders', { id: text().primaryKey(), until: moment().notNull() })
export const leases = table('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  until: moment().notNull(),
})

/**
 * Records that this process is alive, and releases the claims of dead ones. A process that was late itself buries nobody:
 * where the database was away, the others could not say either that they live, so they get another life.
 */
export const stayAlive = async (within: Queries, { id, now, until }: Holder, lasting: Seconds): Promise<number> => {
  const [own] = await within
    .select({ isInTime: sql<boolean>`${holders.until} > ${now()}` })
    .from(holders)
    .where(eq(holders.id, id))
  const alive = { until: until(lasting) }
  await within
    .insert(holders)
    .values({ id, ...alive })
    .onConflictDoUpdate({ target: holders.id, set: alive })
  if (!own) return 0
  // Several processes may find the same late one; one of them has to do with it.
  const late = await within
    .select({ id: holders.id })
    .from(holders)
    .where(and(lte(holders.until, now()), ne(holders.id, id)))
    .for('update', { skipLocked: true })
  const ids = late.map((each) => each.id)
  if (!own.isInTime) {
    await within.update(holders).set(alive).where(inArray(holders.id, ids))
    return 0
  }
  for (const each of ids) await bury(within, each)
  return ids.length
}

/** One conditional write, so that only one process gets the lease. */
export const lease = async (
  within: Queries,
  { id, now, until }: Holder,
  name: string,
  lasting: Seconds,
): Promise<boolean> => {
  const taken = { holder: id, until: until(lasting) }
  const setWhere = sql`${eq(leases.holder, id)} OR ${lte(leases.until, now())}`
  const insert = within.insert(leases).values({ name, ...taken })
  return (await insert.onConflictDoUpdate({ target: leases.name, set: taken, setWhere })).rowCount === 1
}

export const endLease = async (within: Queries, { id }: Holder, name: string): Promise<void> => {
  await within.delete(leases).where(and(eq(leases.name, name), eq(leases.holder, id)))
}

/** Releases all claims of one process at once, and forgets it. */
export const bury = async (within: Queries, id: string): Promise<void> => {
  await releaseClaims(within, id)
  await within.delete(holders).where(eq(holders.id, id))
}

/** Releases all claims of one process at once. An account is locked before its grants, as by every other verb. */
export const releaseClaims = async (within: Queries, id: string): Promise<void> => {
  const none = { claim: null, claimedUntil: null }
  const isTheirs = (claim: Column): SQL => sql`starts_with(${claim}, ${`${id}.`})`
  await within.update(accounts).set(none).where(isTheirs(accounts.claim))
  await within
    .update(grants)
    .set(none)
    .where(and(isNotNull(grants.claimedUntil), isTheirs(grants.claim)))
  const isOutdated = lt(cards.rendered, cards.wanted)
  await within
    .update(cards)
    .set(none)
    .where(and(isOutdated, isTheirs(cards.claim)))
  await within.delete(leases).where(eq(leases.holder, id))
}

type Column = typeof grants.claim | typeof accounts.claim | typeof cards.claim
