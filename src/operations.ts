import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Deps, Log } from './app/deps.ts'
import { startHeadKeeper } from './app/publish-head.ts'
import { type AuditPush, startAuditPush } from './app/push-audit.ts'
import type { Config } from './config/read.ts'
import { controlAnswers, overdueAfter } from './control/answers.ts'
import { socketName } from './control/protocol.ts'
import { openControlSocket } from './control/server.ts'
import type { InstanceId } from './domain/ids.ts'
import { seconds, timestamp } from './domain/time.ts'
import type { Meter } from './observe/metrics.ts'
import { syslog } from './observe/syslog.ts'
import { watchConnector, watchStore } from './observe/watch.ts'
import { webhook } from './observe/webhook.ts'
import type { AuditSink, Connector, Store } from './ports.ts'
import { ownVersion } from './version.ts'
import { auditHeadCard } from './views/audit-head.ts'

type Running = {
  readonly url: string
  readonly instance: InstanceId
  readonly waitingFor: () => Promise<readonly string[]>
}

/** What an operator sees, and can do: metrics, the log's way outside, the control socket. */
export const newOperations = async (config: Config, way: typeof fetch = fetch) => {
  const version = ownVersion()
  const meter = await meterOf(config, version)
  let push: AuditPush | undefined
  return {
    watchStore: (store: Store): Store =>
      watchStore(store, {
        written: (events) => {
          meter?.count(events)
          push?.nudge()
        },
        discovered: (...pass) => meter?.discovered(...pass),
      }),
    watchConnector: <Kind extends Connector>(connector: Kind): Kind =>
      meter ? watchConnector(connector, meter.vaultCall) : connector,

    start: async (deps: Deps, running: Running) => {
      const receiver = receiverOf(config, deps, running.instance, way)
      const pushing = startAuditPush(deps, sinksOf(config, running.instance, version, receiver))
      push = pushing
      const post = headPost(config, deps, running.instance, receiver)
      const heads = startHeadKeeper(deps, { every: config.audit.headEvery, ...(post && { post }) })
      const metrics = config.metrics && meter && (await listenForScrapes(config.metrics.listen, deps, meter, pushing))
      const self = { version, startedAt: deps.clock.now(), push: pushing.lag, head: heads.trouble, ...running }
      const control = await openControl(config, deps, controlAnswers(deps, self))
      return {
        /** Takes no more wishes. */
        close: async (): Promise<void> => control?.close(),
        /** After the last row: hands on what it can in two seconds, and says where the log ends. */
        finish: async (): Promise<void> => {
          await heads.stop()
          await pushing.stop(seconds(2))
          await metrics?.close()
          deps.log.info(await deps.store.auditHead(), 'audit head')
        },
      }
    },
  }
}

/** Loads its library only where metrics are served: that costs a start twenty milliseconds, and four megabytes. */
const meterOf = async ({ metrics, integrations }: Config, version: string): Promise<Meter | undefined> => {
  if (!metrics) return undefined
  const { newMeter } = await import('./observe/metrics.ts')
  return newMeter({ version, integrations: integrations.map(({ integration }) => integration.id) })
}

type Receiver = ReturnType<typeof webhook>

/** Where heads go by HTTP: to the webhook's own address unless they have another. */
const receiverOf = ({ audit, webhookSecret }: Config, { clock }: Deps, instance: InstanceId, way: typeof fetch) => {
  if (!webhookSecret) return undefined
  const at = (url: string): Receiver => webhook({ url, secret: webhookSecret, instance, clock, fetch: way })
  return {
    ...(audit.webhook && { rows: at(audit.webhook.url) }),
    ...(audit.headTo?.includes(':') && { head: at(audit.headTo) }),
  }
}

const sinksOf = (
  { audit }: Config,
  instance: InstanceId,
  version: string,
  receiver: ReturnType<typeof receiverOf>,
): readonly AuditSink[] => {
  const sender = { host: hostname(), process: process.pid, version, instance }
  return [...(receiver?.rows ? [receiver.rows] : []), ...(audit.syslog ? [syslog({ ...audit.syslog, sender })] : [])]
}

const headPost = (
  { audit: { headTo } }: Config,
  { platforms }: Deps,
  instance: InstanceId,
  receiver: ReturnType<typeof receiverOf>,
) => {
  if (headTo === undefined) return undefined
  if (headTo.includes(':')) return receiver?.head?.sendHead
  return async (head: Parameters<Receiver['sendHead']>[0]): Promise<void> => {
    const [platform] = platforms.values()
    await platform?.post({ to: 'channel', platform: platform.name, channel: headTo }, auditHeadCard(head, instance))
  }
}

const listenForScrapes = async (
  listen: { host: string; port: number },
  { store, clock, integrations, troubleAt, log }: Deps,
  meter: Meter,
  push: AuditPush,
) => {
  const text = async () => {
    const now = clock.now()
    return meter.text({
      now,
      tally: await store.tally(now, timestamp(now - overdueAfter)),
      auditRows: (await store.auditHead()).sequence,
      push: await push.lag(),
      discovery: await Promise.all(
        [...integrations.keys()].map(async (integration) => ({
          integration,
          progress: await store.discoveryProgress(integration),
        })),
      ),
      vaultUp: [...integrations.keys()].map((integration) => ({
        integration,
        isUp: troubleAt(integration) === undefined,
      })),
    })
  }
  const { serveMetrics } = await import('./observe/metrics-server.ts')
  const server = await serveMetrics({ ...listen, contentType: meter.contentType, text, log })
  log.info({ host: listen.host, port: server.port }, 'metrics are served')
  return server
}

/** Without the socket everything but operators' wishes goes on: access must end on time also then. */
const openControl = async (config: Config, { log }: { log: Log }, answer: ReturnType<typeof controlAnswers>) => {
  if (config.database === ':memory:') return undefined
  try {
    return await openControlSocket({ path: join(dirname(config.database), socketName), log, answer })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    log.error({ problem }, 'the control socket could not be opened')
    return undefined
  }
}
