import { collectDefaultMetrics, Registry } from 'prom-client'
import type { PushLag } from '../app/push-audit.ts'
import type { DiscoveryProgress } from '../domain/discovery.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { Tally } from '../domain/overview.ts'
import type { Power } from '../domain/power.ts'
import { countEvents } from './count-events.ts'
import { type Instruments, newInstruments, word } from './instruments.ts'

/** Values that are read at each scrape, because the meter does not store them. */
export type Scraped = {
  readonly now: number
  readonly tally: Tally
  readonly auditRows: number
  readonly push: readonly PushLag[]
  readonly discovery: readonly DiscoveryAt[]
  readonly vaultUp: readonly { readonly integration: IntegrationId; readonly isUp: boolean; readonly power: Power }[]
  readonly stuck: readonly { readonly integration: IntegrationId; readonly count: number }[]
}

type DiscoveryAt = { readonly integration: IntegrationId; readonly progress: DiscoveryProgress | undefined }

export type Meter = ReturnType<typeof newMeter>

type ReadAudit = { readonly seen: number; readonly unreadable: number; readonly readTo: number }
type Build = { readonly version: string; readonly integrations: readonly IntegrationId[] }

const liveStates = ['provisioning', 'active', 'revoking'] as const
const requestStates = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const

/** Metrics for Prometheus. */
export const newMeter = ({ version, integrations }: Build) => {
  const registry = new Registry()
  const instruments = newInstruments(registry)
  instruments.build.set({ version, node: process.versions.node }, 1)
  for (const integration of integrations) beginAtZero(instruments, integration)

  const passes = new Map<IntegrationId, number>()
  const pushed = new Map<string, number>()
  let isProcessWatched = false
  return {
    /** Counts audit events that were written. */
    count: countEvents(instruments),
    vaultCall: (integration: IntegrationId, verb: string, failure?: string) => {
      instruments.calls.inc({ integration, verb })
      if (failure !== undefined) instruments.failures.inc({ integration, verb, code: word(failure) })
    },
    discovered: (integration: IntegrationId, pass: number, seen: number) => {
      passes.set(integration, pass)
      instruments.size.set({ integration }, seen)
    },
    auditRead: (integration: IntegrationId, { seen, unreadable, readTo }: ReadAudit) => {
      instruments.auditLines.inc({ integration, state: 'read' }, seen - unreadable)
      instruments.auditLines.inc({ integration, state: 'unreadable' }, unreadable)
      instruments.auditReadTo.set({ integration }, readTo / 1000)
    },
    contentType: registry.contentType,
    text: async (scraped: Scraped): Promise<string> => {
      // Watching the event loop keeps waking the process, so it starts with the first scrape.
      if (!isProcessWatched) collectDefaultMetrics({ register: registry })
      isProcessWatched = true
      showTally(instruments, integrations, scraped)
      instruments.away.reset()
      for (const { integration, progress } of scraped.discovery) showDiscovery(instruments, integration, progress)
      for (const [integration, pass] of passes) instruments.age.set({ integration }, (scraped.now - pass) / 1000)
      for (const { sink, failures } of scraped.push) {
        instruments.pushFailures.inc({ sink }, failures - (pushed.get(sink) ?? 0))
        pushed.set(sink, failures)
      }
      return registry.metrics()
    },
  }
}

/** Starts counters at zero, so that the first event is a rise and not the beginning of a series. */
const beginAtZero = ({ requests, decisions, credentials, misuses }: Instruments, integration: string): void => {
  for (const state of requestStates) requests.inc({ integration, state }, 0)
  for (const verdict of ['approve', 'deny']) decisions.inc({ integration, verdict }, 0)
  for (const outcome of ['issued', 'failed']) credentials.inc({ integration, outcome }, 0)
  misuses.inc({ integration }, 0)
}

const showDiscovery = (
  { folders, unreadTags, away }: Instruments,
  integration: IntegrationId,
  progress: DiscoveryProgress | undefined,
): void => {
  folders.set({ integration, state: 'done' }, progress?.folders.done ?? 0)
  folders.set({ integration, state: 'known' }, progress?.folders.known ?? 0)
  unreadTags.set({ integration }, progress?.tags.unread ?? 0)
  for (const { place, code } of progress?.away ?? []) away.set({ integration, place, code: word(code) }, 1)
}

const showTally = (
  {
    live,
    pending,
    overdue,
    oldest,
    cards,
    refused,
    vaultUp,
    contained,
    stuck,
    rows,
    lagRows,
    lagSeconds,
    pushRefused,
  }: Instruments,
  integrations: readonly string[],
  { now, tally, auditRows, push, stuck: stuckAt, vaultUp: vaults }: Scraped,
): void => {
  for (const gauge of [live, pending, overdue, oldest, cards, refused]) gauge.reset()
  for (const integration of integrations) {
    for (const state of liveStates) live.set({ integration, state }, 0)
    for (const gauge of [pending, overdue, oldest]) gauge.set({ integration }, 0)
  }
  for (const { integration, count } of tally.pending) pending.set({ integration }, count)
  const ages = new Map<string, number>()
  for (const { integration, state, count, overdue: late, oldestOwed = now } of tally.grants) {
    live.set({ integration, state }, count)
    overdue.inc({ integration }, late)
    ages.set(integration, Math.max((now - oldestOwed) / 1000, ages.get(integration) ?? 0))
  }
  for (const [integration, age] of ages) oldest.set({ integration }, age)
  for (const { platform, count } of tally.cards) cards.set({ platform }, count)
  for (const { platform, code, count } of tally.refused) refused.inc({ platform, code: word(code) }, count)
  for (const { integration, isUp, power } of vaults) {
    vaultUp.set({ integration }, isUp ? 1 : 0)
    contained.set({ integration }, power === 'contained' ? 1 : 0)
  }
  for (const { integration, count } of stuckAt) stuck.set({ integration }, count)
  rows.set(auditRows)
  for (const { sink, rows: behind, seconds, refusal } of push) {
    pushRefused.set({ sink }, refusal === undefined ? 0 : 1)
    lagRows.set({ sink }, behind)
    lagSeconds.set({ sink }, seconds)
  }
}
