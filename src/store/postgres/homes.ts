import type { Identity, NewCard } from '../../domain/card.ts'
import type { HomeOutcome, StaleHome } from '../../domain/home-memory.ts'
import type { PersonId } from '../../domain/ids.ts'
import type { Platform } from '../../domain/platform.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, gte, integer, lt, lte, primaryKey, sql, table, text } from './drizzle.ts'

export const homes = table(
  'homes',
  {
    platform: text().$type<Platform>().notNull(),
    tenant: text().notNull(),
    subject: text().notNull(),
    openedAt: moment().notNull(),
    wanted: integer().notNull(),
    rendered: integer().notNull(),
    retryAt: moment().notNull(),
  },
  (of) => [primaryKey({ columns: [of.platform, of.tenant, of.subject] })],
)

export const welcomed = table('welcomed', {
  person: text().$type<PersonId>().primaryKey(),
  at: moment().notNull(),
})

export const openHome = async (
  within: Queries,
  of: Identity,
  now: Timestamp,
  forgetBefore: Timestamp,
): Promise<void> => {
  await within.delete(homes).where(lt(homes.openedAt, forgetBefore))
  const { platform, tenant, subject } = of
  await within
    .insert(homes)
    .values({ platform, tenant, subject, openedAt: now, wanted: 1, rendered: 0, retryAt: timestamp(0) })
    .onConflictDoUpdate({
      target: [homes.platform, homes.tenant, homes.subject],
      set: { openedAt: now, wanted: sql`${homes.wanted} + 1`, retryAt: timestamp(0) },
    })
}

export const staleHomes = async (
  queries: Queries,
  platform: Platform,
  openedSince: Timestamp,
  now: Timestamp,
  limit: number,
): Promise<readonly StaleHome[]> => {
  const due = await queries
    .select({ platform: homes.platform, tenant: homes.tenant, subject: homes.subject, wanted: homes.wanted })
    .from(homes)
    .where(and(isStale(platform, openedSince), lte(homes.retryAt, now)))
    .orderBy(asc(homes.retryAt))
    .limit(limit)
  return due.map(({ wanted, ...identity }) => ({ identity, wanted }))
}

export const nextHome = async (
  queries: Queries,
  platform: Platform,
  openedSince: Timestamp,
): Promise<Timestamp | undefined> => {
  const soonest = queries.select({ at: homes.retryAt }).from(homes).where(isStale(platform, openedSince))
  return (await soonest.orderBy(asc(homes.retryAt)).limit(1))[0]?.at
}

const isStale = (platform: Platform, openedSince: Timestamp) =>
  and(eq(homes.platform, platform), lt(homes.rendered, homes.wanted), gte(homes.openedAt, openedSince))

/** A later change keeps the home stale, and so does an older picture that arrived after a newer one. */
export const recordHome = async (within: Queries, of: Identity, outcome: HomeOutcome): Promise<void> => {
  const isIt = and(eq(homes.platform, of.platform), eq(homes.tenant, of.tenant), eq(homes.subject, of.subject))
  if (outcome.kind === 'gone') await within.delete(homes).where(isIt)
  else if (outcome.kind === 'failed') await within.update(homes).set({ retryAt: outcome.retryAt }).where(isIt)
  else {
    const rendered = sql`least(${homes.wanted}, ${outcome.wanted}::bigint)`
    await within
      .update(homes)
      .set({ rendered, retryAt: timestamp(0) })
      .where(isIt)
  }
}

/** Most turns are of people who were welcomed long ago, and skip the transaction. */
export const isWelcomed = async (queries: Queries, person: PersonId): Promise<boolean> =>
  (await queries.select().from(welcomed).where(eq(welcomed.person, person))).length > 0

/** A second process waits for the first one's row, and then adds nothing. */
export const welcome = async (
  within: Queries,
  person: PersonId,
  now: Timestamp,
  cards: readonly NewCard[],
): Promise<boolean> => {
  const noted = await within.insert(welcomed).values({ person, at: now }).onConflictDoNothing()
  const isFirst = noted.rowCount === 1
  if (isFirst) await insertCards(within, cards)
  return isFirst
}
