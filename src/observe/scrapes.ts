import type { Deps } from '../app/deps.ts'
import type { AuditPush } from '../app/push-audit.ts'
import { overdueAfter } from '../domain/overview.ts'
import { powerOf } from '../domain/power.ts'
import { timestamp } from '../domain/time.ts'
import type { Meter } from './metrics.ts'
import { serveMetrics } from './metrics-server.ts'

/** Answers `GET /metrics` with what the meter has counted and what the rows say at that moment. */
export const listenForScrapes = async (
  listen: { readonly host: string; readonly port: number },
  { store, clock, integrations, troubleAt, log }: Deps,
  meter: Meter,
  push: Pick<AuditPush, 'lag'>,
) => {
  const text = async () => {
    const now = clock.now()
    const each = [...integrations.keys()]
    const vaults = [...integrations].map(([integration, { connector }]) => ({
      ...{ integration, isUp: troubleAt(integration) === undefined, power: powerOf(connector) },
    }))
    return meter.text({
      now,
      tally: await store.tally(now, timestamp(now - overdueAfter)),
      auditRows: (await store.auditHead()).sequence,
      push: await push.lag(),
      discovery: await Promise.all(
        each.map(async (integration) => ({ integration, progress: await store.discoveryProgress(integration) })),
      ),
      vaultUp: vaults,
      stuck: await Promise.all(
        each.map(async (integration) => ({ integration, count: (await store.stuckLeases(integration)).length })),
      ),
    })
  }
  const server = await serveMetrics({ ...listen, contentType: meter.contentType, text, log })
  log.info({ host: listen.host, port: server.port }, 'metrics are served')
  return server
}
