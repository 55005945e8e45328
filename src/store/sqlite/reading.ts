import Database from 'better-sqlite3'
import type { AuditKind } from '../../domain/audit-event.ts'
import type { IntegrationId, PersonId, RequestId } from '../../domain/ids.ts'
import type { GrantFilter, RequestFilter } from '../../domain/overview.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { AuditHead, AuditRow, AuditVerdict, Loaded } from '../../ports.ts'
import { origin, toAuditRow } from '../audit-chain.ts'
import { head, walkAudit } from './audit.ts'
import { type Queries, withDrizzle } from './connection.ts'
import { and, asc, desc, eq, exists, gt, gte, inArray, isNotNull, lt, lte, or, sql } from './drizzle.ts'
import { listGrants, listRequests } from './overview.ts'
import { loading, toLoaded } from './requests.ts'
import { audit, grants, instance, requests, resources } from './schema.ts'

/** Which rows of the log; ids may be given by how they begin. */
export type AuditFilter = {
  readonly since?: Timestamp
  readonly until?: Timestamp
  readonly kinds?: readonly AuditKind[]
  /** What the person did, and what concerns the person's own requests. */
  readonly person?: PersonId
  readonly request?: string
  readonly grant?: string
  readonly integration?: IntegrationId
}

/** A look at the database from beside the server: nothing is locked, nothing can be written. */
export type Reader = {
  instance(): string | undefined
  head(): AuditHead
  /** Up to `limit` rows after a sequence number, in order. */
  rowsAfter(sequence: number, filter: AuditFilter, limit: number): readonly AuditRow[]
  /** The newest ones, in order. */
  latestRows(filter: AuditFilter, limit: number): readonly AuditRow[]
  /** One row, and the hash that it follows. */
  row(sequence: number): { readonly row: AuditRow; readonly previous: string } | undefined
  verify(known: readonly AuditHead[], onProgress?: (rows: number) => void): Promise<AuditVerdict>
  rowsOf(request: RequestId): readonly AuditRow[]
  requests(filter: RequestFilter): readonly Loaded[]
  grants(filter: GrantFilter): readonly Loaded[]
  /** Every request that ever had a grant for the resource, by its id or its path. */
  holdings(resource: string): readonly Loaded[]
  /** Paths that hold the text, for who mistyped one. */
  pathsLike(text: string, limit: number): readonly string[]
  close(): void
}

/** Opens a database for reading, also while the server runs. */
export const openReader = (file: string): Reader => {
  const connection = openReadOnly(file)
  const queries = withDrizzle(connection)
  const rows = (filter: AuditFilter, after: number) =>
    queries
      .select()
      .from(audit)
      .where(and(gt(audit.sequence, after), ...conditions(queries, filter)))
  const rowAt = (sequence: number) => queries.select().from(audit).where(eq(audit.sequence, sequence)).get()
  return {
    instance: () => queries.select().from(instance).get()?.id,
    head: () => head(queries),
    rowsAfter: (sequence, filter, limit) =>
      rows(filter, sequence).orderBy(asc(audit.sequence)).limit(limit).all().map(toAuditRow),
    latestRows: (filter, limit) =>
      rows(filter, 0).orderBy(desc(audit.sequence)).limit(limit).all().reverse().map(toAuditRow),
    row: (sequence) => {
      const found = rowAt(sequence)
      return found && { row: toAuditRow(found), previous: rowAt(sequence - 1)?.hash ?? origin }
    },
    verify: (known, onProgress) => walkAudit(queries, known, onProgress),
    rowsOf: (request) =>
      queries.select().from(audit).where(eq(audit.request, request)).orderBy(asc(audit.sequence)).all().map(toAuditRow),
    requests: (filter) => listRequests(queries, filter),
    grants: (filter) => listGrants(queries, filter),
    holdings: (resource) =>
      loading(queries)
        .where(and(isNotNull(grants.id), exists(namesResource(resource))))
        .orderBy(asc(requests.number))
        .all()
        .map(toLoaded),
    pathsLike: (text, limit) =>
      queries
        .selectDistinct({ path: resources.path })
        .from(resources)
        .where(sql`instr(lower(${resources.path}), lower(${text})) > 0`)
        .orderBy(asc(resources.path))
        .limit(limit)
        .all()
        .map(({ path }) => path),
    close: () => connection.close(),
  }
}

/** A plain sentence for what SQLite says in codes. */
export const openReadOnly = (file: string): Database.Database => {
  try {
    const connection = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 })
    try {
      connection.prepare('SELECT sequence FROM audit_head').get()
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  } catch (error) {
    throw new UnreadableDatabase(file, error)
  }
}

/** Why a file cannot be read as Latchkey's database. */
class UnreadableDatabase extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} ${troubleOf(cause)}.`, { cause })
    this.name = 'UnreadableDatabase'
  }
}

const troubleOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = error instanceof Error ? error.message : String(error)
  if (code.startsWith('SQLITE_CANTOPEN') || text.includes('does not exist')) return 'is not there, or may not be read'
  if (code === 'SQLITE_NOTADB' || text.includes('no such table')) return "is not a Latchkey's database"
  return `cannot be read: ${text}`
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
