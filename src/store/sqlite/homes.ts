import type { Identity, NewCard } from '../../domain/card.ts'
import type { HomeOutcome, StaleHome } from '../../domain/home-memory.ts'
import type { PersonId } from '../../domain/ids.ts'
import type { Platform } from '../../domain/platform.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { insertCards } from './cards.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, gte, integer, lt, lte, primaryKey, sql, sqliteTable, text } from './drizzle.ts'
import { given, statement } from './statement.ts'

export const homes = sqliteTable(
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
  (table) => [primaryKey({ columns: [table.platform, table.tenant, table.subject] })],
)

export const welcomed = sqliteTable('welcomed', {
  person: text().$type<PersonId>().primaryKey(),
  at: moment().notNull(),
})

export const openHome = (queries: Queries, of: Identity, now: Timestamp, forgetBefore: Timestamp): void => {
  queries.delete(homes).where(lt(homes.openedAt, forgetBefore)).run()
  const { platform, tenant, subject } = of
  queries
    .insert(homes)
    .values({ platform, tenant, subject, openedAt: now, wanted: 1, rendered: 0, retryAt: timestamp(0) })
    .onConflictDoUpdate({
      target: [homes.platform, homes.tenant, homes.subject],
      set: { openedAt: now, wanted: sql`${homes.wanted} + 1`, retryAt: timestamp(0) },
    })
    .run()
}

export const staleHomes = (
  queries: Queries,
  platform: Platform,
  openedSince: Timestamp,
  now: Timestamp,
  limit: number,
): readonly StaleHome[] =>
  due(queries)
    .all({ platform, openedSince, now, limit })
    .map(({ wanted, ...identity }) => ({ identity, wanted }))

// Written out, so that the index on homes that are out of date serves.
const isStale = sql`rendered < wanted`

const due = statement((queries) =>
  queries
    .select({ platform: homes.platform, tenant: homes.tenant, subject: homes.subject, wanted: homes.wanted })
    .from(homes)
    .where(
      and(
        eq(homes.platform, given('platform')),
        isStale,
        lte(homes.retryAt, given('now')),
        gte(homes.openedAt, given('openedSince')),
      ),
    )
    .orderBy(asc(homes.retryAt))
    .limit(given('limit'))
    .prepare(),
)

export const nextHome = (queries: Queries, platform: Platform, openedSince: Timestamp): Timestamp | undefined =>
  soonest(queries).get({ platform, openedSince })?.at

const soonest = statement((queries) =>
  queries
    .select({ at: homes.retryAt })
    .from(homes)
    .where(and(eq(homes.platform, given('platform')), isStale, gte(homes.openedAt, given('openedSince'))))
    .orderBy(asc(homes.retryAt))
    .limit(1)
    .prepare(),
)

/** A later change keeps the home stale, and so does an older picture that arrived after a newer one. */
export const recordHome = (queries: Queries, of: Identity, outcome: HomeOutcome): void => {
  const isIt = and(eq(homes.platform, of.platform), eq(homes.tenant, of.tenant), eq(homes.subject, of.subject))
  if (outcome.kind === 'gone') queries.delete(homes).where(isIt).run()
  else if (outcome.kind === 'failed') queries.update(homes).set({ retryAt: outcome.retryAt }).where(isIt).run()
  else {
    const rendered = sql`min(${homes.wanted}, ${outcome.wanted})`
    queries
      .update(homes)
      .set({ rendered, retryAt: timestamp(0) })
      .where(isIt)
      .run()
  }
}

/** Most turns are of people who were welcomed long ago, and skip the transaction. */
export const isWelcomed = (queries: Queries, person: PersonId): boolean => known(queries).get({ person }) !== undefined

const known = statement((queries) =>
  queries
    .select({ person: welcomed.person })
    .from(welcomed)
    .where(eq(welcomed.person, given('person')))
    .prepare(),
)

export const welcome = (queries: Queries, person: PersonId, now: Timestamp, cards: readonly NewCard[]): boolean => {
  const isFirst = queries.insert(welcomed).values({ person, at: now }).onConflictDoNothing().run().changes > 0
  if (isFirst) insertCards(queries, cards)
  return isFirst
}
