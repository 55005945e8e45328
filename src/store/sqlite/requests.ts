import type { AccessRequest, Decision } from '../../domain/access-request.ts'
import type { Grant } from '../../domain/grant.ts'
import type { GrantId, IntegrationId, PersonId, RequestId, ResourceId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { Loaded } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, inArray, isNotNull, lte, ne, or, sql } from './drizzle.ts'
import * as json from './json.ts'
import { decisions, grants, openItems, requests } from './schema.ts'
import { given, statement } from './statement.ts'

const gathered = sql<readonly Decision[]>`(
  SELECT json_group_array(json_object('by', approver, 'verdict', verdict, 'note', note, 'at', at) ORDER BY position)
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

type Row = ReturnType<ReturnType<typeof loading>['all']>[number]

/** Reads requests; each answer is as the database was at one moment. */
export const requestQueries = (queries: Queries) => ({
  request: (id: RequestId): Loaded | undefined => one(byId(queries).all({ id })),

  requestByDraft: (draft: string): Loaded | undefined => one(byDraft(queries).all({ draft })),

  requestOfGrant: (id: GrantId): Loaded | undefined => one(byGrant(queries).all({ id })),

  requestsOf: (person: PersonId, limit: number): readonly Loaded[] => {
    const newest = (isOpen: boolean) =>
      loading(queries)
        .where(and(eq(requests.requester, person), eq(requests.isOpen, isOpen)))
        .orderBy(desc(requests.submittedAt), desc(requests.number))
    const open = newest(true).all()
    const others = newest(false).limit(Math.max(0, limit - open.length))
    return [...open, ...others.all()].map(toLoaded)
  },

  requestsFor: (resource: ResourceId): readonly Loaded[] => {
    const naming = queries.select({ id: openItems.request }).from(openItems).where(eq(openItems.resource, resource))
    return loading(queries).where(inArray(requests.id, naming)).orderBy(asc(requests.number)).all().map(toLoaded)
  },

  liveAt: (integration: IntegrationId): readonly Loaded[] =>
    loading(queries)
      .where(and(eq(grants.integration, integration), ne(grants.state, 'ended'), isNotNull(grants.dueAt)))
      .all()
      .map(toLoaded),

  /** What is to end is due then at the latest, so the index on that finds them. */
  overdue: (integration: IntegrationId, now: Timestamp): readonly Loaded[] =>
    loading(queries)
      .where(
        and(
          eq(grants.integration, integration),
          lte(grants.dueAt, now),
          or(
            and(eq(grants.state, 'active'), lte(grants.expiresAt, now)),
            sql`json_extract(${grants.lapse}, '$.endsAt') <= ${now}`,
          ),
        ),
      )
      .orderBy(asc(grants.expiresAt), asc(grants.number))
      .all()
      .map(toLoaded),

  unexplained: (integration: IntegrationId, code: string): readonly GrantId[] =>
    queries
      .select({ id: grants.id })
      .from(grants)
      .where(
        and(
          eq(grants.integration, integration),
          isNotNull(grants.dueAt),
          or(ne(grants.state, 'active'), grants.withdraw),
          sql`${grants.trouble} ->> 'code' IS NOT ${code}`,
        ),
      )
      .all()
      .map(({ id }) => id),

  pendingPast: (now: Timestamp): readonly AccessRequest[] =>
    loading(queries)
      .where(lte(requests.decideBy, now))
      .orderBy(asc(requests.decideBy))
      .all()
      .map((row) => toLoaded(row).request),
})

/** By their ids, in the order in which they are due. */
export const grantsById = (queries: Queries, ids: readonly GrantId[]): readonly Loaded[] =>
  loading(queries).where(inArray(grants.id, ids)).orderBy(asc(grants.dueAt), asc(grants.number)).all().map(toLoaded)

const one = ([row]: readonly Row[]): Loaded | undefined => row && toLoaded(row)

export const toLoaded = ({ request, decisions, grant }: Row): Loaded => ({
  request: toRequest(request, decisions),
  ...(grant && { grant: toGrant(grant) }),
})

const toRequest = (row: Row['request'], decided: readonly Decision[]): AccessRequest => {
  const { id, draft, requester, integration, items, reason, duration, plan, requirements, submittedAt, revision } = row
  const kept = { id, draft, requester, integration, items, reason, duration, plan, requirements, submittedAt, revision }
  const basics = { ...kept, decisions: decided }
  const at = () => present(row.decidedAt)
  switch (row.state) {
    case 'pending':
      return { ...basics, state: row.state, decideBy: present(row.decideBy) }
    case 'denied':
      return { ...basics, state: row.state, at: at(), by: present(row.deniedBy), note: present(row.denialNote) }
    case 'cancelled':
      return { ...basics, state: row.state, at: at(), ...(row.because && { because: row.because }) }
    case 'approved':
    case 'expired':
      return { ...basics, state: row.state, at: at() }
    default:
      return row.state satisfies never
  }
}

const toGrant = (row: NonNullable<Row['grant']>): Grant => {
  const { id, request, person, integration, items, duration, plan, attempts } = row
  const basics = {
    ...{ id, request, person, integration, items, duration, plan, attempts },
    ...(row.handle && { handle: row.handle }),
    ...(row.dueAt !== null && { dueAt: row.dueAt }),
    ...(row.trouble && { trouble: row.trouble }),
    ...(row.lapse && { lapse: row.lapse }),
  }
  const by = row.by === null ? {} : { by: row.by }
  switch (row.state) {
    case 'provisioning':
      return { ...basics, state: row.state }
    case 'active':
      return {
        ...{ ...basics, state: row.state, since: present(row.since), expiresAt: present(row.expiresAt) },
        ...(row.withdraw && { withdraw: true }),
      }
    case 'revoking': {
      const expiry = row.expiresAt === null ? {} : { expiresAt: row.expiresAt }
      return { ...basics, ...expiry, ...by, state: row.state, because: present(row.because), since: present(row.since) }
    }
    case 'ended': {
      const proof = row.proof === null ? {} : { proof: row.proof }
      return { ...basics, ...by, ...proof, state: row.state, because: present(row.because), at: present(row.endedAt) }
    }
    default:
      return row.state satisfies never
  }
}

/** What the table's checks promise for this state. */
const present = <T>(value: T | null): T => {
  if (value === null) throw new Error('The database holds a row whose state lacks a column.')
  return value
}
