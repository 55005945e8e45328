import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { AuditHead, AuditRow, AuditVerdict, Store } from '../../ports.ts'
import { type ChainPage, toAuditRow, verifyChain, waiting } from '../audit-chain.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, getTableColumns, gt, sql } from './drizzle.ts'
import { audit, auditCursors, auditHead, auditWaiting, auditWords } from './schema.ts'

const pageLength = 500

/** The verbs of a store that only read the log. */
export const readingAudit = (
  queries: Queries,
): Pick<Store, 'auditRows' | 'auditOf' | 'verifyAudit' | 'auditHead' | 'auditCursor'> => ({
  auditRows: async (after, limit) => (await chainRows(queries, after, limit)).map(toAuditRow),
  auditOf: (request) => auditOf(queries, request),
  verifyAudit: async () => (await walkAudit(queries, [])).firstBad?.sequence,
  auditHead: () => head(queries),
  auditCursor: (sink) => auditCursor(queries, sink),
})

/** Appends to the chain, when the transaction of the change commits; until then nobody sees the rows. */
export const appendAudit = async (within: Queries, events: readonly AuditEvent[]): Promise<void> => {
  if (events.length > 0) await within.insert(auditWaiting).values(events.map(waiting))
}

/** Rows of the log with what people wrote beside them. */
export const auditRows = (queries: Queries) =>
  queries
    .select({ ...getTableColumns(audit), words: auditWords.words })
    .from(audit)
    .leftJoin(auditWords, eq(auditWords.sequence, audit.sequence))

/** All rows about a request, in order. */
export const auditOf = async (queries: Queries, request: RequestId): Promise<readonly AuditRow[]> =>
  (await auditRows(queries).where(eq(audit.request, request)).orderBy(asc(audit.sequence))).map(toAuditRow)

/** Walks the chain one page at a time, so that memory and waits stay constant. */
export const walkAudit = (
  queries: Queries,
  known: readonly AuditHead[],
  onProgress?: (rows: number) => void,
): Promise<AuditVerdict> => verifyChain(pages(queries), known, onProgress)

async function* pages(queries: Queries): AsyncGenerator<ChainPage> {
  for (let after = 0; ; after += pageLength) {
    const read = await pageWithHead(queries, after)
    yield read
    if (read.rows.length < pageLength) return
  }
}

/** One statement, because another process may append meanwhile. */
const pageWithHead = async (queries: Queries, after: number): Promise<ChainPage> => {
  const rows = chainRows(queries, after, pageLength).as('page')
  const read = await queries.select().from(auditHead).leftJoin(rows, sql`true`).orderBy(asc(rows.sequence))
  const [first] = read
  if (first === undefined) throw lostHead()
  return { rows: read.flatMap(({ page: row }) => row ?? []), head: first.audit_head }
}

/** The newest row, as the log itself records it. */
export const head = async (queries: Queries): Promise<AuditHead> => {
  const [row] = await queries.select({ sequence: auditHead.sequence, hash: auditHead.hash }).from(auditHead)
  if (row === undefined) throw lostHead()
  return row
}

const lostHead = () => new Error('The audit log has lost its head.')

/** The last row that an outside receiver has. */
const auditCursor = async (queries: Queries, sink: string): Promise<number | undefined> =>
  (await queries.select().from(auditCursors).where(eq(auditCursors.sink, sink)))[0]?.sequence

/** Moves only from the given value; a missing cursor is at 0. */
export const moveAuditCursor = async (within: Queries, sink: string, from: number, to: number): Promise<boolean> => {
  if (from === 0) await within.insert(auditCursors).values({ sink, sequence: 0 }).onConflictDoNothing()
  const isThere = and(eq(auditCursors.sink, sink), eq(auditCursors.sequence, from))
  return (await within.update(auditCursors).set({ sequence: to }).where(isThere)).rowCount === 1
}

const chainRows = (queries: Queries, after: number, limit: number) =>
  auditRows(queries).where(gt(audit.sequence, after)).orderBy(asc(audit.sequence)).limit(limit)
