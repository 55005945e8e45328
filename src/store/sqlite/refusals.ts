import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RefusalCap } from '../../domain/caps.ts'
import type { Timestamp } from '../../domain/time.ts'
import * as json from '../rows/json.ts'
import { afterRefusal, summary } from '../rows/refusals.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { eq, lte } from './drizzle.ts'
import { refusals } from './schema.ts'

/** Writes a refusal, or only counts it once its actor has reached the cap. */
export const recordRefusal = (queries: Queries, event: AuditEvent, cap: RefusalCap): 'written' | 'counted' => {
  const actor = json.canonicalJson(event.actor)
  const before = queries.select().from(refusals).where(eq(refusals.actor, actor)).get()
  const { next, isCounted, settled } = afterRefusal(before, event, cap)
  queries.insert(refusals).values(next).onConflictDoUpdate({ target: refusals.actor, set: next }).run()
  appendAudit(queries, [...(settled ? [settled] : []), ...(isCounted ? [] : [event])])
  return isCounted ? 'counted' : 'written'
}

/** Writes the counts from before that moment, one row per actor. */
export const settleRefusals = (queries: Queries, before: Timestamp): void => {
  const settled = queries.delete(refusals).where(lte(refusals.since, before)).returning().all()
  appendAudit(
    queries,
    settled.flatMap((row) => summary(row) ?? []),
  )
}

/** Whether there is anything to settle, to avoid a needless wait for the disk. */
export const hasOldRefusals = (queries: Queries, before: Timestamp): boolean =>
  queries.select({ actor: refusals.actor }).from(refusals).where(lte(refusals.since, before)).limit(1).get() !==
  undefined
