import type { AuditEvent } from '../../domain/audit-event.ts'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import { pathOf, type Use, withUses } from '../../domain/receipt.ts'
import type { NotedUses, UseAlarm } from '../../domain/receipt-memory.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { kindOf, mostAlarms, nextShow } from '../rows/receipts.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { recordset } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, inArray, isNotNull, list, or, sql } from './drizzle.ts'
import { noteReads } from './rotations.ts'
import { grants } from './schema.ts'
import { auditGaps, auditWatches, receiptNews, receipts, useAlarms } from './schema-receipts.ts'

/** See `ReceiptMemory`. The row of the watch is the lock: a second reader of the same log waits, and then writes nothing. */
export const noteUses = async (within: Queries, noted: NotedUses): Promise<readonly AuditEvent[] | undefined> => {
  const { integration, now, doubtSince = null, uses, gaps, alarms } = noted
  const moved = await moveWatch(within, noted)
  if (!moved) return undefined
  const rows = gaps.map(({ from, to }) => ({ integration, since: from, until: to }))
  if (rows.length > 0) await within.insert(auditGaps).values(rows)
  // What is uncertain changed, so the cards of everything that lives say something else.
  const isUncertain = gaps.length > 0 || (moved.doubtSince ?? null) !== doubtSince
  const live = isUncertain ? await liveGrants(within, integration) : []
  await addUses(within, uses)
  await announce(within, [...new Set([...live, ...uses.map(({ grant }) => grant)])].sort(), now)
  return raiseAlarms(within, integration, alarms, now)
}

/** Moves the watch from the revision that was read; `undefined` when another reader has moved it. */
const moveWatch = async (
  within: Queries,
  { integration, after, position, readTo, doubtSince }: NotedUses,
): Promise<{ readonly doubtSince?: Timestamp | null } | undefined> => {
  const row = { revision: after + 1, position, readTo, doubtSince: doubtSince ?? null }
  if (after === 0) {
    const { rowCount } = await within
      .insert(auditWatches)
      .values({ integration, ...row })
      .onConflictDoNothing()
    return rowCount === 1 ? {} : undefined
  }
  const isMeant = and(eq(auditWatches.integration, integration), eq(auditWatches.revision, after))
  const [before] = await within.select().from(auditWatches).where(isMeant).for('update')
  if (before) await within.update(auditWatches).set(row).where(eq(auditWatches.integration, integration))
  return before
}

const addUses = async (within: Queries, uses: readonly Use[]): Promise<void> => {
  if (uses.length === 0) return
  const byGrant = Map.groupBy(uses, ({ grant }) => grant)
  const known = await within
    .select()
    .from(receipts)
    .where(inArray(receipts.grant, [...byGrant.keys()]))
  const changed = [...byGrant].flatMap(([grant, own]) => withUses(known.filter(isOf(grant)), own).changed)
  const rows = changed.map((receipt) => ({ ...receipt, addresses: JSON.stringify(receipt.addresses) }))
  await Promise.all([
    within.execute(sql`
      INSERT INTO ${receipts} (grant_id, path, operation, outcome, count, first, last, addresses)
      SELECT * FROM json_to_recordset(${recordset(rows)}) AS used ("grant" text, path text, operation text,
        outcome text, count bigint, first bigint, last bigint, addresses text)
      ON CONFLICT (grant_id, path, operation, outcome) DO UPDATE SET
        count = excluded.count, first = excluded.first, last = excluded.last, addresses = excluded.addresses`),
    // From each use, because a receipt may stand for many paths.
    noteReads(
      within,
      uses.map((use) => ({ ...use, path: pathOf(use) })),
    ),
  ])
}

const isOf =
  (wanted: GrantId) =>
  ({ grant }: { readonly grant: GrantId }): boolean =>
    grant === wanted

const liveGrants = async (within: Queries, integration: IntegrationId): Promise<readonly GrantId[]> => {
  const isLive = and(eq(grants.integration, integration), isNotNull(grants.dueAt))
  return (await within.select({ id: grants.id }).from(grants).where(isLive)).map(({ id }) => id)
}

/** The cards of the accesses get something new to tell. */
const announce = async (within: Queries, of: readonly GrantId[], now: Timestamp): Promise<void> => {
  if (of.length === 0) return
  const isMeant = inArray(receiptNews.grant, [...of])
  const known = new Map(
    (await within.select().from(receiptNews).where(isMeant).for('update')).map((row) => [row.grant, row]),
  )
  const rows = of.flatMap((grant) => {
    const news = known.get(grant)
    if (news?.dueAt != null) return []
    return { grant, first: news?.first ?? now, due: news ? nextShow(news, now) : now }
  })
  await within.execute(sql`
    INSERT INTO ${receiptNews} (grant_id, first, due_at)
    SELECT * FROM json_to_recordset(${recordset(rows)}) AS news ("grant" text, first bigint, due bigint)
    ON CONFLICT (grant_id) DO UPDATE SET due_at = excluded.due_at`)
}

/** Each key is told once, and of each kind only so many in an hour. */
const raiseAlarms = async (
  within: Queries,
  integration: IntegrationId,
  alarms: readonly UseAlarm[],
  now: Timestamp,
): Promise<readonly AuditEvent[]> => {
  if (alarms.length === 0) return []
  const isRecent = gt(useAlarms.at, timestamp(now - mostAlarms.within))
  const isKnown = sql`${useAlarms.key} = ANY (${list(alarms.map(({ key }) => key))})`
  const before = await within
    .select()
    .from(useAlarms)
    .where(and(eq(useAlarms.integration, integration), or(isRecent, isKnown)))
  const keys = new Set(before.map(({ key }) => key))
  const lately = before.filter(({ at }) => at > now - mostAlarms.within).map(({ key }) => kindOf(key))
  const raised = alarms.filter(({ key }) => {
    const isNew = !keys.has(key) && lately.filter((kind) => kind === kindOf(key)).length < mostAlarms.count
    if (isNew) lately.push(kindOf(key))
    if (isNew) keys.add(key)
    return isNew
  })
  if (raised.length === 0) return []
  await within.insert(useAlarms).values(raised.map(({ key }) => ({ integration, key, at: now })))
  const events = raised.map(({ event }) => event)
  await appendAudit(within, events)
  await insertCards(
    within,
    raised.flatMap(({ cards }) => cards),
  )
  return events
}
