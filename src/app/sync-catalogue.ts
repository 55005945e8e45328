import { type Folder, folderRate, type Pass, timeLeft } from '../domain/discovery.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Seconds, seconds, timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import { noteAway } from './away.ts'
import type { DiscoveryDeps } from './deps.ts'
import { type Frontier, frontierOf } from './frontier.ts'

type Options = {
  readonly signal?: AbortSignal
  /** Resume an interrupted pass if it is younger than this. */
  readonly resumeWithin?: Seconds
  /** Called when the vault has answered and the walk begins. */
  readonly onBegin?: () => void
}

const never = new AbortController().signal

/**
 * Makes the resource rows match the vault: one pass over its folders, or the rest of an interrupted pass. Only a
 * complete pass sweeps unseen resources, so a vault that fails half-way hides nothing. A mount that cannot be listed
 * delays no other; its resources stay. Returns the number of resources seen, or `undefined` when the pass must be
 * resumed or could list nothing.
 */
export const syncCatalogue =
  (deps: DiscoveryDeps) =>
  async (id: IntegrationId, options: Options = {}): Promise<number | undefined> => {
    const entry = deps.integrations.get(id)
    if (!entry) return undefined
    const { signal = never, resumeWithin = seconds(3600), onBegin } = options
    const { connector, integration } = entry
    const { clock, store, log } = deps
    const ownerKey = integration.resourceOwner?.key
    try {
      const { folders: roots, away } = await connector.roots()
      const now = clock.now()
      const since = timestamp(now - resumeWithin * 1000)
      const pass = await store.openPass(id, { now, since, ownerKey, roots })
      onBegin?.()
      const frontier = frontierOf(deps, pass)
      const lost = new Map(away.map(({ place, code }) => [place, code]))
      await walk(deps, { pass, frontier, connector, roots: new Set(roots), lost, ownerKey, signal })
      if (signal.aborted) return undefined
      await noteAway(deps, id, lost)
      const isLost = (folder: Folder) => lost.has(connector.placeOf(folder))
      const unseen = { places: [...lost.keys()], folders: frontier.leftOut().filter(isLost) }
      const gone = await store.closePass(pass, clock.now(), unseen)
      const seen = (await store.discoveryProgress(id))?.resources ?? 0
      const leftOut = frontier.leftOut().length
      if (gone === undefined) log.warn({ integration: id, seen, leftOut }, 'some folders could not be looked into')
      else log.info({ integration: id, seen, gone }, 'catalogue is in step')
      return lost.size > 0 && roots.every(isLost) ? undefined : seen
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      log.warn({ integration: id, code: error.code, problem: error.message }, 'discovery broke off')
      return undefined
    }
  }

type Walk = {
  readonly pass: Pass
  readonly frontier: Frontier
  readonly connector: Connector
  readonly roots: ReadonlySet<Folder>
  /** Codes by place; failures at the start of the walk are added. */
  readonly lost: Map<string, string>
  readonly ownerKey: string | undefined
  readonly signal: AbortSignal
}

/** Lists all remaining folders, several at a time. Throws failures that need waiting, after saving the results. */
const walk = async (deps: DiscoveryDeps, walking: Walk): Promise<void> => {
  const { pass, frontier, connector, roots, lost, ownerKey, signal } = walking
  const breaking = new AbortController()
  const stop = AbortSignal.any([signal, breaking.signal])
  const running = new Set<Promise<void>>()
  const say = await progressTeller(deps, pass)
  const suspects = new Set<Folder>()
  let looked = 0
  let failure: unknown

  const leaveOut = (folder: Folder, code: string): void => {
    frontier.leaveOut(folder)
    if (roots.has(folder)) lost.set(connector.placeOf(folder), code)
    deps.log.warn({ integration: pass.integration, folder, code }, 'a folder could not be looked into')
  }
  const lookInto = async (folder: Folder): Promise<void> => {
    try {
      frontier.add({ folder, ...(await connector.look(folder, ownerKey, stop)) })
      looked += 1
    } catch (error) {
      if (stop.aborted) return
      if (error instanceof ExternalError && !error.transient) return leaveOut(folder, error.code)
      // A failing mount and a failing vault are told apart by trying all other mounts first.
      if (error instanceof ExternalError && error.code === 'failing' && roots.has(folder)) {
        if (!suspects.has(folder)) return void suspects.add(folder)
        if (looked > 0) return leaveOut(folder, error.code)
      }
      failure = error
      breaking.abort()
    }
  }
  const lookEverywhere = async (): Promise<void> => {
    for (;;) {
      while (running.size < connector.looksAtOnce && !stop.aborted) {
        const folder = await frontier.next()
        if (folder === undefined) break
        if (lost.has(connector.placeOf(folder))) frontier.leaveOut(folder)
        else {
          const looking = lookInto(folder).finally(() => running.delete(looking))
          running.add(looking)
        }
      }
      if (running.size === 0) return
      await frontier.saveSome() // while the vault is busy with our calls
      await say()
      await Promise.race(running)
    }
  }
  await lookEverywhere()
  for (const root of suspects) if (!stop.aborted) await lookInto(root)
  await lookEverywhere()
  await frontier.save()
  if (failure !== undefined) throw failure
}

const tellEvery = 5_000

/** Logs progress every few seconds, for those who wait for the first pass over a large vault. */
const progressTeller = async ({ store, clock, log }: DiscoveryDeps, { integration }: Pass) => {
  const measured = async () => {
    const progress = await store.discoveryProgress(integration)
    return { at: clock.now(), done: progress?.folders.done ?? 0, progress }
  }
  const first = await measured()
  let last = first.at
  return async () => {
    if (clock.now() - last < tellEvery) return
    const now = await measured()
    last = now.at
    if (!now.progress) return
    const { folders, resources } = now.progress
    const perSecond = folderRate(first, now)
    const secondsLeft = timeLeft(now.progress, perSecond)
    const rate = Math.round(perSecond * 10) / 10
    log.info(
      { integration, folders: folders.done, known: folders.known, resources, perSecond: rate, secondsLeft },
      'discovery under way',
    )
  }
}
