import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type * as z from 'zod'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditRow } from '../ports.ts'
import type { Queries } from './connection.ts'
import { asc, gt } from './drizzle.ts'
import * as json from './json.ts'
import { audit, auditHead } from './schema.ts'

type Row = typeof audit.$inferSelect

/** The hash before the first row. */
const origin = '0'.repeat(64)
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
  for (const row of rows) queries.insert(audit).values(row).run()
}

/** Up to so many rows after a sequence number, in order. */
export const auditRows = (queries: Queries, after: number, limit: number): readonly AuditRow[] =>
  page(queries, after, limit).map(toAuditRow)

/** Walks the chain a page at a time, so that neither memory nor anybody's wait grows with it. */
export const verifyAudit = async (queries: Queries): Promise<number | undefined> => {
  let sequence = 0
  let hash = origin
  for (;;) {
    const rows = page(queries, sequence, pageLength)
    for (const row of rows) {
      sequence += 1
      if (row.sequence !== sequence || row.hash !== hashOf(row, hash)) return sequence
      hash = row.hash
    }
    if (rows.length < pageLength) return endsAt(head(queries), sequence, hash)
    await setImmediate()
  }
}

/** The chain itself does not tell where it should end. */
const endsAt = (end: { sequence: number; hash: string }, sequence: number, hash: string): number | undefined => {
  if (end.sequence === sequence && end.hash === hash) return undefined
  return end.sequence === sequence ? sequence : Math.min(end.sequence, sequence) + 1
}

const head = (queries: Queries): { sequence: number; hash: string } => {
  const row = queries.select().from(auditHead).get()
  if (row === undefined) throw new Error('The audit log has lost its head.')
  return row
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

const toAuditRow = ({ sequence, hash, at, kind, actor, integration, request, grant, detail }: Row): AuditRow => ({
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
