// One run in a process of its own, so that its memory is its own: prints one line of JSON.
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import type { DiscoveryDeps } from '../../src/app/deps.ts'
import { refreshTags } from '../../src/app/refresh-tags.ts'
import { syncCatalogue } from '../../src/app/sync-catalogue.ts'
import { systemClock } from '../../src/clock.ts'
import { vaultConnector } from '../../src/connectors/vault/connector.ts'
import { instanceId, integrationId } from '../../src/domain/ids.ts'
import { after, seconds } from '../../src/domain/time.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { bareClient } from './discovery-tree.ts'
import { percentile } from './figures.ts'

export type Job = {
  readonly what: 'bare' | 'ours' | 'typeahead'
  readonly how: 'names' | 'in bulk' | 'one by one'
  readonly address: string
  readonly credentialsFolder: string
  readonly appRoleMount: string
  readonly database: string
  readonly atOnce: number
  /** On the database that the run before left. */
  readonly isRepeated?: boolean
  readonly requestsPerSecond?: number
}
export type Result = {
  readonly milliseconds: number
  readonly resources: number
  readonly tags: number
  readonly megabytes: number
  readonly cpu: number
  readonly percentiles?: { readonly p50: number; readonly p99: number; readonly worst: number }
}

const job: Job = JSON.parse(process.argv[2] ?? '{}')
const id = integrationId('bench')

const login = async (): Promise<string> => {
  const read = (name: string) => readFileSync(`${job.credentialsFolder}/${name}`, 'utf8').trim()
  const body = JSON.stringify({ role_id: read('role_id'), secret_id: read('secret_id') })
  const answer = await fetch(`${job.address}/v1/auth/${job.appRoleMount}/login`, { method: 'POST', body })
  return ((await answer.json()) as { auth: { client_token: string } }).auth.client_token
}

/** What Latchkey has to ask as well, and nothing else: no limits, no checks, no rows. */
const bare = async (): Promise<Omit<Result, 'milliseconds' | 'megabytes' | 'cpu'>> => {
  const client = bareClient(job.address, await login(), job.atOnce)
  const folders = ['']
  const secrets: string[] = []
  let resources = 0
  let tags = 0
  const isBulk = job.how === 'in bulk'
  const look = async (folder: string) => {
    const path = `kv/${isBulk ? 'detailed-metadata' : 'metadata'}/${folder}?list=true${isBulk ? '&limit=500' : ''}`
    const { data } = (await client.get(path)) as Listing
    for (const key of data.keys) {
      if (key.endsWith('/')) folders.push(`${folder}${key}`)
      else {
        resources += 1
        if (isBulk && data.key_info?.[key]?.custom_metadata?.owner) tags += 1
        if (job.how === 'one by one') secrets.push(`${folder}${key}`)
      }
    }
  }
  await drain(folders, look)
  await drain(secrets, async (path) => {
    const { data } = (await client.get(`kv/metadata/${path}`)) as Metadata
    if (data.custom_metadata?.owner) tags += 1
  })
  await client.close()
  return { resources, tags }
}
type Metadata = { data: { custom_metadata?: { owner?: string } } }
type Listing = { data: { keys: string[]; key_info?: Record<string, { custom_metadata?: { owner?: string } }> } }

/** Also what is added on the way. */
const drain = async (list: readonly string[], work: (one: string) => Promise<void>): Promise<void> => {
  const running = new Set<Promise<void>>()
  for (let next = 0; next < list.length || running.size > 0; ) {
    for (; next < list.length && running.size < job.atOnce; next += 1) {
      const done = work(list[next] ?? '').finally(() => running.delete(done))
      running.add(done)
    }
    await Promise.race(running)
  }
}

const newId = () => randomBytes(16).toString('hex')
const quiet = { info: () => {}, warn: console.error, error: console.error }

const world = async () => {
  const store = await openSqliteStore({ file: job.database, newId })
  const connector = vaultConnector({
    integration: id,
    instance: instanceId('i0bench'),
    clock: systemClock,
    params: {
      internalUrl: job.address,
      credentials: { folder: job.credentialsFolder },
      approleMount: job.appRoleMount,
      transitMounts: [],
      discovery: { requestsPerSecond: job.requestsPerSecond ?? 0, concurrency: job.atOnce },
    },
  })
  const integration = {
    id,
    requesters: [],
    owners: [],
    durations: [seconds(900)],
    decideWithin: seconds(900),
    ...(job.how !== 'names' && { resourceOwner: { key: 'owner', allow: [], pinned: [] } }),
  } as const
  const integrations = new Map([[id, { integration, connector }]])
  const nobody = { person: () => undefined, find: () => undefined, members: () => [], partiesOf: () => [] }
  const people = { directory: nobody, platforms: new Map(), newId: randomUUID }
  const deps: DiscoveryDeps = { ...people, store, integrations, clock: systemClock, log: quiet }
  return { store, connector, deps }
}

const ours = async (): Promise<Omit<Result, 'milliseconds' | 'megabytes' | 'cpu'>> => {
  if (!job.isRepeated) for (const end of ['', '-wal', '-shm']) rmSync(`${job.database}${end}`, { force: true })
  const { store, connector, deps } = await world()
  const resources = await syncCatalogue(deps)(id)
  if (resources === undefined) throw new Error('the pass broke off')
  if (job.how === 'one by one') {
    const until = after(systemClock.now(), seconds(3600))
    await refreshTags(deps)(id, { until, most: 1, signal: new AbortController().signal })
  }
  const progress = await store.discoveryProgress(id)
  await connector.close()
  await store.close()
  return { resources, tags: progress?.tags.count ?? 0 }
}

/** What somebody types, letter by letter. */
const typed = [
  'payments',
  'pay data',
  'team-7 red',
  'database-0',
  'billing oauth',
  'x',
  'kv',
  'webhook-4 team-3',
  'signing',
  'nothing-like-it',
]

const typeahead = async () => {
  const { store, connector } = await world()
  const times: number[] = []
  for (let round = 0; round < 5; round += 1) {
    for (const text of typed) {
      for (let length = 1; length <= text.length; length += 1) {
        const started = performance.now()
        await store.findResources([id], text.slice(0, length), 100)
        times.push(performance.now() - started)
      }
    }
  }
  await connector.close()
  await store.close()
  const percentiles = { p50: percentile(times, 0.5), p99: percentile(times, 0.99), worst: Math.max(...times) }
  return { resources: 0, tags: 0, percentiles }
}

const began = performance.now()
const result = await { bare, ours, typeahead }[job.what]()
const milliseconds = performance.now() - began
const { userCPUTime, systemCPUTime } = process.resourceUsage()
// Not `maxRSS`, which knows also what the process was before it became this program: a copy of the one that started it.
const megabytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
const line: Result = { ...result, milliseconds, megabytes, cpu: (userCPUTime + systemCPUTime) / 1000 }
console.log(JSON.stringify(line))
process.exit(0)
