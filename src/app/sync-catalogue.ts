import { type Folder, folderRate, type Pass, timeLeft } from '../domain/discovery.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Seconds, seconds, timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { CatalogueDeps } from './deps.ts'
import { type Frontier, frontierOf } from './frontier.ts'

type Options = {
  readonly signal?: AbortSignal
  /** How old a pass that was left may be to be gone on with. */
  readonly resumeWithin?: Seconds
  /** Called when the vault has answered: the walk begins. */
  readonly onBegin?: () => void
}

const never = new AbortController().signal

/**
 * Makes the resource rows match what the vault has: one pass over its folders, or the rest of one that was left. What
 * was not seen is swept only after a complete pass: a vault that fails half-way hides nothing. Returns how many resources
 * the pass saw, or `undefined` when it broke off and shall be gone on with.
 */
export const syncCatalogue =
  (deps: CatalogueDeps) =>
  async (id: IntegrationId, options: Options = {}): Promise<number | undefined> => {
    const entry = deps.catalogue.get(id)
    if (!entry) return undefined
    const { signal = never, resumeWithin = seconds(3600), onBegin } = options
    const { connector, integration } = entry
    const { clock, store, log } = deps
    const ownerKey = integration.resourceOwner?.key
    try {
      const roots = await connector.roots()
      const now = clock.now()
      const since = timestamp(now - resumeWithin * 1000)
      const pass = await store.openPass(id, { now, since, ownerKey, roots })
      onBegin?.()
      const frontier = frontierOf(deps, pass)
      const look = (folder: Folder, stop: AbortSignal) => connector.look(folder, ownerKey, stop)
      await walk(deps, { pass, frontier, look, atOnce: connector.looksAtOnce, signal })
      if (signal.aborted) return undefined
      const gone = await store.closePass(pass, clock.now())
      const seen = (await store.discoveryProgress(id))?.resources ?? 0
      const leftOut = frontier.leftOut()
      if (gone === undefined) log.warn({ integration: id, seen, leftOut }, 'some folders could not be looked into')
      else log.info({ integration: id, seen, gone }, 'catalogue is in step')
      return seen
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      log.warn({ integration: id, code: error.code, problem: error.message }, 'discovery broke off')
      return undefined
    }
  }

type Walk = {
  readonly pass: Pass
  readonly frontier: Frontier
  readonly look: (folder: Folder, stop: AbortSignal) => ReturnType<Connector['look']>
  readonly atOnce: number
  readonly signal: AbortSignal
}

/** Looks into everything ahead, several folders at a time. Throws what has to be waited out, after saving what it has. */
const walk = async (deps: CatalogueDeps, { pass, frontier, look, atOnce, signal }: Walk): Promise<void> => {
  const breaking = new AbortController()
  const stop = AbortSignal.any([signal, breaking.signal])
  const running = new Set<Promise<void>>()
  const say = await progressTeller(deps, pass)
  let failure: unknown

  const lookInto = async (folder: Folder): Promise<void> => {
    try {
      frontier.add({ folder, ...(await look(folder, stop)) })
    } catch (error) {
      if (stop.aborted) return
      if (error instanceof ExternalError && !error.transient) {
        frontier.leaveOut(folder)
        deps.log.warn({ integration: pass.integration, folder, code: error.code }, 'a folder could not be looked into')
        return
      }
      failure = error
      breaking.abort()
    }
  }
  for (;;) {
    while (running.size < atOnce && !stop.aborted) {
      const folder = await frontier.next()
      if (folder === undefined) break
      const looking = lookInto(folder).finally(() => running.delete(looking))
      running.add(looking)
    }
    if (running.size === 0) break
    await frontier.saveSome() // while the vault has enough to do
    await say()
    await Promise.race(running)
  }
  await frontier.save()
  if (failure !== undefined) throw failure
}

const tellEvery = 5_000

/** A line every few seconds, for who waits for the first pass over a large vault. */
const progressTeller = async ({ store, clock, log }: CatalogueDeps, { integration }: Pass) => {
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
