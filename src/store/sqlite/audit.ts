import { setImmediate } from 'node:timers/promises'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { AuditHead, AuditRow, AuditVerdict, Store } from '../../ports.ts'
import { type ChainPage, type ChainRow, chained, toAuditRow, verifyChain } from '../audit-chain.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, getTableColumns, gt } from './drizzle.ts'
import { audit, auditCursors, auditHead, auditWords } from './schema.ts'
import { givenRow, statement } from './statement.ts'

const pageLength = 500

/** The verbs of a store that only read the log. */
export const readingAudit = (
  queries: Queries,
): Pick<Store, 'auditRows' | 'auditOf' | 'verifyAudit' | 'auditHead' | 'auditCursor'> => ({
  auditRows: async (after, limit) => page(queries, after, limit).map(toAuditRow),
  auditOf: async (request) => auditOf(queries, request),
  verifyAudit: async () => (await walkAudit(queries, [])).firstBad?.sequence,
  auditHead: async () => head(queries),
  auditCursor: async (sink) => auditCursor(queries, sink),
})

/** Appends to the chain; call it inside the transaction of the change. */
export const appendAudit = (queries: Queries, events: readonly AuditEvent[]): void => {
  if (events.length === 0) return
  for (const { words, ...row } of chained(head(queries), events)) {
    insertRow(queries).run(row)
    if (words !== null) insertWords(queries).run({ sequence: row.sequence, words })
  }
}

const insertRow = statement((queries) => queries.insert(audit).values(givenRow(audit)).prepare())
const insertWords = statement((queries) => queries.insert(auditWords).values(givenRow(auditWords)).prepare())

/** Rows of the log with what people wrote beside them. */
export const auditRows = (queries: Queries) =>
  queries
    .select({ ...getTableColumns(audit), words: auditWords.words })
    .from(audit)
    .leftJoin(auditWords, eq(auditWords.sequence, audit.sequence))

/** All rows about a request, in order. */
export const auditOf = (queries: Queries, request: RequestId): readonly AuditRow[] =>
  auditRows(queries).where(eq(audit.request, request)).orderBy(asc(audit.sequence)).all().map(toAuditRow)

/** Walks the chain one page at a time, so that memory and waits stay constant. */
export const walkAudit = (
  queries: Queries,
  known: readonly AuditHead[],
  onProgress?: (rows: number) => void,
): Promise<AuditVerdict> => verifyChain(pages(queries), known, onProgress)

async function* pages(queries: Queries): AsyncGenerator<ChainPage> {
  for (let after = 0; ; after += pageLength) {
    // Read together, because another process may append meanwhile.
    const read = queries.transaction((within) => ({ rows: page(within, after, pageLength), head: head(within) }))
    yield read
    if (read.rows.length < pageLength) return
    await setImmediate()
  }
}

/** The newest row, as the log itself records it. */
export const head = (queries: Queries): AuditHead => {
  const row = headRow(queries).get()
  if (row === undefined) throw new Error('The audit log has lost its head.')
  return row
}

const headRow = statement((queries) =>
  queries.select({ sequence: auditHead.sequence, hash: auditHead.hash }).from(auditHead).prepare(),
)

/** The last row that an outside receiver has. */
const auditCursor = (queries: Queries, sink: string): number | undefined =>
  queries.select().from(auditCursors).where(eq(auditCursors.sink, sink)).get()?.sequence

/** Moves only from the given value; a missing cursor is at 0. */
export const moveAuditCursor = (queries: Queries, sink: string, from: number, to: number): boolean => {
  if (from === 0) queries.insert(auditCursors).values({ sink, sequence: 0 }).onConflictDoNothing().run()
  const isThere = and(eq(auditCursors.sink, sink), eq(auditCursors.sequence, from))
  return queries.update(auditCursors).set({ sequence: to }).where(isThere).run().changes === 1
}

const page = (queries: Queries, after: number, limit: number): readonly ChainRow[] =>
  auditRows(queries).where(gt(audit.sequence, after)).orderBy(asc(audit.sequence)).limit(limit).all()
