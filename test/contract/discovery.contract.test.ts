import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import { catalogueIn, id, manySecrets, openDiscovery, soon, writeSecrets } from '../support/discovery.ts'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded } from '../support/openbao-calls.ts'
import { type LoopbackProxy, loopbackProxy, type ProxyRules } from '../support/openbao-proxy.ts'

// Discovery of a few thousand secrets on a real server, as the worker runs it: the walk, what it remembers, its pace.

let vault: TestVault
let plain: PreparedVault
let bulk: PreparedVault
let isOpenBao: boolean
let folder: string
let file: string
const proxies: LoopbackProxy[] = []
const opened: Awaited<ReturnType<typeof openDiscovery>>[] = []
const secrets = manySecrets()
const lists = 1 + 5 + 20 + 300 + 1

beforeAll(async () => {
  vault = await openBao()
  isOpenBao = vault.server.flavour === 'openbao'
  const corner = { kvMounts: ['many'], transitMounts: [] }
  plain = await vault.prepare({ ...corner, roleName: 'plain', policyName: 'plain-management' })
  const optionalRights = ['bulk-owner-tags'] as const
  bulk = await vault.prepare({ ...corner, roleName: 'bulk', policyName: 'bulk-management', optionalRights })
  await writeSecrets(vault, 'many', secrets)
})
afterAll(async () => {
  await vault.stop()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-discovery-'))
  file = join(folder, 'latchkey.db')
})
afterEach(async () => {
  for (const discovery of opened.splice(0)) await discovery.close()
  for (const proxy of proxies.splice(0)) await proxy.stop()
  rmSync(folder, { recursive: true })
})

const open = async (prepared: PreparedVault, options: Partial<Parameters<typeof openDiscovery>[1]> = {}) => {
  const discovery = await openDiscovery(prepared, { file, ...options })
  opened.push(discovery)
  return discovery
}
const behind = async (rules: ProxyRules): Promise<LoopbackProxy> => {
  const proxy = await loopbackProxy(vault.server.address, rules)
  proxies.push(proxy)
  return proxy
}
const throughVault = async (): Promise<LoopbackProxy> => {
  const proxy = await hashicorpVaultProxy(vault.server.address)
  proxies.push(proxy)
  return proxy
}
const through = ({ address }: LoopbackProxy) => ({
  internalUrl: address,
  discovery: { requestsPerSecond: 0, concurrency: 8 },
})
const listed = ({ seen }: LoopbackProxy) => seen.filter((line) => line.includes('metadata/')).length
const expected = (tagOf: (path: string, owner: string) => string | null) =>
  Object.fromEntries(
    Object.entries(secrets)
      .map(([path, owner]) => [`many/${path}`, tagOf(path, owner)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )
const untagged = expected(() => null)
const tagged = expected((path, owner) => (owner === '' || path.includes('*') ? null : owner))

describe('a pass', () => {
  test('finds every name; a name that is a secret and a folder is found as both', async () => {
    const proxy = await behind({})
    const discovery = await open(plain, { params: through(proxy) })
    expect(await discovery.sync()).toBe(Object.keys(secrets).length)
    expect(catalogueIn(file)).toEqual(untagged)
    expect(catalogueIn(file)).toHaveProperty(['many/area 0/team-0/service-0'])
    expect(catalogueIn(file)).toHaveProperty(['many/area 0/team-0/service-0/key-0'])
    expect(listed(proxy)).toBe(lists)
    const progress = await discovery.store.discoveryProgress(id)
    expect(progress).toMatchObject({ folders: { done: lists, known: lists }, resources: Object.keys(secrets).length })
  })

  test('takes the owner tags from the listing, where the bot may have it', async () => {
    const proxy = await behind({})
    const discovery = await open(bulk, { params: through(proxy), ownerKey: 'owner' })
    await discovery.sync()
    if (!isOpenBao) await discovery.refresh()
    // One by one, nobody reads the tag of what cannot be granted.
    expect(catalogueIn(file)).toEqual(isOpenBao ? expected((_, owner) => owner || null) : tagged)
    if (isOpenBao) expect(listed(proxy)).toBe(lists)
  })

  test('finds the same on HashiCorp Vault, tags afterwards one by one, those of new secrets first', async () => {
    const proxy = await throughVault()
    const discovery = await open(bulk, { params: through(proxy), ownerKey: 'owner' })
    await discovery.sync()
    expect([catalogueIn(file), listed(proxy)]).toEqual([untagged, lists])
    expect((await discovery.store.discoveryProgress(id))?.tags).toEqual({ count: 4_832, unread: 4_832 })
    await discovery.refresh()
    expect(catalogueIn(file)).toEqual(tagged)
    expect(proxy.seen.some((line) => line.includes('detailed-metadata'))).toBe(false)

    await writeSecrets(vault, 'many', { 'area 1/new': 'newcomers' })
    await discovery.sync()
    const before = listed(proxy)
    await discovery.refresh()
    expect(proxy.seen.slice(-1)).toEqual([`GET many/metadata/${encoded('area 1/new')}`])
    expect([listed(proxy), catalogueIn(file)['many/area 1/new']]).toEqual([before + 1, 'newcomers'])
    const reads = async () => {
      const length = proxy.seen.length
      await discovery.refresh(150)
      return new Set(proxy.seen.slice(length))
    }
    const [first, second] = [await reads(), await reads()]
    expect([first.size, second.size, new Set([...first, ...second]).size]).toEqual([150, 150, 300])
    await vault.admin('DELETE', `many/metadata/${encoded('area 1/new')}`)
  })

  test('that changes nothing writes no resource; one that does, only those of the folder', async () => {
    const discovery = await open(bulk, { ownerKey: 'owner' })
    await discovery.sync()
    const [before] = await discovery.store.findResources([id], 'service-17/key-3', 1)
    await discovery.sync()
    await writeSecrets(vault, 'many', { 'area 2/team-17/service-17/key-3': 'others' })
    await vault.admin('DELETE', `many/metadata/${encoded('area 2/team-17/service-17/key-4')}`)
    await discovery.sync()
    if (!isOpenBao) await discovery.refresh(10_000)
    const [changed] = await discovery.store.findResources([id], 'service-17/key-3', 1)
    const [same] = await discovery.store.findResources([id], 'service-16/key-3', 1)
    expect([changed?.ownerTag, changed?.id, same?.seenAt]).toEqual(['others', before?.id, before?.seenAt])
    expect(await discovery.store.findResources([id], 'service-17/key-4', 1)).toEqual([])
    await writeSecrets(vault, 'many', {
      'area 2/team-17/service-17/key-3': 'team-17',
      'area 2/team-17/service-17/key-4': 'team-17',
    })
  })

  test('tells how far it is every few seconds', async () => {
    const hasty = { ...{ now: () => timestamp(Date.now() * 100) }, sleep: async () => {} }
    const discovery = await open(plain, { clock: hasty })
    await discovery.sync()
    const told = discovery.lines.filter(({ message }) => message === 'discovery under way')
    expect(told.length).toBeGreaterThan(2)
    expect(told[1]?.fields).toEqual({
      integration: id,
      folders: expect.any(Number),
      known: expect.any(Number),
      resources: expect.any(Number),
      perSecond: expect.any(Number),
      secondsLeft: expect.any(Number),
    })
  })
})

describe('a pass that is interrupted', () => {
  test('by a kill goes on where it was, and only then hides what is gone', async () => {
    const first = await openDiscovery(plain, { file })
    await writeSecrets(vault, 'many', { 'area 0/team-0/going': '' })
    await first.sync()
    await first.close()
    await vault.admin('DELETE', `many/metadata/${encoded('area 0/team-0/going')}`)

    const proxy = await behind({})
    const slow = { ...through(proxy), discovery: { requestsPerSecond: 150, concurrency: 4 } }
    const program = join(import.meta.dirname, '../support/discovery-holder.ts')
    const job = JSON.stringify({ prepared: plain, file, params: slow })
    const holder = spawn(process.execPath, [program, job], { stdio: ['ignore', 'ignore', 'inherit'] })
    await soon(() => listed(proxy) > lists * 0.75)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(catalogueIn(file)).toHaveProperty(['many/area 0/team-0/going'])

    const again = await open(plain, { params: through(proxy) })
    const before = listed(proxy)
    expect((await again.store.discoveryProgress(id))?.ended).toBeUndefined()
    await again.sync()
    expect(catalogueIn(file)).toEqual(untagged)
    // What was found in the last second before the kill is looked for again.
    expect(listed(proxy) - before).toBeGreaterThan(lists * 0.2)
    expect(listed(proxy) - before).toBeLessThan(lists * 0.9)
    expect((await again.store.discoveryProgress(id))?.folders.done).toBe(lists)
  })

  test('and left for too long begins anew', async () => {
    const proxy = await behind({ request: () => (proxy.seen.length > 200 ? 500 : undefined) })
    const first = await open(plain, { params: through(proxy) })
    expect(await first.sync()).toBeUndefined()
    const { folders, began } = (await first.store.discoveryProgress(id)) ?? {}
    expect(folders?.done).toBeGreaterThan(50)
    await first.close()
    const late = await open(plain, {
      clock: { now: () => timestamp(Date.now() + 7_200_000), sleep: async () => {} },
    })
    await late.sync({ resumeWithin: seconds(3600) })
    const progress = await late.store.discoveryProgress(id)
    expect([progress?.folders.done, (progress?.began ?? 0) > (began ?? 0)]).toEqual([lists, true])
  })

  test('by a vault that fails hides nothing, and the next one does', async () => {
    await writeSecrets(vault, 'many', { 'area 4/team-4/going': '' })
    let isSealed = false
    const proxy = await behind({
      request: ({ path }) => (isSealed && path.includes('service-123') ? 503 : undefined),
    })
    const discovery = await open(plain, { params: through(proxy) })
    await discovery.sync()
    await vault.admin('DELETE', `many/metadata/${encoded('area 4/team-4/going')}`)
    isSealed = true
    expect(await discovery.sync()).toBeUndefined()
    expect(discovery.lines.at(-1)).toMatchObject({ level: 'warn', fields: { code: 'sealed' } })
    expect(catalogueIn(file)).toHaveProperty(['many/area 4/team-4/going'])
    isSealed = false
    expect(await discovery.sync()).toBe(Object.keys(secrets).length)
    expect(catalogueIn(file)).toEqual(untagged)
  })

  test('by a stop ends at once, even while it waits for a busy vault', async () => {
    const busy = { status: 429, headers: { 'Retry-After': '300' } }
    const proxy = await behind({ request: () => (proxy.seen.length > 100 ? busy : undefined) })
    const discovery = await open(plain, { params: through(proxy) })
    const stopping = new AbortController()
    const pass = discovery.sync({ signal: stopping.signal })
    await soon(() => proxy.seen.length > 100)
    const stopped = Date.now()
    stopping.abort()
    expect(await pass).toBeUndefined()
    expect(Date.now() - stopped).toBeLessThan(1_000)
  })

  test('a folder that cannot be read holds up nothing else, and hides nothing', async () => {
    const first = await open(plain)
    await first.sync()
    await first.close()
    await writeSecrets(vault, 'many', { 'area 3/added': '' })
    const proxy = await behind({
      request: ({ path }) => (/team-7$|team-7\/$/.test(path) ? 400 : undefined),
    })
    const discovery = await open(plain, { params: through(proxy) })
    expect(await discovery.sync()).toBeGreaterThan(4_000)
    expect(catalogueIn(file)).toEqual({ ...untagged, 'many/area 3/added': null })
    expect(discovery.lines.at(-1)).toMatchObject({ message: 'some folders could not be looked into' })
    expect((await discovery.store.discoveryProgress(id))?.ended).toBeDefined()
    await vault.admin('DELETE', `many/metadata/${encoded('area 3/added')}`)
  })
})

describe('what is shown', () => {
  test('are the paths included and not excluded; nobody looks into other folders', async () => {
    const proxy = await behind({})
    const params = { ...through(proxy), include: ['many/area */team-1*', 'many/odd/'], exclude: ['many/*/team-11/*'] }
    const discovery = await open(plain, { params })
    await discovery.sync()
    const isShown = (path: string) => /^many\/(odd\/|area \d\/team-1(?!1\/))/.test(path)
    expect(catalogueIn(file)).toEqual(Object.fromEntries(Object.entries(untagged).filter(([path]) => isShown(path))))
    expect(proxy.seen.filter((line) => /team-(11|2|3)\b/.test(line))).toEqual([])
    await discovery.close()
    const later = await open(plain, { params: { exclude: ['many/area*'] } })
    await later.sync()
    expect(Object.keys(catalogueIn(file))).toEqual(['many/odd/a&b=c', 'many/odd/star*', 'many/odd/ключ'])
  })
})

describe('secrets that are named like a member that every object has', () => {
  const names = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__/__proto__', 'plain']
  const corner = { kvMounts: ['members'], transitMounts: [], roleName: 'members', policyName: 'members-management' }

  test.each([['OpenBao'], ['HashiCorp Vault']])('keep their owner tags on %s', async (server) => {
    const prepared = await vault.prepare({ ...corner, optionalRights: ['bulk-owner-tags'] })
    await writeSecrets(vault, 'members', Object.fromEntries(names.map((name, at) => [name, `owner-${at}`])))
    const proxy = server === 'OpenBao' ? await behind({}) : await throughVault()
    const discovery = await open(prepared, { params: through(proxy), ownerKey: 'owner' })
    await discovery.sync()
    await discovery.refresh()
    const found = Object.entries(catalogueIn(file))
    expect(found.sort()).toEqual(names.map((name, at) => [`members/${name}`, `owner-${at}`]).sort())
  })

  test.each([['OpenBao'], ['HashiCorp Vault']])('have no owner by a key of such a name on %s', async (server) => {
    const prepared = await vault.prepare({ ...corner, optionalRights: ['bulk-owner-tags'] })
    await writeSecrets(vault, 'members', { plain: 'somebody' })
    const proxy = server === 'OpenBao' ? await behind({}) : await throughVault()
    for (const ownerKey of ['constructor', '__proto__', 'toString']) {
      const discovery = await open(prepared, { params: through(proxy), ownerKey })
      await discovery.sync()
      await discovery.refresh()
      expect(catalogueIn(file)['members/plain']).toBeNull()
      await discovery.close()
      opened.pop()
    }
  })
})

describe('long folders', () => {
  test.each([['OpenBao'], ['HashiCorp Vault']])(
    'of secrets, folders and keys are found whole on %s',
    async (server) => {
      const corner = {
        kvMounts: ['long'],
        transitMounts: ['long-keys'],
        roleName: 'long',
        policyName: 'long-management',
      }
      const prepared = await vault.prepare({ ...corner, optionalRights: ['bulk-owner-tags'] })
      const names = Array.from({ length: 1_201 }, (_, index) => [`s${index}`, `owner-${index % 3}`] as const)
      const inFolders = Array.from({ length: 600 }, (_, index) => [`f${index}/secret`, 'x'] as const)
      await writeSecrets(vault, 'long', Object.fromEntries([...names, ...inFolders]))
      const keys = Array.from({ length: 501 }, (_, index) => `key-${index}`)
      await Promise.all(keys.map((key) => vault.admin('POST', `long-keys/keys/${key}`, {})))
      const proxy = server === 'OpenBao' ? await behind({}) : await throughVault()
      const discovery = await open(prepared, { params: through(proxy), ownerKey: 'owner' })
      expect(await discovery.sync()).toBe(1_201 + 600 + 501)
      await discovery.refresh()
      const found = catalogueIn(file)
      expect(Object.keys(found)).toHaveLength(1_201 + 600 + 501)
      expect([found['long/s1200'], found['long/f599/secret'], found['long-keys/key-500']]).toEqual([
        'owner-0',
        'x',
        null,
      ])
      await vault.admin('DELETE', 'long/metadata/s0')
      await discovery.sync()
      expect(Object.keys(catalogueIn(file))).toHaveLength(1_200 + 600 + 501)
    },
  )
})

describe('a busy vault', () => {
  test.each([[429], [503]])(
    'that answers %i with Retry-After is left alone for so long, and found whole',
    async (status) => {
      let stormUntil = 0
      let duringStorm = 0
      const proxy = await behind({
        request: ({ path }) => {
          if (!path.includes('metadata/')) return undefined
          if (listed(proxy) % 120 === 60 && stormUntil < Date.now()) stormUntil = Date.now() + 900
          if (Date.now() >= stormUntil) return undefined
          duringStorm += 1
          return { status, headers: { 'Retry-After': '1' } }
        },
      })
      const discovery = await open(plain, { params: through(proxy) })
      expect(await discovery.sync()).toBe(Object.keys(secrets).length)
      expect(catalogueIn(file)).toEqual(untagged)
      const storms = Math.ceil(listed(proxy) / 120) + 1
      expect(duringStorm).toBeGreaterThan(0)
      expect(duringStorm).toBeLessThanOrEqual(storms * 8)
    },
  )

  test('with a rate limit of its own is found whole, without hammering it', async () => {
    await vault.admin('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
    await vault.admin('POST', 'sys/quotas/rate-limit/many', { path: 'many/', rate: 100, interval: '1s' })
    const proxy = await behind({})
    try {
      const discovery = await open(plain, { params: through(proxy) })
      expect(await discovery.sync()).toBe(Object.keys(secrets).length)
      expect(catalogueIn(file)).toEqual(untagged)
      expect(listed(proxy)).toBeLessThan(lists * 1.5)
    } finally {
      await vault.admin('DELETE', 'sys/quotas/rate-limit/many')
    }
  })

  test('is never asked more often than configured', async () => {
    const proxy = await behind({})
    const params = { ...through(proxy), discovery: { requestsPerSecond: 200, concurrency: 8 } }
    const discovery = await open(plain, { params })
    const started = Date.now()
    await discovery.sync()
    expect((Date.now() - started) / 1000).toBeGreaterThan((lists - 1) / 200)
  })
})
