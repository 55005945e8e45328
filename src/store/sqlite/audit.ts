import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type * as z from 'zod'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { AuditHead, AuditRow } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { asc, eq, gt } from './drizzle.ts'
import * as json from './json.ts'
import { audit, auditCursors, auditHead } from './schema.ts'
import { givenRow, statement } from './statement.ts'

type Row = typeof audit.$inferSelect

/** The hash before the first row. */
export const origin = '0'.repeat(64)
const pageLength = 500

/** Appends to the chain; to be called within the transaction of the change. */
export const appendAudit = (queries: Queries, events: readonly AuditEvent[]): void => {
  if (events.length === 0) return
  let { sequence, hash } = head(queries)
  const rows = events.map((event): Row => {
    sequence += 1
    const row = { ...toColumns(event), sequence }
    hash = hashOf(row, hash)
    return { ...row, hash }
  })
  for (const row of rows) insertRow(queries).run(row)
}

const insertRow = statement((queries) => queries.insert(audit).values(givenRow(audit)).prepare())

/** Up to so many rows after a sequence number, in order. */
export const auditRows = (queries: Queries, after: number, limit: number): readonly AuditRow[] =>
  page(queries, after, limit).map(toAuditRow)

/** The first bad row, or `undefined`. */
export const verifyAudit = async (queries: Queries): Promise<number | undefined> =>
  (await walkAudit(queries, [])).firstBad?.sequence

/** What is wrong with a row, or with where the log ends. */
export type Fault = {
  readonly sequence: number
  readonly fault: 'altered' | 'missing' | 'head-differs' | 'not-as-known'
}
export type AuditVerdict = { readonly rows: number; readonly head: AuditHead; readonly firstBad?: Fault }

/**
 * Walks the chain a page at a time, so that neither memory nor anybody's wait grows with it. Whoever rewrites the whole
 * chain, head and all, is found only by heads that were `known` elsewhere.
 */
export const walkAudit = async (
  queries: Queries,
  known: readonly AuditHead[],
  onProgress: (rows: number) => void = () => {},
): Promise<AuditVerdict> => {
  const expected = new Map(known.map((head) => [head.sequence, head.hash]))
  let sequence = 0
  let hash = origin
  for (;;) {
    // Together, as another process may append while this one reads.
    const { rows, end } = queries.transaction((within) => ({
      rows: page(within, sequence, pageLength),
      end: head(within),
    }))
    const bad = (fault: Fault['fault'], at = sequence) => ({
      rows: end.sequence,
      head: end,
      firstBad: { sequence: at, fault },
    })
    for (const row of rows) {
      sequence += 1
      if (row.sequence !== sequence) return bad('missing')
      if (!isUnambiguous(row) || row.hash !== hashOf(row, hash)) return bad('altered')
      hash = row.hash
      if (expected.has(sequence) && expected.get(sequence) !== hash) return bad('not-as-known')
    }
    onProgress(sequence)
    if (rows.length === pageLength) {
      await setImmediate()
      continue
    }
    if (end.sequence > sequence) return bad('missing', sequence + 1)
    if (end.sequence < sequence || end.hash !== hash) return bad('head-differs', Math.min(end.sequence + 1, sequence))
    const cutOff = Math.min(...[...expected.keys()].filter((at) => at > sequence))
    if (cutOff !== Number.POSITIVE_INFINITY) return bad('missing', sequence + 1)
    return { rows: sequence, head: end }
  }
}

/** The newest row, as the log itself remembers it. */
export const head = (queries: Queries): AuditHead => {
  const row = headRow(queries).get()
  if (row === undefined) throw new Error('The audit log has lost its head.')
  return row
}

const headRow = statement((queries) =>
  queries.select({ sequence: auditHead.sequence, hash: auditHead.hash }).from(auditHead).prepare(),
)

/** How far a receiver outside has got. */
export const auditCursor = (queries: Queries, sink: string): number =>
  queries.select().from(auditCursors).where(eq(auditCursors.sink, sink)).get()?.sequence ?? 0

export const saveAuditCursor = (queries: Queries, sink: string, sequence: number): void => {
  queries
    .insert(auditCursors)
    .values({ sink, sequence })
    .onConflictDoUpdate({ target: auditCursors.sink, set: { sequence } })
    .run()
}

const page = (queries: Queries, after: number, limit: number): readonly Row[] =>
  queries.select().from(audit).where(gt(audit.sequence, after)).orderBy(asc(audit.sequence)).limit(limit).all()

const toColumns = ({
  at,
  kind,
  actor,
  integration,
  request,
  grant,
  detail,
}: AuditEvent): Omit<Row, 'sequence' | 'hash'> => ({
  at,
  kind,
  // The schema must know every kind of actor, or the row could never be read again.
  actor: json.canonicalJson(actor satisfies z.output<typeof json.actor>),
  integration: integration ?? null,
  request: request ?? null,
  grant: grant ?? null,
  detail: json.canonicalJson(detail),
})

/** As everybody else sees it. */
export const toAuditRow = ({
  sequence,
  hash,
  at,
  kind,
  actor,
  integration,
  request,
  grant,
  detail,
}: Row): AuditRow => ({
  sequence,
  hash,
  at,
  kind,
  actor: json.actor.parse(JSON.parse(actor)),
  ...(integration !== null && { integration }),
  ...(request !== null && { request }),
  ...(grant !== null && { grant }),
  detail: json.detail.parse(JSON.parse(detail)),
})

/**
 * Whether each column holds what its name says, so that the text which is hashed can be read in one way only. Columns are
 * looked at, not trusted: a person with the file in hand can drop every rule of the table.
 */
const isUnambiguous = ({ at, actor, detail }: Row): boolean =>
  Number.isSafeInteger(at) && isOneValue(actor) && isOneValue(detail)

const isOneValue = (text: string): boolean => {
  try {
    return JSON.stringify(JSON.parse(text)) === text
  } catch {
    return false
  }
}

/**
 * SHA-256 over the previous hash and the row as canonical JSON: what anybody gets who sorts the keys of an exported
 * row, without `hash`. Put together from the stored text, so that no change to it goes unseen.
 */
const hashOf = (row: Omit<Row, 'hash'>, previous: string): string => {
  const fields = [
    `"actor":${row.actor}`,
    `"at":${row.at}`,
    `"detail":${row.detail}`,
    ...(row.grant === null ? [] : [`"grant":${JSON.stringify(row.grant)}`]),
    ...(row.integration === null ? [] : [`"integration":${JSON.stringify(row.integration)}`]),
    `"kind":${JSON.stringify(row.kind)}`,
    ...(row.request === null ? [] : [`"request":${JSON.stringify(row.request)}`]),
    `"sequence":${row.sequence}`,
  ]
  return createHash('sha256')
    .update(`${previous}{${fields.join(',')}}`)
    .digest('hex')
}
