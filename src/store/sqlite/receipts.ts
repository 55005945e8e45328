import type { AuditEvent } from '../../domain/audit-event.ts'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import { type Gap, pathOf, type Receipt, type Use, withUses } from '../../domain/receipt.ts'
import type { AuditWatch, NotedUses, ReceiptMemory } from '../../domain/receipt-memory.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { kindOf, mostAlarms, nextShow } from '../rows/receipts.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, gt, isNotNull, lte, sql } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { noteRead } from './rotations.ts'
import { grants, requests } from './schema.ts'
import { auditGaps, auditWatches, receiptNews, receipts, useAlarms } from './schema-receipts.ts'

/** The store's verbs about receipts, each one transaction. */
export const receiptVerbs = (queries: Queries, together: GroupCommit): ReceiptMemory => ({
  receiptsOf: async (grant) => receiptsOf(queries, grant),
  auditWatch: async (integration) => watchOf(queries, integration),
  auditGaps: async (integration, from) => gapsAfter(queries, integration, from),
  noteUses: (noted) => together((within) => noteUses(within, noted)),
  showReceipts: async (now, limit) =>
    nextNews(queries) === undefined ? { shown: 0 } : together((within) => showReceipts(within, now, limit)),
})

/** See `ReceiptMemory`. */
export const receiptsOf = (queries: Queries, grant: GrantId): readonly Receipt[] =>
  queries
    .select()
    .from(receipts)
    .where(eq(receipts.grant, grant))
    .orderBy(asc(receipts.first), asc(receipts.path), asc(receipts.operation), asc(receipts.outcome))
    .all()

/** See `ReceiptMemory`. */
export const watchOf = (queries: Queries, integration: IntegrationId): AuditWatch | undefined => {
  const row = watchRow(queries, integration)
  if (!row) return undefined
  const { revision, position, readTo, doubtSince } = row
  return { revision, position, readTo, ...(doubtSince !== null && { doubtSince }) }
}

const watchRow = (queries: Queries, integration: IntegrationId) =>
  queries.select().from(auditWatches).where(eq(auditWatches.integration, integration)).get()

/** See `ReceiptMemory`. */
export const gapsAfter = (queries: Queries, integration: IntegrationId, from: Timestamp): readonly Gap[] => {
  const closed = queries
    .select()
    .from(auditGaps)
    .where(and(eq(auditGaps.integration, integration), gt(auditGaps.until, from)))
    .orderBy(asc(auditGaps.since))
    .all()
    .map(({ since, until }): Gap => ({ from: since, to: until }))
  const { keptFrom, doubtSince } = watchRow(queries, integration) ?? {}
  return [
    ...(typeof keptFrom === 'number' && keptFrom > from ? [{ from: timestamp(0), to: keptFrom }] : []),
    ...closed,
    ...(typeof doubtSince === 'number' ? [{ from: doubtSince }] : []),
  ]
}

const noteUses = (queries: Queries, noted: NotedUses): readonly AuditEvent[] | undefined => {
  const { integration, after, now, position, readTo, doubtSince = null, uses, gaps, alarms } = noted
  const known = watchRow(queries, integration)
  if ((known?.revision ?? 0) !== after) return undefined
  const row = { revision: after + 1, position, readTo, doubtSince }
  queries
    .insert(auditWatches)
    .values({ integration, ...row })
    .onConflictDoUpdate({ target: auditWatches.integration, set: row })
    .run()
  for (const { from, to } of gaps) queries.insert(auditGaps).values({ integration, since: from, until: to }).run()
  // What is uncertain changed, so the cards of everything that lives say something else.
  if (gaps.length > 0 || (known?.doubtSince ?? null) !== doubtSince)
    for (const { id } of liveGrants(queries, integration)) announce(queries, id, now)
  for (const [grant, own] of Map.groupBy(uses, (use) => use.grant)) addUses(queries, grant, own, now)
  return alarms.flatMap((alarm) => raise(queries, integration, alarm, now))
}

const addUses = (queries: Queries, grant: GrantId, uses: readonly Use[], now: Timestamp): void => {
  const { changed } = withUses(receiptsOf(queries, grant), uses)
  for (const receipt of changed) {
    queries
      .insert(receipts)
      .values(receipt)
      .onConflictDoUpdate({
        target: [receipts.grant, receipts.path, receipts.operation, receipts.outcome],
        set: receipt,
      })
      .run()
  }
  // From each use, because a receipt may stand for many paths.
  const read = new Map(uses.map((use) => [JSON.stringify([use.operation, use.outcome, pathOf(use)]), use]))
  for (const use of read.values()) noteRead(queries, grant, { ...use, path: pathOf(use) })
  announce(queries, grant, now)
}

const liveGrants = (queries: Queries, integration: IntegrationId) =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.integration, integration), isNotNull(grants.dueAt)))
    .all()

/** The cards of the access get something new to tell. */
const announce = (queries: Queries, grant: GrantId, now: Timestamp): void => {
  const news = queries.select().from(receiptNews).where(eq(receiptNews.grant, grant)).get()
  if (!news) queries.insert(receiptNews).values({ grant, first: now, dueAt: now }).run()
  else if (news.dueAt === null)
    queries
      .update(receiptNews)
      .set({ dueAt: nextShow(news, now) })
      .where(eq(receiptNews.grant, grant))
      .run()
}

const raise = (
  queries: Queries,
  integration: IntegrationId,
  { key, event, cards }: NotedUses['alarms'][number],
  now: Timestamp,
): readonly AuditEvent[] => {
  const lately = queries.get<{ count: number }>(
    sql`SELECT count(*) AS count FROM use_alarms WHERE integration = ${integration} AND at > ${now - mostAlarms.within}
      AND substr(key, 1, instr(key, ' ')) = ${kindOf(key)}`,
  )
  if (lately.count >= mostAlarms.count) return []
  const { changes } = queries.insert(useAlarms).values({ integration, key, at: now }).onConflictDoNothing().run()
  if (changes === 0) return []
  appendAudit(queries, [event])
  insertCards(queries, cards)
  return [event]
}

const showReceipts = (queries: Queries, now: Timestamp, limit: number): { shown: number; next?: Timestamp } => {
  const due = queries
    .select({ grant: receiptNews.grant, request: requests.id, revision: requests.revision })
    .from(receiptNews)
    .innerJoin(grants, eq(grants.id, receiptNews.grant))
    .innerJoin(requests, eq(requests.id, grants.request))
    .where(lte(receiptNews.dueAt, now))
    .orderBy(asc(receiptNews.dueAt))
    .limit(limit)
    .all()
  for (const { grant, request, revision } of due) {
    queries.update(receiptNews).set({ shownAt: now, dueAt: null }).where(eq(receiptNews.grant, grant)).run()
    // Cards show receipts, so they belong to the request's revision.
    queries
      .update(requests)
      .set({ revision: revision + 1 })
      .where(eq(requests.id, request))
      .run()
    outdateCards(queries, request, revision + 1)
  }
  const next = nextNews(queries)
  return { shown: due.length, ...(next !== undefined && { next }) }
}

const nextNews = (queries: Queries): Timestamp | undefined =>
  queries
    .select({ next: sql<Timestamp | null>`min(${receiptNews.dueAt})` })
    .from(receiptNews)
    .where(isNotNull(receiptNews.dueAt))
    .get()?.next ?? undefined
