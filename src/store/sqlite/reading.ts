import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { PersonId } from '../../domain/ids.ts'
import { type AuditFilter, type StoreReader, UnreadableDatabase } from '../../ports.ts'
import { origin, toAuditRow } from '../audit-chain.ts'
import { auditOf, auditRows, head, walkAudit } from './audit.ts'
import { cardsOf } from './cards.ts'
import { type Queries, withDrizzle } from './connection.ts'
import { findConversation } from './conversations.ts'
import { and, asc, desc, eq, exists, gt, gte, inArray, isNotNull, lt, lte, or, sql } from './drizzle.ts'
import { wasNamed } from './named-people.ts'
import { listGrants, listRequests } from './overview.ts'
import { gapsAfter, receiptsOf, watchOf } from './receipts.ts'
import { loading, requestQueries, toLoaded } from './requests.ts'
import { rotationsOf } from './rotations.ts'
import { audit, grants, instance, requests, resources } from './schema.ts'

/** Opens a database for reading, even while the server runs. */
export const readSqlite = (file: string): StoreReader => {
  const connection = openReadOnly(file)
  const queries = withDrizzle(connection)
  const rows = (filter: AuditFilter, after: number) =>
    auditRows(queries).where(and(gt(audit.sequence, after), ...conditions(queries, filter)))
  const rowAt = (sequence: number) => auditRows(queries).where(eq(audit.sequence, sequence)).get()
  const requestsBy = requestQueries(queries)
  return {
    instance: async () => queries.select().from(instance).get()?.id,
    request: async (id) => requestsBy.request(id),
    requestOfGrant: async (id) => requestsBy.requestOfGrant(id),
    requests: async (filter) => listRequests(queries, filter),
    grants: async (filter) => listGrants(queries, filter),
    cardsOf: async (request) => cardsOf(queries, request),
    conversation: async (of) => findConversation(queries, of),
    receiptsOf: async (grant) => receiptsOf(queries, grant),
    rotationsOf: async (grant) => rotationsOf(queries, grant),
    auditWatch: async (integration) => watchOf(queries, integration),
    auditGaps: async (integration, from) => gapsAfter(queries, integration, from),
    auditHead: async () => head(queries),
    wasNamed: async (person) => wasNamed(queries, person),
    rowsAfter: async (sequence, filter, limit) =>
      rows(filter, sequence).orderBy(asc(audit.sequence)).limit(limit).all().map(toAuditRow),
    latestRows: async (filter, limit) =>
      rows(filter, 0).orderBy(desc(audit.sequence)).limit(limit).all().reverse().map(toAuditRow),
    row: async (sequence) => {
      const found = rowAt(sequence)
      return found && { row: toAuditRow(found), previous: rowAt(sequence - 1)?.hash ?? origin }
    },
    verify: (known, onProgress) => walkAudit(queries, known, onProgress),
    auditOf: async (request) => auditOf(queries, request),
    holdings: async (resource) =>
      loading(queries)
        .where(and(isNotNull(grants.id), exists(namesResource(resource))))
        .orderBy(asc(requests.number))
        .all()
        .map(toLoaded),
    ownerTags: async (integration) =>
      queries
        .select({
          tag: sql<string>`${resources.ownerTag}`,
          resources: sql<number>`count(*)`,
          path: sql<string>`min(${resources.path})`,
        })
        .from(resources)
        .where(and(eq(resources.integration, integration), eq(resources.isGone, false), isNotNull(resources.ownerTag)))
        .groupBy(resources.ownerTag)
        .orderBy(sql`min(${resources.path})`)
        .all(),
    pathsLike: async (text, limit) =>
      queries
        .selectDistinct({ path: resources.path })
        .from(resources)
        .where(sql`instr(lower(${resources.path}), lower(${text})) > 0`)
        .orderBy(asc(resources.path))
        .limit(limit)
        .all()
        .map(({ path }) => path),
    close: async () => {
      connection.close()
    },
  }
}

/** Opens the file for reading. Throws `UnreadableDatabase` for a file that is not our database. */
export const openReadOnly = (file: string): Database.Database => {
  if (!existsSync(file)) throw unreadable(file, 'absent')
  return readably(file, () => {
    const connection = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 })
    try {
      if (connection.prepare(ourTable).get() === undefined) throw unreadable(file, 'foreign')
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  })
}

const ourTable = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'audit_head'"

/** Reads the file, and classifies failures by SQLite's codes. */
export const readably = <T>(file: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    throw unreadable(file, codes.find(([beginning]) => error.code.startsWith(beginning))?.[1] ?? 'unreadable', error)
  }
}

const codes = [
  ['SQLITE_CANTOPEN', 'absent'],
  ['SQLITE_NOTADB', 'foreign'],
  ['SQLITE_CORRUPT', 'damaged'],
] as const

const unreadable = (file: string, code: UnreadableDatabase['code'], cause?: Error): UnreadableDatabase => {
  const troubles = {
    absent: 'does not exist, or may not be read',
    foreign: "is not a Latchkey's database",
    damaged: `is damaged: ${cause?.message}`,
    unreadable: `cannot be read: ${cause?.message}`,
  }
  return new UnreadableDatabase(code, `${file} ${troubles[code]}.`, { cause })
}

const namesResource = (resource: string) =>
  sql`(SELECT 1 FROM json_each(${grants.items}) WHERE json_extract(value, '$.path') = ${resource}
    OR json_extract(value, '$.resource') = ${resource})`

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
    sql`json_extract(${audit.actor}, '$.id') = ${person}`,
    inArray(audit.request, queries.select({ id: requests.id }).from(requests).where(eq(requests.requester, person))),
  )
