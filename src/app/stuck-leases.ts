import { type AuditEvent, system } from '../domain/audit-event.ts'
import type { Notice } from '../domain/card.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { KnownStuckLease } from '../domain/stuck-lease.ts'
import type { Connector } from '../ports.ts'
import { noticeTo } from './cards-for.ts'
import type { Deps } from './deps.ts'

/**
 * Looks for what the vault has given up ending. Owners are told once when something is stuck, and once when it is gone. The
 * end of its access stays proved: the tokens are gone, but what they made may still work.
 */
export const noteStuckLeases = async (deps: Deps, connector: Connector): Promise<void> => {
  const found = await connector.stuckLeases?.()
  if (!found) return
  const { integration } = connector
  const before = await deps.store.stuckLeases(integration)
  const at = deps.clock.now()
  const known = found.map((one): KnownStuckLease => {
    const earlier = before.find(({ lease }) => lease === one.lease)
    return { ...one, since: earlier?.since ?? at }
  })
  const added = known.filter(({ lease }) => before.every((one) => one.lease !== lease))
  const gone = before.filter(({ lease }) => known.every((one) => one.lease !== lease))
  if (added.length === 0 && gone.length === 0) return
  for (const { lease, reason } of added)
    deps.log.warn({ integration, lease, reason }, 'the vault gave up ending a lease')
  for (const { lease } of gone) deps.log.info({ integration, lease }, 'a lease that was given up is gone')
  const news = [...newsOf(integration, 'lease-stuck', added), ...newsOf(integration, 'lease-gone', gone)]
  const owners = deps.integrations.get(integration)?.integration.owners ?? []
  await deps.store.saveStuckLeases(integration, known, {
    audit: news.map(({ about, path, count, reason }): AuditEvent => {
      const detail = { path, leases: count, ...(about === 'lease-stuck' && { reason }) }
      return { at, kind: about, actor: system, integration, detail }
    }),
    cards: news.flatMap((notice) => noticeTo(deps, owners, notice)),
  })
  deps.nudge()
}

type News = Extract<Notice, { about: 'lease-stuck' | 'lease-gone' }>

const mostCommands = 3

/** One message for each resource: when a database is down, many accesses end in vain. */
const newsOf = (
  integration: IntegrationId,
  about: News['about'],
  leases: readonly KnownStuckLease[],
): readonly News[] =>
  [...Map.groupBy(leases, ({ path }) => path)].map(([path, all]) => ({
    ...{ about, integration, path, count: all.length, reason: all[0]?.reason ?? '' },
    commands: all.slice(0, mostCommands).map(({ command }) => command),
  }))
