import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type LatchkeyProcess, launchLatchkey } from '../../src/demo/latchkey-process.ts'
import { startWorld, type World, type WorldOptions } from '../../src/demo/world.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { type BreakingProxy, breakingProxy, type Point } from './breaking-proxy.ts'
import { eventually, waitingUntil } from './eventually.ts'
import { databaseName as name, newDatabase } from './new-database.ts'
import { type PostgresServer, startPostgres } from './postgres.ts'
import { type Relay, startRelay } from './relay.ts'
import { type Story, storyIn } from './story.ts'
import { untilNothingIsOrphaned } from './vault-truth.ts'

/** One Latchkey among several at one database. */
export type Replica = {
  readonly url: string
  /** Between it and the vault, and between it and the chat. */
  readonly vault: BreakingProxy
  readonly chat: BreakingProxy
  process(): LatchkeyProcess
  /** Starts it, after its end. */
  start(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
  /** Stands still as on a machine that is paused, and goes on. */
  freeze(): void
  wake(): void
}

export type ReplicasWorld = {
  readonly world: World
  readonly story: Story
  readonly postgres: PostgresServer
  /** Between every replica and PostgreSQL. */
  readonly line: Relay
  readonly replicas: readonly Replica[]
  /** From now on this server has the database. */
  moveTo(server: PostgresServer): void
  /** Kills the replica that makes the call to which `act` leads, and starts it again. */
  killAt(point: Point, side: 'vault' | 'chat', act: () => Promise<unknown>): Promise<void>
  untilNothingIsOrphaned(): Promise<void>
  /** The first row of the audit log that breaks its chain. */
  firstBadAuditRow(): Promise<number | undefined>
  stop(): Promise<void>
}

type Options = WorldOptions & {
  readonly count: number
  readonly postgres?: PostgresServer
  /** What else a replica gets, by its number from 0. */
  readonly environmentOf?: (index: number) => Readonly<Record<string, string>>
}

const compiled = join(import.meta.dirname, '../../.cache/compiled')

/** Several Latchkeys at one PostgreSQL, behind one balancer, with a vault and a Slack that reaches each by a socket. */
export const replicasWorld = async (options: Options): Promise<ReplicasWorld> => {
  const { count, environmentOf = () => ({}) } = options
  const endings: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    const postgres = options.postgres ?? (await startPostgres())
    if (!options.postgres) endings.push(postgres.stop)
    const login = await newDatabase(postgres)
    const line = await startRelay(postgres.port)
    endings.push(line.stop)
    const balancer = await startRelay()
    endings.push(balancer.stop)
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-data-'))
    endings.push(() => rm(folder, { recursive: true, force: true }))
    const place = `127.0.0.1:${line.port}/${name}`
    let current = postgres

    const real = { vault: '', slack: '' }
    const proxyTo = async (address: string, prefix: string) => {
      const proxy = await breakingProxy(new URL(address).origin, prefix)
      endings.push(proxy.stop)
      return proxy
    }
    const first: Partial<Record<'vault' | 'chat', BreakingProxy>> = {}
    const environment = {
      DATABASE_URL: `postgres://${login.user}:${login.password}@${place}`,
      NODE_COMPILE_CACHE: compiled,
      ...options.environment,
    }
    const world = await startWorld({
      ...options,
      isSocketMode: true,
      environment: { ...environment, ...environmentOf(0) },
      settings: {
        ...options.settings,
        database: `postgres://${login.user}@${place}`,
        dataFolder: folder,
        link: { baseUrl: `http://127.0.0.1:${balancer.port}` },
      },
      vaultAddress: async (address) => {
        real.vault = address
        first.vault = await proxyTo(address, '/v1/')
        return first.vault.address
      },
      slackApiUrl: async (address) => {
        real.slack = address
        first.chat = await proxyTo(address, '/api/')
        return `${first.chat.address}/api/`
      },
    })
    endings.push(world.stop)
    const { slackSecrets } = world
    const written = JSON.parse(await readFile(world.files.config, 'utf8'))

    const further = async (index: number): Promise<Replica> => {
      const vault = await proxyTo(real.vault, '/v1/')
      const chat = await proxyTo(real.slack, '/api/')
      const port = await freePort()
      const own = join(world.folder, `replica-${index}`)
      await mkdir(own)
      const configFile = join(own, 'latchkey.yaml')
      const integrations = written.integrations.map((each: { vault: object }) => ({
        ...each,
        vault: { ...each.vault, internalUrl: vault.address },
      }))
      const configuration = {
        ...written,
        ...{ listen: { host: '127.0.0.1', port }, dataFolder: own, integrations },
        slack: { ...written.slack, apiUrl: `${chat.address}/api/` },
      }
      await writeFile(configFile, JSON.stringify(configuration))
      const url = `http://127.0.0.1:${port}`
      const launch = () =>
        launchLatchkey({
          ...{ configFile, url, logFile: join(world.folder, `latchkey-${index}.log`) },
          environment: {
            ...{ SLACK_BOT_TOKEN: slackSecrets.botToken, SLACK_SIGNING_SECRET: slackSecrets.signingSecret },
            ...{ SLACK_APP_TOKEN: slackSecrets.appToken, ...environment, ...environmentOf(index) },
          },
        })
      let running = launch()
      endings.push(() => running.kill())
      await running.ready
      const start = async () => {
        running = launch()
        await running.ready
      }
      return replicaOf({ url, vault, chat, process: () => running, start })
    }
    const { vault, chat } = first
    if (!vault || !chat) throw new Error('the first replica has its proxies')
    const own = { vault, chat, process: world.latchkey, start: async () => void (await world.restart()) }
    const replicas = [replicaOf({ ...own, url: world.latchkey().url })]
    for (let index = 1; index < count; index += 1) replicas.push(await further(index))
    balancer.to(...replicas.map(({ url }) => Number(new URL(url).port)))

    const files = { ...world.files, database: postgres.url(postgres.owner, name) }
    const story = storyIn({ ...world, files }, undefined, () => current.url(current.owner, name))
    return {
      ...{ world, story, postgres, line, replicas, stop },
      moveTo: (server) => {
        current = server
        line.to(server.port)
      },
      async killAt(point, side, act) {
        const death = new AbortController()
        const hooks = replicas.map(async (replica) => {
          const verdict = async () => {
            if (death.signal.aborted) return 'pass' as const
            death.abort(replica)
            await replica.kill()
            return 'cut' as const
          }
          await replica[side].once(point, verdict)
        })
        for (const hook of hooks) hook.catch(() => undefined)
        await waitingUntil(death.signal, act).catch(() => undefined) // whoever acted may get no answer
        const about = () => `the call ${point.call} is made`
        await eventually(() => death.signal.aborted, { limit: 120_000, about }).finally(() => {
          for (const replica of replicas) replica[side].forgetHooks()
        })
        const killed = replicas.find((replica) => replica === death.signal.reason)
        await killed?.process().exited
        await killed?.start()
      },
      untilNothingIsOrphaned: () => untilNothingIsOrphaned(world, story.records),
      firstBadAuditRow: async () => {
        const config = { connectionString: current.url(login, name) }
        const store = await openPostgresStore({ config, newId: randomUUID })
        return store.verifyAudit().finally(() => store.close())
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const replicaOf = (parts: Pick<Replica, 'url' | 'vault' | 'chat' | 'process' | 'start'>): Replica => ({
  ...parts,
  kill: () => parts.process().kill(),
  stop: () => parts.process().stop(),
  freeze: () => void process.kill(parts.process().pid, 'SIGSTOP'),
  wake: () => void process.kill(parts.process().pid, 'SIGCONT'),
})
