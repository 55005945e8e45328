import type { PersonId } from '../../domain/ids.ts'
import type { AuditFilter, StoreReader } from '../../ports.ts'
import { origin, toAuditRow } from '../audit-chain.ts'
import { eachVerb } from '../each-verb.ts'
import { anywhere } from '../rows/search-text.ts'
import { auditOf, auditRows, head, walkAudit } from './audit.ts'
import { cardsOf } from './cards.ts'
import { type Connection, type Queries, throwWithoutValues } from './connection.ts'
import { findConversation } from './conversations.ts'
import { and, asc, desc, eq, exists, gt, gte, inArray, isNotNull, lt, lte, or, sql } from './drizzle.ts'
import { wasNamed } from './named-people.ts'
import { listGrants, listRequests } from './overview.ts'
import { gapsAfter, receiptsOf, watchOf } from './receipts.ts'
import { loading, requestQueries, toLoaded } from './requests.ts'
import { rotationsOf } from './rotations.ts'
import { audit, grants, instance, requests, resources } from './schema.ts'
import { resourceTexts } from './schema-texts.ts'

/** Reads beside the servers; it writes nothing. */
export const readerOver = (connection: Pick<Connection, 'queries' | 'close'>): StoreReader =>
  eachVerb(verbsOver(connection), (work) => work().catch(throwWithoutValues))

const verbsOver = ({ queries, close }: Pick<Connection, 'queries' | 'close'>): Pick<StoreReader, keyof StoreReader> => {
  const rows = (filter: AuditFilter, after: number) =>
    auditRows(queries).where(and(gt(audit.sequence, after), ...conditions(queries, filter)))
  const rowAt = async (sequence: number) => (await auditRows(queries).where(eq(audit.sequence, sequence)))[0]
  const requestsBy = requestQueries(queries)
  return {
    instance: async () => (await queries.select().from(instance))[0]?.id,
    request: (id) => requestsBy.request(id),
    requestOfGrant: (id) => requestsBy.requestOfGrant(id),
    requests: (filter) => listRequests(queries, filter),
    grants: (filter) => listGrants(queries, filter),
    cardsOf: (request) => cardsOf(queries, request),
    conversation: (of) => findConversation(queries, of),
    receiptsOf: (grant) => receiptsOf(queries, grant),
    rotationsOf: (grant) => rotationsOf(queries, grant),
    auditWatch: (integration) => watchOf(queries, integration),
    auditGaps: (integration, from) => gapsAfter(queries, integration, from),
    auditHead: () => head(queries),
    wasNamed: (person) => wasNamed(queries, person),
    rowsAfter: async (sequence, filter, limit) =>
      (await rows(filter, sequence).orderBy(asc(audit.sequence)).limit(limit)).map(toAuditRow),
    latestRows: async (filter, limit) =>
      (await rows(filter, 0).orderBy(desc(audit.sequence)).limit(limit)).reverse().map(toAuditRow),
    row: async (sequence) => {
      const found = await rowAt(sequence)
      return found && { row: toAuditRow(found), previous: (await rowAt(sequence - 1))?.hash ?? origin }
    },
    verify: (known, onProgress) => walkAudit(queries, known, onProgress),
    auditOf: (request) => auditOf(queries, request),
    holdings: async (resource) => {
      const isHeld = and(isNotNull(grants.id), exists(namesResource(resource)))
      return (await loading(queries).where(isHeld).orderBy(asc(requests.number))).map(toLoaded)
    },
    ownerTags: (integration) =>
      queries
        .select({
          tag: sql<string>`${resources.ownerTag}`,
          resources: sql<number>`count(*)::int`,
          path: sql<string>`min(${resources.path})`,
        })
        .from(resources)
        .where(and(eq(resources.integration, integration), eq(resources.isGone, false), isNotNull(resources.ownerTag)))
        .groupBy(resources.ownerTag)
        .orderBy(sql`min(${resources.path})`)
        .execute(),
    pathsLike: async (text, limit) => {
      const found = await queries
        .selectDistinct({ path: resources.path })
        .from(resourceTexts)
        .innerJoin(resources, eq(resources.number, resourceTexts.number))
        .where(sql`${resourceTexts.text} LIKE ${anywhere(text)}`)
        .orderBy(asc(resources.path))
        .limit(limit)
      return found.map(({ path }) => path)
    },
    close,
  }
}

const namesResource = (resource: string) =>
  sql`(SELECT FROM json_array_elements((${grants.items})::json) AS item
    WHERE item ->> 'path' = ${resource} OR item ->> 'resource' = ${resource})`

const conditions = (queries: Queries, filter: AuditFilter) => {
  const { since, until, kinds, person, request, grant, integration } = filter
  const begins = (column: typeof audit.request | typeof audit.grant, beginning: string) => [
    gte(sql`${column}`, beginning),
    lt(sql`${column}`, `${beginning}\u{10ffff}`),
  ]
  return [
    ...(since === undefined ? [] : [gte(audit.at, since)]),
    ...(until === undefined ? [] : [lte(audit.at, until)]),
    ...(kinds === undefined ? [] : [inArray(audit.kind, [...kinds])]),
    ...(integration === undefined ? [] : [eq(audit.integration, integration)]),
    ...(request === undefined ? [] : begins(audit.request, request)),
    ...(grant === undefined ? [] : begins(audit.grant, grant)),
    ...(person === undefined ? [] : [concerns(queries, person)]),
  ]
}

const concerns = (queries: Queries, person: PersonId) =>
  or(
    sql`(${audit.actor})::json ->> 'id' = ${person}`,
    inArray(audit.request, queries.select({ id: requests.id }).from(requests).where(eq(requests.requester, person))),
  )
