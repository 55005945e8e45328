import { type Bell, newBell } from '../app/bell.ts'
import type { Deps } from '../app/deps.ts'
import { startHeadKeeper } from '../app/publish-head.ts'
import { startAuditPush } from '../app/push-audit.ts'
import type { Config } from '../config/read.ts'
import type { InstanceId } from '../domain/ids.ts'
import { seconds } from '../domain/time.ts'
import { type Connector, eventSink, type Store } from '../ports.ts'
import type { Meter } from './metrics.ts'
import { headPost, receiversOf, sinksOf } from './receivers.ts'
import type { listenForScrapes } from './scrapes.ts'
import { watchConnector, watchStore } from './watch.ts'

type ObservedConfig = Pick<Config, 'audit' | 'webhookSecret' | 'events' | 'metrics' | 'integrations'>

/** Whoever counts what the store and the connectors do, and hears of each audit row that was written. */
export type Observers = {
  /** Only where metrics are served. */
  readonly meter: Meter | undefined
  /** Rings once rows of the audit log are on the disk. */
  readonly written: Bell
  watchStore(store: Store): Store
  watchConnector<Kind extends Connector>(connector: Kind): Kind
}

export const newObservers = async (config: ObservedConfig, version: string): Promise<Observers> => {
  const meter = await meterOf(config, version)
  const written = newBell()
  const noteWritten: Parameters<typeof watchStore>[1]['written'] = (events) => {
    meter?.count(events)
    written.ring()
  }
  return {
    ...{ meter, written },
    watchStore: (store) =>
      watchStore(store, { written: noteWritten, discovered: (...pass) => meter?.discovered(...pass) }),
    watchConnector: (connector) => (meter ? watchConnector(connector, meter.vaultCall) : connector),
  }
}

/** Loads its library only where metrics are served: that costs a start twenty milliseconds, and four megabytes. */
const meterOf = async ({ metrics, integrations }: ObservedConfig, version: string): Promise<Meter | undefined> => {
  if (!metrics) return undefined
  const { newMeter } = await import('./metrics.ts')
  return newMeter({ version, integrations: integrations.map(({ integration }) => integration.id) })
}

/** Starts the audit log's way outside and the metrics. */
export const startObserving = async (
  config: ObservedConfig,
  deps: Deps,
  { meter, written }: Observers,
  self: { readonly version: string; readonly instance: InstanceId; readonly fetch: typeof fetch },
) => {
  const receivers = receiversOf(config, deps.clock, self)
  const push = startAuditPush(deps, sinksOf(config, receivers, self), written)
  const post = headPost(config, receivers, deps.platforms, self.instance)
  const heads = startHeadKeeper(deps, { every: config.audit.headEvery, ...(post && { post }) })
  const metrics = meter && config.metrics && (await serve(config.metrics.listen, deps, meter, push))
  return {
    lag: push.lag,
    /** Sends the events after a row of the audit log again; `undefined` where nobody receives events. */
    replay: (after: number) => push.replay(eventSink, after),
    headTrouble: heads.trouble,
    /** After the last row: hands on what it can in two seconds, and says where the log ends. */
    finish: async (): Promise<void> => {
      await heads.stop()
      await push.stop(seconds(2))
      await metrics?.close()
      deps.log.info(await deps.store.auditHead(), 'audit head')
    },
  }
}

const serve: typeof listenForScrapes = async (...given) => (await import('./scrapes.ts')).listenForScrapes(...given)
