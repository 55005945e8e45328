import type { Grant } from '../domain/grant.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { GrantFilter, RequestFilter, Tally } from '../domain/overview.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { atomically, type Queries } from './connection.ts'
import { and, desc, eq, gte, inArray, isNotNull, lt, sql } from './drizzle.ts'
import { loading, toLoaded } from './requests.ts'
import { accounts, cards, grants, openItems, requests } from './schema.ts'

/** Requests as an operator asks for them, the newest first. */
export const listRequests = (queries: Queries, filter: RequestFilter): readonly Loaded[] => {
  const { state, id, person, integration, limit } = filter
  const open = queries.select({ id: openItems.request }).from(openItems)
  const isWanted = and(
    ...(state === 'open' ? [inArray(requests.id, open)] : []),
    // The index of deadlines holds the pending ones alone.
    ...(state === 'pending' ? [isNotNull(requests.decideBy)] : []),
    ...(state && state !== 'open' && state !== 'pending' ? [eq(requests.state, state)] : []),
    ...(id === undefined ? [] : beginsWith(requests.id, id)),
    ...(person === undefined ? [] : [eq(requests.requester, person)]),
    ...(integration === undefined ? [] : [eq(requests.integration, integration)]),
  )
  return loading(queries).where(isWanted).orderBy(desc(requests.number)).limit(limit).all().map(toLoaded)
}

/** Grants with their requests, the newest first. */
export const listGrants = (queries: Queries, filter: GrantFilter): readonly Loaded[] => {
  const { state, id, person, integration, limit } = filter
  const isWanted = and(
    isNotNull(grants.id),
    ...(state !== undefined && state !== 'ended' ? [isNotNull(grants.dueAt)] : []),
    ...(state !== undefined && state !== 'live' ? [eq(grants.state, state)] : []),
    ...(id === undefined ? [] : beginsWith(grants.id, id)),
    ...(person === undefined ? [] : [eq(requests.requester, person)]),
    ...(integration === undefined ? [] : [eq(grants.integration, integration)]),
  )
  return loading(queries).where(isWanted).orderBy(desc(requests.number)).limit(limit).all().map(toLoaded)
}

type IdColumn = typeof requests.id | typeof grants.id

/** A range, so that the index on ids finds it. */
const beginsWith = (column: IdColumn, beginning: string) => [
  gte(sql`${column}`, beginning),
  lt(sql`${column}`, `${beginning}\u{10ffff}`),
]

/** Counts of what is open: by indexes that hold nothing else. */
export const tally = (queries: Queries, overdueBefore: Timestamp): Tally => ({
  pending: queries.all<Tally['pending'][number]>(sql`
    SELECT integration, count(*) AS count FROM requests WHERE decide_by IS NOT NULL GROUP BY integration`),
  grants: queries.all<GrantRow>(owed(overdueBefore)).map(({ oldestOwed, ...row }) => ({
    ...row,
    ...(oldestOwed !== null && { oldestOwed }),
  })),
  cards: queries
    .select({ platform: cards.platform, count: sql<number>`count(*)` })
    .from(cards)
    .where(lt(cards.rendered, cards.wanted))
    .groupBy(cards.platform)
    .all(),
})

type GrantRow = {
  readonly integration: IntegrationId
  readonly state: Grant['state']
  readonly count: number
  readonly overdue: number
  readonly oldestOwed: Timestamp | null
}

/** An end is owed from the moment that somebody asked for it, or from the access's own end if that came first. */
const owed = (overdueBefore: Timestamp) => sql`
  SELECT integration, state, count(*) AS count, sum(coalesce(owed < ${overdueBefore}, 0)) AS overdue, min(owed) AS "oldestOwed"
  FROM (
    SELECT integration, state,
      CASE state WHEN 'revoking' THEN min(since, coalesce(expires_at, since)) WHEN 'active' THEN expires_at END AS owed
    FROM grants WHERE due_at IS NOT NULL
  )
  GROUP BY integration, state`

/** Only for the process that has the file: nobody else can hold a claim. */
export const releaseClaims = (queries: Queries): void =>
  atomically(queries, (within) => {
    within.update(grants).set({ claimedUntil: null }).where(isNotNull(grants.claimedUntil)).run()
    within.update(accounts).set({ claimedUntil: null }).run()
    const isOutdated = and(lt(cards.rendered, cards.wanted), isNotNull(cards.claimedUntil))
    within.update(cards).set({ claimedUntil: null }).where(isOutdated).run()
  })
