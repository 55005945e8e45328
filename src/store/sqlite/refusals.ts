import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RefusalCap } from '../../domain/caps.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import * as json from '../rows/json.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { eq, lte } from './drizzle.ts'
import { refusals } from './schema.ts'

type Row = typeof refusals.$inferSelect

/** Writes a refusal, or only counts it once its actor has reached the cap. */
export const recordRefusal = (
  queries: Queries,
  event: AuditEvent,
  { most, per }: RefusalCap,
): 'written' | 'counted' => {
  const actor = json.canonicalJson(event.actor)
  const before = queries.select().from(refusals).where(eq(refusals.actor, actor)).get()
  const isOver = before !== undefined && before.since + per * 1000 <= event.at
  if (before && isOver) settle(queries, before)
  const row = before && !isOver ? before : { actor, since: event.at, written: 0, counted: 0, last: event.at, codes: {} }
  const isCounted = row.written >= most
  const next = isCounted
    ? { ...row, counted: row.counted + 1, last: event.at, codes: oneMore(row.codes, String(event.detail.code)) }
    : { ...row, written: row.written + 1, last: event.at }
  queries.insert(refusals).values(next).onConflictDoUpdate({ target: refusals.actor, set: next }).run()
  if (!isCounted) appendAudit(queries, [event])
  return isCounted ? 'counted' : 'written'
}

/** Writes the counts from before that moment, one row per actor. */
export const settleRefusals = (queries: Queries, before: Timestamp): void => {
  for (const row of queries.select().from(refusals).where(lte(refusals.since, before)).all()) settle(queries, row)
}

/** Whether there is anything to settle, to avoid a needless wait for the disk. */
export const hasOldRefusals = (queries: Queries, before: Timestamp): boolean =>
  queries.select({ actor: refusals.actor }).from(refusals).where(lte(refusals.since, before)).limit(1).get() !==
  undefined

const settle = (queries: Queries, row: Row): void => {
  queries.delete(refusals).where(eq(refusals.actor, row.actor)).run()
  if (row.counted === 0) return
  const codes = Object.entries(row.codes).sort(([one], [other]) => (one < other ? -1 : 1))
  const detail = {
    ...{ code: 'counted', count: row.counted, since: row.since },
    codes: codes.map(([code, count]) => `${code} ${count}`).join(', '),
  }
  const actor = json.actor.parse(JSON.parse(row.actor))
  appendAudit(queries, [{ at: timestamp(row.last), kind: 'refused', actor, detail }])
}

const oneMore = (codes: Row['codes'], code: string): Row['codes'] => ({
  ...codes,
  [code]: (Object.hasOwn(codes, code) ? (codes[code] ?? 0) : 0) + 1,
})
