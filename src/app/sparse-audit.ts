import type { AuditEvent } from '../domain/audit-event.ts'
import type { Deps } from './deps.ts'

/** How often one thing becomes a row, in milliseconds. */
const pace = 60_000
/** Different things that are remembered; beyond them the oldest is forgotten. */
const most = 1_000

/**
 * Writes rows about what anybody outside can cause again and again. Each row says how many events it stands for
 * (`times`); those after the last row are in the log alone.
 */
export const sparseAudit = ({ store, clock, log }: Pick<Deps, 'store' | 'clock' | 'log'>) => {
  const seen = new Map<string, { at: number; times: number }>()
  return (event: AuditEvent): void => {
    const name = JSON.stringify([event.kind, event.detail])
    const before = seen.get(name)
    const times = (before?.times ?? 0) + 1
    if (before && clock.now() - before.at < pace) {
      before.times = times
      return
    }
    seen.delete(name)
    const [oldest] = seen.keys()
    if (seen.size >= most && oldest !== undefined) seen.delete(oldest)
    seen.set(name, { at: clock.now(), times: 0 })
    store
      .audit([{ ...event, detail: { ...event.detail, ...(times > 1 && { times }) } }])
      .catch((error: unknown) => log.error({ kind: event.kind, error: String(error) }, 'a row could not be written'))
  }
}
