import type { SQL } from 'drizzle-orm'
import type { Seconds } from '../../domain/time.ts'
import { moment } from './columns.ts'
import { atomically, isBusy, lightly, type Queries } from './connection.ts'
import { and, eq, isNotNull, lt, lte, ne, sql, sqliteTable, text } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { accounts, cards, grants } from './schema.ts'

/** Live processes. */
export const holders = sqliteTable('holders', { id: text().primaryKey(), until: moment().notNull() })
export const leases = sqliteTable('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  until: moment().notNull(),
})

/** Records that this process is alive, and releases the claims of dead ones, unless it was late itself. */
export const stayAlive = (queries: Queries, { id, now, until }: Holder, lasting: Seconds): number =>
  lightly(queries, (within) => {
    const own = within.select().from(holders).where(eq(holders.id, id)).get()
    const alive = { until: until(lasting) }
    within
      .insert(holders)
      .values({ id, ...alive })
      .onConflictDoUpdate({ target: holders.id, set: alive })
      .run()
    const isLate = and(lte(holders.until, now()), ne(holders.id, id))
    if (!own) return 0
    if (own.until <= now()) {
      within.update(holders).set(alive).where(isLate).run()
      return 0
    }
    const late = within.select({ id: holders.id }).from(holders).where(isLate).all()
    for (const each of late) bury(within, each.id)
    return late.length
  })

/** One conditional write, so that only one process gets the lease. */
export const lease = (queries: Queries, { id, now, until }: Holder, name: string, lasting: Seconds): boolean =>
  lightly(queries, (within) => {
    const taken = { holder: id, until: until(lasting) }
    const isFree = sql`${leases.holder} = ${id} OR ${leases.until} <= ${now()}`
    const insert = within.insert(leases).values({ name, ...taken })
    return insert.onConflictDoUpdate({ target: leases.name, set: taken, setWhere: isFree }).run().changes === 1
  })

export const endLease = (queries: Queries, { id }: Holder, name: string): void => {
  const isOurs = and(eq(leases.name, name), eq(leases.holder, id))
  lightly(queries, (within) => within.delete(leases).where(isOurs).run())
}

/** Releases all claims of one process at once. */
export const releaseClaims = (queries: Queries, { id }: Pick<Holder, 'id'>): void =>
  atomically(queries, (within) => release(within, id))

/** Records that this process ends. If another process holds the lock, its claims run out by themselves. */
export const leave = (queries: Queries, { id }: Holder): void => {
  try {
    lightly(queries, (within) => bury(within, id))
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

/** Only for the sole holder of the file: every other process is dead. */
export const releaseAll = (queries: Queries): void =>
  atomically(queries, (within) => {
    release(within)
    within.delete(holders).run()
  })

const bury = (queries: Queries, id: string): void => {
  release(queries, id)
  queries.delete(holders).where(eq(holders.id, id)).run()
}

/** Of one process, or of all. */
const release = (queries: Queries, id?: string): void => {
  const none = { claim: null, claimedUntil: null }
  const isTheirs = (claim: Column): SQL | undefined =>
    id === undefined ? isNotNull(claim) : sql`substr(${claim}, 1, ${id.length + 1}) = ${`${id}.`}`
  const isOutdated = lt(cards.rendered, cards.wanted)
  queries
    .update(grants)
    .set(none)
    .where(and(isNotNull(grants.claimedUntil), isTheirs(grants.claim)))
    .run()
  queries.update(accounts).set(none).where(isTheirs(accounts.claim)).run()
  queries
    .update(cards)
    .set(none)
    .where(and(isOutdated, isTheirs(cards.claim)))
    .run()
  queries
    .delete(leases)
    .where(id === undefined ? undefined : eq(leases.holder, id))
    .run()
}

type Column = typeof grants.claim | typeof accounts.claim | typeof cards.claim
