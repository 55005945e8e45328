import { type Seconds, seconds } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { alone } from './lease.ts'
import { type AuditMeter, watchAudit } from './watch-audit.ts'

type Job = { readonly name: string; readonly job: (wake: () => void) => Promise<unknown>; readonly pace: Seconds }

/** After a fault, the audit log is tried again. */
const again = seconds(5)
const showEvery = seconds(0.5)
/** How many accesses tell of their receipts at once: a chat takes only so many edits. */
const shownAtOnce = 5

/** The work on the audit logs of vaults; none where no audit log is configured. One process does each for all. */
export const auditJobs = (deps: Deps, stopping: AbortSignal, meter?: AuditMeter): readonly Job[] => {
  const watching = [...deps.integrations].flatMap(([id, { connector }]): readonly Job[] => {
    if (!connector.auditLog) return []
    const watch = watchAudit(deps, id, connector.auditLog, meter)
    const read = (_: () => void, isLost: AbortSignal) => watch(AbortSignal.any([stopping, isLost]))
    return [{ name: `audit log ${id}`, job: alone(deps, `audit log ${id}`, again, read), pace: again }]
  })
  const show = async () => {
    const { shown } = await deps.store.showReceipts(deps.clock.now(), shownAtOnce)
    if (shown > 0) deps.nudge()
  }
  const showing = { name: 'receipts', job: alone(deps, 'receipts', showEvery, show), pace: showEvery }
  return watching.length === 0 ? [] : [...watching, showing]
}
