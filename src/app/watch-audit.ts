import { system } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { Use } from '../domain/receipt.ts'
import type { UseAlarm } from '../domain/receipt-memory.ts'
import type { AuditBatch, AuditLine, AuditLog } from '../ports.ts'
import { noticeTo } from './cards-for.ts'
import type { Deps } from './deps.ts'

/** What the reader of an audit log needs. */
export type WatchDeps = Pick<
  Deps,
  'store' | 'clock' | 'integrations' | 'directory' | 'newId' | 'platforms' | 'log' | 'nudge'
>

type Judged = { readonly uses: readonly Use[]; readonly alarms: readonly UseAlarm[] }

/** Hears how much was read of a vault's audit log. */
export type AuditMeter = (integration: IntegrationId, read: Pick<AuditBatch, 'seen' | 'unreadable' | 'readTo'>) => void

/**
 * Reads the audit log of a vault until the signal aborts. Each batch and its cursor are stored in one transaction before
 * the next one is read, so that a kill or another process loses and doubles nothing.
 */
export const watchAudit =
  (deps: WatchDeps, integration: IntegrationId, log: AuditLog, told: AuditMeter = () => {}) =>
  async (signal: AbortSignal): Promise<void> => {
    const { store, clock } = deps
    const from = await store.auditWatch(integration)
    let after = from?.revision ?? 0
    for await (const batch of log.read(from, signal)) {
      const { position, readTo, doubtSince, gaps } = batch
      if (batch.trouble) deps.log.warn({ integration, code: batch.trouble }, 'the audit log of a vault cannot be read')
      const { uses, alarms } = await judge(deps, integration, log, batch.lines)
      const raised = await store.noteUses({
        ...{ integration, after, now: clock.now(), position, readTo, uses, gaps, alarms },
        ...(doubtSince !== undefined && { doubtSince }),
      })
      if (!raised) return // another process reads
      after += 1
      told(integration, batch)
      for (const { kind, detail } of raised)
        deps.log.error({ integration, ...detail }, alarming[kind === 'use-unapproved' ? 'unapproved' : 'foreign'])
      if (alarms.length > raised.length) deps.log.error({ integration, count: alarms.length - raised.length }, untold)
      if (raised.length > 0) deps.nudge()
    }
  }

const untold = 'the audit log of a vault tells more of what was alarmed before, or than is told in an hour'

const alarming = {
  unapproved: 'a vault allowed what nobody approved; look at the policies of its tokens',
  foreign: 'the audit log of a vault names an access of ours that is none; look at who can write to it',
} as const

/** What lines say about our accesses; those of other integrations at the same vault are theirs. */
const judge = async (
  deps: WatchDeps,
  integration: IntegrationId,
  log: AuditLog,
  lines: readonly AuditLine[],
): Promise<Judged> => {
  const uses: Use[] = []
  const alarms: UseAlarm[] = []
  for (const line of lines) {
    const grant = (await deps.store.requestOfGrant(line.grant))?.grant
    if (grant && grant.integration !== integration) continue
    const verdict = grant ? await log.judge(grant, line) : 'foreign'
    if (grant && verdict !== 'foreign') uses.push(useIn(line))
    if (verdict !== 'own') alarms.push(alarmOf(deps, integration, line, verdict, grant !== undefined))
  }
  return { uses, alarms }
}

const useIn = ({ grant, path, operation, outcome, at, address }: AuditLine): Use => ({
  ...{ grant, path, operation, outcome, at },
  ...(address !== undefined && { address }),
})

const alarmOf = (
  deps: WatchDeps,
  integration: IntegrationId,
  { name, grant, path, operation, address, at: wrote }: AuditLine,
  verdict: 'unapproved' | 'foreign',
  isKnown: boolean,
): UseAlarm => {
  const owners = deps.integrations.get(integration)?.integration.owners ?? []
  const kind = verdict === 'unapproved' ? 'use-unapproved' : 'use-unknown'
  const key = verdict === 'unapproved' ? `${grant} ${operation} ${path}` : name
  return {
    key: `${verdict} ${key.slice(0, 500)}`,
    event: {
      ...{ at: deps.clock.now(), kind, actor: system, integration },
      ...(isKnown && { grant }),
      detail: { name, path: path.slice(0, 500), operation, wrote, ...(address !== undefined && { address }) },
    },
    cards: noticeTo(deps, owners, { about: kind, integration, name, path: path.slice(0, 500), operation }),
  }
}
