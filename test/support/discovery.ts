import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { DiscoveryDeps } from '../../src/app/deps.ts'
import { refreshTags } from '../../src/app/refresh-tags.ts'
import { syncCatalogue } from '../../src/app/sync-catalogue.ts'
import { systemClock } from '../../src/clock.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { integrationId, personId } from '../../src/domain/ids.ts'
import { after, seconds } from '../../src/domain/time.ts'
import { openStore } from '../../src/store/index.ts'
import type { TestVault } from './openbao.ts'
import { encoded } from './openbao-calls.ts'
import { connectorTo } from './openbao-connector.ts'

/** The connector's own integration, see `connectorTo`. */
export const id = integrationId('example')

type Options = {
  readonly file: string
  /** Laid over the connector's parameters. Without a limit unless it says otherwise. */
  readonly params?: object
  readonly ownerKey?: string
  readonly clock?: DiscoveryDeps['clock']
}

const unused = () => Promise.reject(new Error('nothing is posted here'))

/** Discovery at one vault as the worker runs it, on a database file. */
export const openDiscovery = async (prepared: PreparedVault, options: Options) => {
  const { file, params = {}, ownerKey, clock = systemClock } = options
  const store = await openStore(file, { newId: randomUUID })
  const connector = connectorTo(prepared, { discovery: { requestsPerSecond: 0 }, ...params })
  const integration = {
    id,
    requesters: [],
    owners: ['person:owner'],
    durations: [seconds(900)],
    decideWithin: seconds(900),
    ...(ownerKey !== undefined && { resourceOwner: { key: ownerKey, allow: [], pinned: [] } }),
  } as const
  const lines: { level: string; message: string; fields: object }[] = []
  const line = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields })
  }
  const identity = { platform: 'slack', tenant: 'T1', subject: 'U1' } as const
  const owner = { id: personId('owner'), name: 'Owner', identities: [identity] }
  const deps: DiscoveryDeps = {
    directory: { person: () => owner, find: () => owner, members: () => [owner.id], partiesOf: () => [] },
    platforms: new Map([['slack', { name: 'slack', post: unused, update: unused, admits: unused }]]),
    newId: randomUUID,
    store,
    integrations: new Map([[id, { integration, connector }]]),
    clock,
    log: { info: line('info'), warn: line('warn'), error: line('error') },
  }
  const close = async () => {
    await connector.close()
    await store.close()
  }
  return {
    store,
    lines,
    sync: (more: Parameters<ReturnType<typeof syncCatalogue>>[1] = {}) => syncCatalogue(deps)(id, more),
    refresh: (most = 0) => {
      const signal = new AbortController().signal
      return refreshTags(deps)(id, { until: after(clock.now(), seconds(600)), most, signal })
    },
    close,
  }
}

/** What the catalogue in a file offers: each path with its owner tag. */
export const catalogueIn = (file: string): Record<string, string | null> => {
  const connection = new Database(file, { readonly: true })
  try {
    const rows = connection
      .prepare('SELECT path, owner_tag AS tag FROM resources WHERE is_gone = 0 ORDER BY path')
      .all()
    return Object.fromEntries((rows as { path: string; tag: string | null }[]).map(({ path, tag }) => [path, tag]))
  } finally {
    connection.close()
  }
}

/** Secrets by path below the mount, with their owners. */
export type Secrets = Readonly<Record<string, string>>

/** Writes them, thirty-two at a time: metadata alone makes a secret that is listed. */
export const writeSecrets = async ({ admin }: TestVault, mount: string, secrets: Secrets): Promise<void> => {
  const queue = Object.entries(secrets).values()
  const write = async () => {
    for (const [path, owner] of queue) {
      const body = { custom_metadata: owner === '' ? {} : { owner } }
      await admin('POST', `${mount}/metadata/${encoded(path)}`, body)
    }
  }
  await Promise.all(Array.from({ length: 32 }, write))
}

/** About 5,000 secrets in 300 folders, four levels deep; some names are a secret and a folder, some are odd. */
export const manySecrets = (): Secrets => {
  const secrets: Record<string, string> = {}
  for (let folder = 0; folder < 300; folder += 1) {
    const path = `area ${folder % 5}/team-${folder % 20}/service-${folder}`
    for (let index = 0; index < 16; index += 1) secrets[`${path}/key-${index}`] = `team-${folder % 20}`
    if (folder % 10 === 0) secrets[path] = ''
  }
  return { ...secrets, 'odd/ключ': 'umlaut', 'odd/a&b=c': '', 'odd/star*': 'nobody' }
}

/** Waits until something is so, looking every few milliseconds. */
export const soon = async (question: () => boolean, limit = 20_000): Promise<void> => {
  for (const deadline = Date.now() + limit; !question(); await delay(5)) {
    if (Date.now() > deadline) throw new Error(`It did not happen: ${question}`)
  }
}
