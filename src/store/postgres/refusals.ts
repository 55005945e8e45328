import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RefusalCap } from '../../domain/caps.ts'
import type { Timestamp } from '../../domain/time.ts'
import * as json from '../rows/json.ts'
import { afterRefusal, summary } from '../rows/refusals.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { eq, lte } from './drizzle.ts'
import { lock } from './locks.ts'
import { refusals } from './schema.ts'

/**
 * Writes a refusal, or only counts it once its actor has reached the cap. Refusals of one actor come one after the other;
 * the row is locked, too, so that a settlement meanwhile does not count them twice.
 */
export const recordRefusal = async (
  within: Queries,
  event: AuditEvent,
  cap: RefusalCap,
): Promise<'written' | 'counted'> => {
  const actor = json.canonicalJson(event.actor)
  const [, [before]] = await Promise.all([
    lock(within, 'refusals', actor),
    within.select().from(refusals).where(eq(refusals.actor, actor)).for('update').execute(),
  ])
  const { next, isCounted, settled } = afterRefusal(before, event, cap)
  await Promise.all([
    within.insert(refusals).values(next).onConflictDoUpdate({ target: refusals.actor, set: next }),
    appendAudit(within, [...(settled ? [settled] : []), ...(isCounted ? [] : [event])]),
  ])
  return isCounted ? 'counted' : 'written'
}

/** Writes the counts from before that moment, one row per actor. Of two processes, each row goes to one. */
export const settleRefusals = async (within: Queries, before: Timestamp): Promise<void> => {
  const settled = await within.delete(refusals).where(lte(refusals.since, before)).returning()
  await appendAudit(
    within,
    settled.flatMap((row) => summary(row) ?? []),
  )
}

/** Whether there is anything to settle, to avoid a needless transaction. */
export const hasOldRefusals = async (queries: Queries, before: Timestamp): Promise<boolean> => {
  const old = queries.select({ actor: refusals.actor }).from(refusals).where(lte(refusals.since, before))
  return (await old.limit(1)).length > 0
}
