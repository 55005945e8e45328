import type { IntegrationId, RequestId } from '../../domain/ids.ts'
import type { GrantFilter, RequestFilter, Tally } from '../../domain/overview.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import type { Loaded } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, gte, inArray, isNotNull, lt, type SQL, sql } from './drizzle.ts'
import { loading, toLoaded } from './requests.ts'
import { cards, grants, openItems, requests } from './schema.ts'

/** Requests for an operator, newest first. */
export const listRequests = (queries: Queries, filter: RequestFilter): Promise<readonly Loaded[]> => {
  const { state } = filter
  const open = queries.select({ id: openItems.request }).from(openItems)
  const isOfState = [
    ...(state === 'open' ? [inArray(requests.id, open)] : []),
    // The index of deadlines contains only pending requests.
    ...(state === 'pending' ? [isNotNull(requests.decideBy)] : []),
    ...(state && state !== 'open' && state !== 'pending' ? [eq(requests.state, state)] : []),
  ]
  return listed(queries, filter, requests.id, isOfState)
}

/** Grants with their requests, newest first. */
export const listGrants = (queries: Queries, filter: GrantFilter): Promise<readonly Loaded[]> => {
  const { state } = filter
  const isOfState = [
    isNotNull(grants.id),
    // The index of due moments contains only live grants.
    ...(state && state !== 'ended' ? [isNotNull(grants.dueAt)] : []),
    ...(state && state !== 'live' ? [eq(grants.state, state)] : []),
  ]
  return listed(queries, filter, grants.id, isOfState)
}

const listed = async (
  queries: Queries,
  { id, person, integration, before, limit }: Omit<RequestFilter, 'state'>,
  column: IdColumn,
  isOfState: readonly SQL[],
): Promise<readonly Loaded[]> => {
  const isWanted = and(
    ...isOfState,
    ...(id === undefined ? [] : beginsWith(column, id)),
    ...(person === undefined ? [] : [eq(requests.requester, person)]),
    ...(integration === undefined ? [] : [eq(requests.integration, integration)]),
    ...(before === undefined ? [] : [lt(requests.number, numberOf(queries, before))]),
  )
  return (await loading(queries).where(isWanted).orderBy(desc(requests.number)).limit(limit)).map(toLoaded)
}

/** The row number of a request, as a part of a statement. */
const numberOf = (queries: Queries, id: RequestId) =>
  sql`${queries.select({ number: requests.number }).from(requests).where(eq(requests.id, id))}`

type IdColumn = typeof requests.id | typeof grants.id

/** A range condition, so that the index on ids is used. */
const beginsWith = (column: IdColumn, beginning: string) => [
  gte(sql`${column}`, beginning),
  lt(sql`${column}`, `${beginning}\u{10ffff}`),
]

/** Counts open things with indexes that contain nothing else. */
export const tally = async (queries: Queries, now: Timestamp, overdueBefore: Timestamp): Promise<Tally> => {
  const [pending, live, unshown, refused] = await Promise.all([
    queries
      .select({ integration: requests.integration, count })
      .from(requests)
      .where(isNotNull(requests.decideBy))
      .groupBy(requests.integration),
    owedEnds(queries, now, overdueBefore),
    queries
      .select({ platform: cards.platform, count })
      .from(cards)
      .where(lt(cards.rendered, cards.wanted))
      .groupBy(cards.platform),
    queries
      .select({
        platform: cards.platform,
        recipient: cards.recipient,
        code: troubleCode,
        since: sql<Timestamp>`min(((${cards.trouble})::json ->> 'since')::bigint)`.mapWith(moment),
        count,
      })
      .from(cards)
      .where(isNotNull(cards.trouble))
      .groupBy(cards.platform, cards.recipient, troubleCode)
      .orderBy(desc(count), asc(cards.recipient)),
  ])
  const grantsAt = live.map(({ oldestOwed, ...row }) => ({ ...row, ...(oldestOwed !== null && { oldestOwed }) }))
  return { pending, grants: grantsAt, cards: unshown, refused }
}

const count = sql<number>`count(*)::int`
const troubleCode = sql<string>`(${cards.trouble})::json ->> 'code'`
const moment = (value: unknown): Timestamp => timestamp(Number(value))

/** An end is due from its request, or from the planned end if that came first. */
const owedEnds = (queries: Queries, now: Timestamp, overdueBefore: Timestamp) => {
  const owed = sql`CASE ${grants.state}
    WHEN 'revoking' THEN least(${grants.since}, ${grants.expiresAt}) WHEN 'active' THEN ${grants.expiresAt} END`
  return queries
    .select({
      integration: sql<IntegrationId>`${grants.integration}`,
      state: grants.state,
      count,
      overdue: sql<number>`(count(*) FILTER (WHERE ${owed} < ${overdueBefore}))::int`,
      oldestOwed: sql<Timestamp | null>`min(${owed}) FILTER (WHERE ${owed} <= ${now})`.mapWith(moment),
    })
    .from(grants)
    .where(isNotNull(grants.dueAt))
    .groupBy(grants.integration, grants.state)
}
