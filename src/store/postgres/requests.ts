import type { AccessRequest, Decision } from '../../domain/access-request.ts'
import type { GrantId, IntegrationId, PersonId, RequestId, ResourceId } from '../../domain/ids.ts'
import type { Party } from '../../domain/integration.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { AskingFilter, Loaded } from '../../ports.ts'
import { toGrant } from '../rows/grants.ts'
import * as json from '../rows/json.ts'
import { toRequest } from '../rows/requests.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, type SQL, sql } from './drizzle.ts'
import { askedOwners, decisions, grants, openItems, requests } from './schema.ts'

const gathered = sql<readonly Decision[]>`(
  SELECT coalesce(
    json_agg(
      json_build_object(
        'by', approver, 'verdict', verdict, 'note', note, 'duration', duration, 'at', at, 'part', part::json
      ) ORDER BY position
    ),
    '[]'
  )::text
  FROM ${decisions} WHERE request = ${requests.id}
)`.mapWith((stored: string) => json.decisions.parse(JSON.parse(stored)))

/** Requests with their grants, before any condition. Request, decisions and grant are of one moment. */
export const loading = (queries: Queries) =>
  queries
    .select({ request: requests, decisions: gathered, grant: grants })
    .from(requests)
    .leftJoin(grants, eq(grants.request, requests.id))

type Row = Awaited<ReturnType<typeof loading>>[number]

/** Reads requests; each answer is the state at one moment. */
export const requestQueries = (queries: Queries) => ({
  request: (id: RequestId): Promise<Loaded | undefined> => first(queries, eq(requests.id, id)),

  requestByDraft: (draft: string): Promise<Loaded | undefined> => first(queries, eq(requests.draft, draft)),

  requestOfGrant: (id: GrantId): Promise<Loaded | undefined> => first(queries, eq(grants.id, id)),

  extensionsOf: async (grant: GrantId): Promise<readonly Loaded[]> =>
    (await loading(queries).where(eq(requests.extends, grant)).orderBy(asc(requests.number))).map(toLoaded),

  requestsOf: async (person: PersonId, limit: number): Promise<readonly Loaded[]> => {
    const closed = queries
      .select({ number: requests.number })
      .from(requests)
      .where(and(eq(requests.requester, person), eq(requests.isOpen, false)))
      .orderBy(...newestFirst)
      .limit(limit)
    const isShown = or(requests.isOpen, sql`${requests.number} = ANY (ARRAY${closed})`)
    const found = await loading(queries)
      .where(and(eq(requests.requester, person), isShown))
      .orderBy(desc(requests.isOpen), ...newestFirst)
    const open = found.filter(({ request }) => request.isOpen).length
    return found.slice(0, Math.max(open, limit)).map(toLoaded)
  },

  requestsFor: async (...resources: readonly ResourceId[]): Promise<readonly Loaded[]> => {
    const naming = queries
      .select({ id: openItems.request })
      .from(openItems)
      .where(inArray(openItems.resource, [...resources]))
    return (await loading(queries).where(inArray(requests.id, naming)).orderBy(asc(requests.number))).map(toLoaded)
  },

  requestsAsking: async (
    parties: readonly Party[],
    { besides, after: now, skip, limit, beyond }: AskingFilter,
  ): Promise<readonly Loaded[]> => {
    const asking = queries
      .select({ id: askedOwners.request })
      .from(askedOwners)
      .where(inArray(askedOwners.party, [...parties]))
    const isAsked = and(
      ...[inArray(requests.id, asking), ne(requests.requester, besides), gt(requests.decideBy, now)],
      ...(beyond ? [follows(beyond)] : []),
    )
    const found = loading(queries).where(isAsked).orderBy(asc(requests.decideBy), asc(requests.number))
    return (await found.limit(limit).offset(skip)).map(toLoaded)
  },

  liveAt: async (integration: IntegrationId): Promise<readonly Loaded[]> =>
    (
      await loading(queries).where(
        and(eq(grants.integration, integration), ne(grants.state, 'ended'), isNotNull(grants.dueAt)),
      )
    ).map(toLoaded),

  /** A grant is due at its end at the latest, so the index of due moments finds it. */
  overdue: async (integration: IntegrationId, now: Timestamp): Promise<readonly Loaded[]> => {
    const isOver = and(eq(grants.state, 'active'), lte(grants.expiresAt, now))
    const hasLapsed = sql`((${grants.lapse})::json ->> 'endsAt')::bigint <= ${now}`
    const found = await loading(queries)
      .where(and(eq(grants.integration, integration), lte(grants.dueAt, now), or(isOver, hasLapsed)))
      .orderBy(sql`${grants.expiresAt} NULLS FIRST`, asc(grants.number))
    return found.map(toLoaded)
  },

  unexplained: async (integration: IntegrationId, code: string): Promise<readonly GrantId[]> => {
    const isOwed = or(ne(grants.state, 'active'), grants.withdraw, grants.narrow)
    const isOther = sql`(${grants.trouble})::json ->> 'code' IS DISTINCT FROM ${code}`
    const found = await queries
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.integration, integration), isNotNull(grants.dueAt), isOwed, isOther))
    return found.map(({ id }) => id)
  },

  toTell: async (now: Timestamp): Promise<readonly Loaded[]> =>
    (
      await loading(queries)
        .where(and(lte(grants.tellAt, now), isNull(grants.lapse)))
        .orderBy(asc(grants.tellAt))
    ).map(toLoaded),

  pendingPast: async (now: Timestamp): Promise<readonly AccessRequest[]> =>
    (await loading(queries).where(lte(requests.decideBy, now)).orderBy(asc(requests.decideBy))).map(
      (row) => toLoaded(row).request,
    ),
})

const newestFirst = [desc(requests.submittedAt), desc(requests.number)]

const follows = ({ decideBy, request }: NonNullable<AskingFilter['beyond']>) =>
  sql`(${requests.decideBy}, ${requests.number}) > (${decideBy}, (
    SELECT shown.number FROM ${requests} AS shown WHERE shown.id = ${request}
  ))`

const first = async (queries: Queries, isMeant: SQL): Promise<Loaded | undefined> => {
  const [row] = await loading(queries).where(isMeant)
  return row && toLoaded(row)
}

export const toLoaded = ({ request, decisions, grant }: Row): Loaded => ({
  request: toRequest(request, decisions),
  ...(grant && { grant: toGrant(grant) }),
})
