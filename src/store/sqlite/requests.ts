import type { AccessRequest, Decision } from '../../domain/access-request.ts'
import type { GrantId, IntegrationId, PersonId, RequestId, ResourceId } from '../../domain/ids.ts'
import type { Party } from '../../domain/integration.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { AskingFilter, Loaded } from '../../ports.ts'
import { toGrant } from '../rows/grants.ts'
import * as json from '../rows/json.ts'
import { toRequest } from '../rows/requests.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, sql } from './drizzle.ts'
import { askedOwners, decisions, grants, openItems, requests } from './schema.ts'
import { given, statement } from './statement.ts'
import type { whileUnchanged } from './while-unchanged.ts'

const gathered = sql<readonly Decision[]>`(
  SELECT json_group_array(
    json_object(
      'by', approver, 'verdict', verdict, 'note', note, 'duration', duration, 'at', at, 'part', json(part)
    ) ORDER BY position
  )
  FROM ${decisions} WHERE request = ${requests.id}
)`.mapWith((stored: string) => json.decisions.parse(JSON.parse(stored)))

/** Requests with their grants, before any condition. */
export const loading = (queries: Queries) =>
  queries
    .select({ request: requests, decisions: gathered, grant: grants })
    .from(requests)
    .leftJoin(grants, eq(grants.request, requests.id))

const byId = statement((queries) =>
  loading(queries)
    .where(eq(requests.id, given('id')))
    .prepare(),
)
const byDraft = statement((queries) =>
  loading(queries)
    .where(eq(requests.draft, given('draft')))
    .prepare(),
)
const byGrant = statement((queries) =>
  loading(queries)
    .where(eq(grants.id, given('id')))
    .prepare(),
)
/** A grant is due at its end at the latest, so the index of due moments finds it. */
const overdueAt = statement((queries) => {
  const isOver = and(eq(grants.state, 'active'), lte(grants.expiresAt, given('now')))
  const hasLapsed = sql`json_extract(${grants.lapse}, '$.endsAt') <= ${given('now')}`
  return loading(queries)
    .where(and(eq(grants.integration, given('integration')), lte(grants.dueAt, given('now')), or(isOver, hasLapsed)))
    .orderBy(asc(grants.expiresAt), asc(grants.number))
    .prepare()
})
const toTell = statement((queries) =>
  loading(queries)
    .where(and(lte(grants.tellAt, given('now')), isNull(grants.lapse)))
    .orderBy(asc(grants.tellAt))
    .prepare(),
)
const undecided = statement((queries) =>
  loading(queries)
    .where(lte(requests.decideBy, given('now')))
    .orderBy(asc(requests.decideBy))
    .prepare(),
)

const newestOf = statement((queries) =>
  loading(queries)
    .where(and(eq(requests.requester, given('person')), eq(requests.isOpen, given('isOpen'))))
    .orderBy(desc(requests.submittedAt), desc(requests.number))
    .limit(given('limit'))
    .prepare(),
)
const openOn = statement((queries) => {
  const wanted = sql`(SELECT value FROM json_each(${given('resources')}))`
  const naming = queries.select({ id: openItems.request }).from(openItems).where(inArray(openItems.resource, wanted))
  return loading(queries).where(inArray(requests.id, naming)).orderBy(asc(requests.number)).prepare()
})
const extending = statement((queries) =>
  loading(queries)
    .where(eq(requests.extends, given('grant')))
    .orderBy(asc(requests.number))
    .prepare(),
)

/** For SQLite a negative limit is none. */
const unlimited = -1

type Row = ReturnType<ReturnType<typeof loading>['all']>[number]

/** Reads requests; each answer is the state at one moment. */
export const requestQueries = (queries: Queries) => ({
  request: (id: RequestId): Loaded | undefined => one(byId(queries).all({ id })),

  requestByDraft: (draft: string): Loaded | undefined => one(byDraft(queries).all({ draft })),

  requestOfGrant: (id: GrantId): Loaded | undefined => one(byGrant(queries).all({ id })),

  extensionsOf: (grant: GrantId): readonly Loaded[] => extending(queries).all({ grant }).map(toLoaded),

  requestsOf: (person: PersonId, limit: number): readonly Loaded[] => {
    const open = newestOf(queries).all({ person, isOpen: 1, limit: unlimited })
    const others = newestOf(queries).all({ person, isOpen: 0, limit: Math.max(0, limit - open.length) })
    return [...open, ...others].map(toLoaded)
  },

  requestsFor: (...resources: readonly ResourceId[]): readonly Loaded[] =>
    openOn(queries)
      .all({ resources: JSON.stringify(resources) })
      .map(toLoaded),

  requestsAsking: (
    parties: readonly Party[],
    { besides, after: now, skip, limit, beyond }: AskingFilter,
  ): readonly Loaded[] => {
    const asking = queries
      .select({ id: askedOwners.request })
      .from(askedOwners)
      .where(inArray(askedOwners.party, parties))
    return loading(queries)
      .where(
        and(
          ...[inArray(requests.id, asking), ne(requests.requester, besides), gt(requests.decideBy, now)],
          ...(beyond ? [follows(beyond)] : []),
        ),
      )
      .orderBy(asc(requests.decideBy), asc(requests.number))
      .limit(limit)
      .offset(skip)
      .all()
      .map(toLoaded)
  },

  liveAt: (integration: IntegrationId): readonly Loaded[] =>
    loading(queries)
      .where(and(eq(grants.integration, integration), ne(grants.state, 'ended'), isNotNull(grants.dueAt)))
      .all()
      .map(toLoaded),

  overdue: (integration: IntegrationId, now: Timestamp): readonly Loaded[] =>
    overdueAt(queries).all({ integration, now }).map(toLoaded),

  unexplained: (integration: IntegrationId, code: string): readonly GrantId[] =>
    queries
      .select({ id: grants.id })
      .from(grants)
      .where(
        and(
          eq(grants.integration, integration),
          isNotNull(grants.dueAt),
          or(ne(grants.state, 'active'), grants.withdraw, grants.narrow),
          sql`${grants.trouble} ->> 'code' IS NOT ${code}`,
        ),
      )
      .all()
      .map(({ id }) => id),

  toTell: (now: Timestamp): readonly Loaded[] => toTell(queries).all({ now }).map(toLoaded),

  pendingPast: (now: Timestamp): readonly AccessRequest[] =>
    undecided(queries)
      .all({ now })
      .map((row) => toLoaded(row).request),
})

const follows = ({ decideBy, request }: NonNullable<AskingFilter['beyond']>) =>
  sql`(${requests.decideBy}, ${requests.number}) > (${decideBy}, (SELECT number FROM requests WHERE id = ${request}))`

/** The same, where the reads for a card are kept while no row changes: many may look at one card in the same moment. */
export const keptRequests = (queries: Queries, keep: ReturnType<typeof whileUnchanged>['keep']) => {
  const reads = requestQueries(queries)
  const { request, requestsOf, requestsFor } = reads
  return { ...reads, request: keep(request), requestsOf: keep(requestsOf), requestsFor: keep(requestsFor) }
}

/** Grants by their ids, in due order. */
export const grantsById = (queries: Queries, ids: readonly GrantId[]): readonly Loaded[] =>
  loading(queries).where(inArray(grants.id, ids)).orderBy(asc(grants.dueAt), asc(grants.number)).all().map(toLoaded)

const one = ([row]: readonly Row[]): Loaded | undefined => row && toLoaded(row)

export const toLoaded = ({ request, decisions, grant }: Row): Loaded => ({
  request: toRequest(request, decisions),
  ...(grant && { grant: toGrant(grant) }),
})
