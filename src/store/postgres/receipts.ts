import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Gap, Receipt } from '../../domain/receipt.ts'
import type { AuditWatch, ReceiptMemory } from '../../domain/receipt-memory.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import type { Atomically, Queries } from './connection.ts'
import { asc, eq, inArray, isNotNull, lte, sql } from './drizzle.ts'
import { noteUses } from './note-uses.ts'
import { raise } from './revisions.ts'
import { ofGrants } from './rotations.ts'
import { auditGaps, auditWatches, receiptNews, receipts } from './schema-receipts.ts'

/** The store's verbs about receipts, each one transaction. */
export const receiptVerbs = (queries: Queries, atomically: Atomically): ReceiptMemory => ({
  receiptsOf: (grant) => receiptsOf(queries, grant),
  auditWatch: (integration) => watchOf(queries, integration),
  auditGaps: (integration, from) => gapsAfter(queries, integration, from),
  noteUses: (noted) => atomically((within) => noteUses(within, noted)),
  showReceipts: async (now, limit) =>
    (await nextNews(queries)) === undefined ? { shown: 0 } : atomically((within) => showReceipts(within, now, limit)),
})

/** See `ReceiptMemory`. */
export const receiptsOf = (queries: Queries, grant: GrantId): Promise<readonly Receipt[]> =>
  queries
    .select()
    .from(receipts)
    .where(eq(receipts.grant, grant))
    .orderBy(asc(receipts.first), asc(receipts.path), asc(receipts.operation), asc(receipts.outcome))
    .execute()

/** See `ReceiptMemory`. */
export const watchOf = async (queries: Queries, integration: IntegrationId): Promise<AuditWatch | undefined> => {
  const [row] = await queries.select().from(auditWatches).where(eq(auditWatches.integration, integration))
  if (!row) return undefined
  const { revision, position, readTo, doubtSince } = row
  return { revision, position, readTo, ...(doubtSince !== null && { doubtSince }) }
}

/** See `ReceiptMemory`. One statement, because a doubt becomes a gap meanwhile. */
export const gapsAfter = async (
  queries: Queries,
  integration: IntegrationId,
  from: Timestamp,
): Promise<readonly Gap[]> => {
  const watch = sql`FROM ${auditWatches} WHERE integration = ${integration}`
  const { rows } = await queries.execute<{ since: string; until: string | null }>(sql`
    SELECT * FROM (
      SELECT 0 AS since, kept_from AS until ${watch} AND kept_from > ${from}
      UNION ALL SELECT since, until FROM ${auditGaps} WHERE integration = ${integration} AND until > ${from}
      UNION ALL SELECT doubt_since, NULL ${watch} AND doubt_since IS NOT NULL) AS gap
    ORDER BY until IS NULL, since`)
  return rows.map(({ since, until }) => ({
    from: timestamp(Number(since)),
    ...(until !== null && { to: timestamp(Number(until)) }),
  }))
}

/** Of several processes, each shows other ones. */
const showReceipts = async (
  within: Queries,
  now: Timestamp,
  limit: number,
): Promise<{ shown: number; next?: Timestamp }> => {
  const due = await within
    .select({ grant: receiptNews.grant })
    .from(receiptNews)
    .where(lte(receiptNews.dueAt, now))
    .orderBy(asc(receiptNews.dueAt))
    .limit(limit)
    .for('update', { skipLocked: true })
  const shown = due.map(({ grant }) => grant)
  if (shown.length > 0) {
    await within.update(receiptNews).set({ shownAt: now, dueAt: null }).where(inArray(receiptNews.grant, shown))
    await raise(within, ofGrants(within, shown))
  }
  const next = await nextNews(within)
  return { shown: shown.length, ...(next !== undefined && { next }) }
}

const nextNews = async (queries: Queries): Promise<Timestamp | undefined> => {
  const [row] = await queries
    .select({ dueAt: receiptNews.dueAt })
    .from(receiptNews)
    .where(isNotNull(receiptNews.dueAt))
    .orderBy(asc(receiptNews.dueAt))
    .limit(1)
  return row?.dueAt ?? undefined
}
