import type { SQL } from 'drizzle-orm'
import type { Grant } from '../../domain/grant.ts'
import type { IntegrationId, RequestId } from '../../domain/ids.ts'
import type { GrantFilter, RequestFilter, Tally } from '../../domain/overview.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { Loaded } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, gte, inArray, isNotNull, lt, sql } from './drizzle.ts'
import { loading, toLoaded } from './requests.ts'
import { cards, grants, openItems, requests } from './schema.ts'

/** Requests for an operator, newest first. */
export const listRequests = (queries: Queries, filter: RequestFilter): readonly Loaded[] => {
  const { state } = filter
  const open = queries.select({ id: openItems.request }).from(openItems)
  const isOfState = [
    ...(state === 'open' ? [inArray(requests.id, open)] : []),
    // The index of deadlines contains only pending requests.
    ...(state === 'pending'
      ? [sql`${requests.number} IN (SELECT number FROM requests WHERE decide_by IS NOT NULL)`]
      : []),
    ...(state && state !== 'open' && state !== 'pending' ? [eq(requests.state, state)] : []),
  ]
  return listed(queries, filter, requests.id, isOfState)
}

/** Grants with their requests, newest first. */
export const listGrants = (queries: Queries, filter: GrantFilter): readonly Loaded[] => {
  const { state } = filter
  const isOfState = [
    isNotNull(grants.id),
    // The index of due moments contains only live grants.
    ...(state && state !== 'ended'
      ? [sql`${requests.id} IN (SELECT request FROM grants WHERE due_at IS NOT NULL)`]
      : []),
    ...(state && state !== 'live' ? [eq(grants.state, state)] : []),
  ]
  return listed(queries, filter, grants.id, isOfState)
}

const listed = (
  queries: Queries,
  { id, person, integration, before, limit }: Omit<RequestFilter, 'state'>,
  column: IdColumn,
  isOfState: readonly SQL[],
): readonly Loaded[] => {
  const isWanted = and(
    ...isOfState,
    ...(id === undefined ? [] : beginsWith(column, id)),
    ...(person === undefined ? [] : [eq(requests.requester, person)]),
    ...(integration === undefined ? [] : [eq(requests.integration, integration)]),
    ...(before === undefined ? [] : [lt(requests.number, numberOf(queries, before))]),
  )
  return loading(queries).where(isWanted).orderBy(desc(requests.number)).limit(limit).all().map(toLoaded)
}

/** The row number of a request, as a part of a statement. */
const numberOf = (queries: Queries, id: RequestId) =>
  sql`(${queries.select({ number: requests.number }).from(requests).where(eq(requests.id, id))})`

type IdColumn = typeof requests.id | typeof grants.id

/** A range condition, so that the index on ids is used. */
const beginsWith = (column: IdColumn, beginning: string) => [
  gte(sql`${column}`, beginning),
  lt(sql`${column}`, `${beginning}\u{10ffff}`),
]

/** Counts open things with indexes that contain nothing else. */
export const tally = (queries: Queries, now: Timestamp, overdueBefore: Timestamp): Tally => ({
  // The plus keeps SQLite from walking every request by its integration.
  pending: queries.all<Tally['pending'][number]>(sql`
    SELECT integration, count(*) AS count FROM requests WHERE decide_by IS NOT NULL GROUP BY +integration`),
  grants: queries.all<GrantRow>(owedEnds(now, overdueBefore)).map(({ oldestOwed, ...row }) => ({
    ...row,
    ...(oldestOwed !== null && { oldestOwed }),
  })),
  cards: queries
    .select({ platform: cards.platform, count: sql<number>`count(*)` })
    .from(cards)
    .where(lt(cards.rendered, cards.wanted))
    .groupBy(cards.platform)
    .all(),
  refused: queries
    .select({
      platform: cards.platform,
      recipient: cards.recipient,
      code: sql<string>`trouble ->> 'code'`,
      since: sql<Timestamp>`min(trouble ->> 'since')`,
      count: sql<number>`count(*)`,
    })
    .from(cards)
    .where(isNotNull(cards.trouble))
    .groupBy(cards.platform, cards.recipient, sql`trouble ->> 'code'`)
    .orderBy(desc(sql`count(*)`), asc(cards.recipient))
    .all(),
})

type GrantRow = {
  readonly integration: IntegrationId
  readonly state: Grant['state']
  readonly count: number
  readonly overdue: number
  readonly oldestOwed: Timestamp | null
}

/** An end is due from its request, or from the planned end if that came first. */
const owedEnds = (now: Timestamp, overdueBefore: Timestamp) => sql`
  SELECT integration, state, count(*) AS count,
    sum(coalesce(owed < ${overdueBefore}, 0)) AS overdue,
    min(CASE WHEN owed <= ${now} THEN owed END) AS "oldestOwed"
  FROM (
    SELECT integration, state,
      CASE state WHEN 'revoking' THEN min(since, coalesce(expires_at, since)) WHEN 'active' THEN expires_at END AS owed
    FROM grants WHERE due_at IS NOT NULL
  )
  GROUP BY integration, state`
