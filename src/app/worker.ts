import type { IntegrationId } from '../domain/ids.ts'
import type { Journal } from '../domain/journal.ts'
import { after, type Seconds, seconds, type Timestamp, timestamp } from '../domain/time.ts'
import type { RotationHooks } from '../ports.ts'
import { askOthersWhereNeeded } from './ask-others.ts'
import { auditJobs } from './audit-jobs.ts'
import type { Bell } from './bell.ts'
import { checkAccounts } from './check-accounts.ts'
import { checkChannels } from './check-channels.ts'
import { checkOwners } from './check-owners.ts'
import type { Deps } from './deps.ts'
import { expireRequests } from './expire-requests.ts'
import { explainWaiting } from './explain-waiting.ts'
import { findDrift } from './find-drift.ts'
import { followServer } from './follow-server.ts'
import type { Health } from './health.ts'
import { type CatalogueKeeper, type CatalogueSettings, catalogueKeeper } from './keep-catalogue.ts'
import { alone } from './lease.ts'
import { lookBeneath } from './look-beneath.ts'
import { newPool, type Pool } from './pool.ts'
import { prune, pruneEvery } from './prune.ts'
import { cardsAtOnce, reconcileCards } from './reconcile-cards.ts'
import { reconcileControlGroups } from './reconcile-control-groups.ts'
import { grantsAtOnce, type Hands, reconcileGrants } from './reconcile-grants.ts'
import { reconcileHomes } from './reconcile-homes.ts'
import { removeUnknown } from './remove-unknown.ts'
import { renewCredentials } from './renew-credentials.ts'
import { rotateAfterUse } from './rotation.ts'
import { settleWrappings } from './settle-wrappings.ts'
import { tellEndings } from './tell-endings.ts'
import type { AuditMeter } from './watch-audit.ts'

export type Worker = {
  /** Starts all work, once. */
  start(): void
  /** Whether the last discovery pass was complete; a pass also finds out that a vault is away. */
  isDiscovered(integration: IntegrationId): boolean
  /** Stops after the running steps. */
  stop(): Promise<void>
}

export type WorkerSettings = CatalogueSettings & {
  readonly driftEvery: Seconds
  readonly accountsEvery: Seconds
  readonly reloadDirectory: () => Promise<void>
  /** How long finished records are kept. */
  readonly keep?: Seconds
  /** Hears how much was read of the audit logs of vaults. */
  readonly auditMeter?: AuditMeter
  readonly journal?: Pick<Journal, 'former' | 'note' | 'present'>
  /** Compares the process's clock with the database's, where several processes share one. */
  readonly followClock?: (time: () => Promise<Timestamp>) => Promise<void>
  /** Receivers that write new values of secrets that were read. */
  readonly rotationHooks?: RotationHooks
}

/** One turn of a loop; `wake` starts the next one at once. */
type Job = (wake: () => void) => Promise<unknown>

/** Skips the first turn: the start has just checked, and the chat is not connected yet. */
const afterFirst = (job: Job): Job => {
  let isFirst = true
  return async (wake) => {
    if (!isFirst) await job(wake)
    isFirst = false
  }
}

const noHooks: RotationHooks = () => undefined
const reloadEvery = seconds(2)
const never = seconds(1e9)
const channelsEvery = seconds(600)
/** A process that is silent for `life` is dead, and others take its claims. Where there are others, that is soon. */
const beating = { alone: { life: seconds(20), every: seconds(5) }, shared: { life: seconds(3), every: seconds(1) } }

/**
 * One loop per vault and per chat platform, so that a slow one delays no other. A loop runs at each ring, when
 * something is due, and at least every `wake` seconds. The database, never memory, says what is due.
 */
export const newWorker = (deps: Deps, health: Health, bell: Pick<Bell, 'listen'>, settings: WorkerSettings): Worker => {
  const stopping = new AbortController()
  const pools: Pool[] = []
  const pool = (size: number): Pool => {
    const added = newPool(size, deps.log)
    pools.push(added)
    return added
  }

  const loop =
    (name: string, job: Job, next: () => Promise<Timestamp>, isNudged = true) =>
    async () => {
      let sleeper = new AbortController()
      const wake = () => sleeper.abort()
      if (isNudged) bell.listen(wake)
      while (!stopping.signal.aborted) {
        sleeper = new AbortController() // before the job, so that a nudge during it is not lost
        const stumbled = (error: unknown) => deps.log.error({ loop: name, error: String(error) }, 'a loop stumbled')
        await job(wake).catch(stumbled)
        const until = (await next().catch(stumbled)) ?? after(deps.clock.now(), deps.settings.wake)
        await deps.clock.sleep(until, AbortSignal.any([sleeper.signal, stopping.signal]))
      }
    }
  const within = (length: Seconds) => async () => after(deps.clock.now(), length)
  const atLatest = async (known: readonly (Timestamp | undefined)[]): Promise<Timestamp> => {
    const latest = after(deps.clock.now(), deps.settings.wake)
    const soonest = known.reduce((least: Timestamp, moment) => (moment && moment < least ? moment : least), latest)
    // Something due that another step holds must not make the loop spin.
    const shortest = after(deps.clock.now(), seconds(0.2))
    return soonest < shortest ? shortest : soonest
  }
  const due = (integrations: readonly IntegrationId[]) => async () =>
    atLatest([await deps.store.nextDue(integrations), health.nextTry(integrations)])

  const hands = (): Hands => ({ steps: pool(grantsAtOnce), cuts: pool(grantsAtOnce), chores: pool(1) })
  const hourAgo = () => timestamp(deps.clock.now() - 3_600_000)
  const isStopping = () => stopping.signal.aborted
  const integrations: readonly IntegrationId[] = [...deps.integrations.keys()]
  const removal = removeUnknown(deps, settings.journal ?? { former: [], note: async () => {} })
  const keepers = new Map(integrations.map((id) => [id, catalogueKeeper(deps, id, settings)]))
  const only = (name: string, pace: Seconds, job: Job) => alone(deps, name, pace, job)
  const pruning = () => prune(deps, settings.keep ?? never)(stopping.signal)
  const catalogue = (id: IntegrationId, keeper: CatalogueKeeper): Job =>
    alone(
      ...([deps, `catalogue ${id}`, settings.discoverEvery] as const),
      (_, isLost) => keeper.turn(AbortSignal.any([stopping.signal, isLost])),
      keeper.follow,
    )
  const { server } = deps.store
  const { life, every: beatEvery } = server ? beating.shared : beating.alone
  const beat = async () => {
    const dead = await deps.store.stayAlive(life)
    if (dead > 0) deps.nudge() // their claims are free
  }
  const follow = async () => {
    for await (const _ of deps.store.changes(stopping.signal)) {
      await health.follow().catch((error: unknown) => deps.log.error({ error: String(error) }, 'a change was missed'))
      deps.nudge()
    }
  }
  const renewals = [...deps.integrations].flatMap(([id, { connector }]) => {
    const renewal = connector.renewCredentials && renewCredentials(deps, id, connector.renewCredentials)
    return renewal
      ? [loop(`credentials ${id}`, only(`credentials ${id}`, seconds(300), renewal.job), renewal.next, false)]
      : []
  })
  const loops = [
    // First, because a ring reaches loops in this order, and somebody waits for access or for its end.
    ...integrations.map((id) =>
      loop(`grants ${id}`, reconcileGrants(deps, health, id, hands(), isStopping), due([id])),
    ),
    ...auditJobs(deps, stopping.signal, settings.auditMeter).map(({ name, job, pace }) =>
      loop(name, job, within(pace), false),
    ),
    loop('changes', follow, within(beatEvery), false),
    loop('alive', beat, within(beatEvery), false),
    ...(server ? [loop('server', followServer(deps, server, settings), within(beatEvery), false)] : []),
    ...renewals,
    loop('deadlines', expireRequests(deps), due([])),
    loop('endings', tellEndings(deps), async () => atLatest([await deps.store.nextToTell()])),
    loop('refusals', () => deps.store.settleRefusals(hourAgo()), within(deps.settings.wake), false),
    loop('owners', askOthersWhereNeeded(deps), within(deps.settings.wake), false),
    loop('pruning', only('pruning', pruneEvery, pruning), within(pruneEvery), false),
    loop('channels', only('channels', channelsEvery, checkChannels(deps)), within(channelsEvery), false),
    loop('directory', settings.reloadDirectory, within(reloadEvery), false),
    loop(
      'accounts',
      afterFirst(
        only('accounts', settings.accountsEvery, async () => {
          await checkAccounts(deps)(stopping.signal)
          await checkOwners(deps)(stopping.signal)
        }),
      ),
      within(settings.accountsEvery),
      false,
    ),
    ...[...deps.platforms.values()].map((platform) =>
      loop(`cards ${platform.name}`, reconcileCards(deps, platform, pool(cardsAtOnce)), async () =>
        atLatest([await deps.store.nextCard(platform.name)]),
      ),
    ),
    ...[...deps.platforms.values()].flatMap((platform) => {
      if (!platform.home) return []
      const homes = reconcileHomes(deps, platform, platform.home)
      return [loop(`homes ${platform.name}`, homes.job, async () => atLatest([await homes.next()]))]
    }),
    ...[...deps.integrations].flatMap(([id, { connector }]) => {
      if (!connector.controlGroups) return []
      const job = only(`control groups ${id}`, deps.settings.wake, reconcileControlGroups(deps, id))
      return [loop(`control groups ${id}`, job, async () => atLatest([await deps.store.nextControlGroup(id)]))]
    }),
    ...[...keepers].flatMap(([id, keeper]) => [
      loop(`waiting ${id}`, explainWaiting(deps, health, id), within(deps.settings.wake)),
      ...(deps.integrations.get(id)?.connector.wrappings
        ? [
            loop(
              `wrappings ${id}`,
              () => settleWrappings(deps, id)(stopping.signal),
              async () => atLatest([await deps.store.nextWrapping(id)]),
            ),
          ]
        : []),
      ...(deps.integrations.get(id)?.connector.versions
        ? [
            loop(
              `rotations ${id}`,
              () => rotateAfterUse(deps, id, settings.rotationHooks ?? noHooks)(stopping.signal),
              async () => atLatest([await deps.store.nextRotation(id)]),
            ),
          ]
        : []),
      loop(`catalogue ${id}`, catalogue(id, keeper), keeper.nextTurn, false),
      loop(
        `beneath ${id}`,
        only(`beneath ${id}`, settings.discoverEvery, () => lookBeneath(deps)(id, stopping.signal)),
        within(settings.discoverEvery),
        false,
      ),
      loop(
        `drift ${id}`,
        only(`drift ${id}`, settings.driftEvery, () => findDrift(deps, removal)(id)),
        within(settings.driftEvery),
        false,
      ),
    ]),
  ]
  let running: readonly Promise<void>[] = []
  return {
    start: () => {
      running = loops.map((run) => run())
    },
    isDiscovered: (integration) => keepers.get(integration)?.isDiscovered() ?? false,
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
      await Promise.all(pools.map((each) => each.settled()))
    },
  }
}

/** A worker that starts at once. */
export const startWorker: typeof newWorker = (...given) => {
  const worker = newWorker(...given)
  worker.start()
  return worker
}
