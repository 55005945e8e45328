import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decideRequest } from '../../src/app/decide-request.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import { freePort, startLatchkey } from '../../src/demo/latchkey-process.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { discovered, latchkeyOf, newCompany } from '../support/company.ts'
import { catalogueIn, id, openDiscovery, writeSecrets } from '../support/discovery.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'

// One mount of several goes away, in each way that a mount can, on a real server.

let vault: TestVault
let prepared: PreparedVault
let policy: string
let folder: string
let file: string
let isBroken: (path: string) => boolean
let before: (line: string) => Promise<unknown>
const endings: (() => Promise<unknown>)[] = []

const call = (method: string, path: string, body?: object) => vault.admin(method, path, body)
const policyNow = z.object({ data: z.object({ policy: z.string() }) })
const secrets = { 'apps/one': 'team', 'apps/two': 'team', three: 'team' }
const all = Object.keys(secrets).flatMap((path) => [`first/${path}`, `second/${path}`])
const fill = (mount: string) => writeSecrets(vault, mount, secrets)

beforeAll(async () => {
  vault = await openBao()
  prepared = await vault.prepare({
    ...{ kvMounts: ['first', 'second'], transitMounts: ['keys'] },
    ...{ roleName: 'away', policyName: 'away-management' },
  })
  policy = policyNow.parse(await call('GET', 'sys/policies/acl/away-management')).data.policy
})
afterAll(() => vault.stop())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-away-'))
  file = join(folder, 'latchkey.db')
  isBroken = () => false
  before = async () => {}
  await Promise.all([fill('first'), fill('second')])
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const open = async () => {
  const proxy = await loopbackProxy(vault.server.address, {
    before: async (line) => void (await before(line)),
    request: ({ path }) => (isBroken(path) ? 500 : undefined),
  })
  endings.push(proxy.stop)
  const params = { internalUrl: proxy.address, discovery: { requestsPerSecond: 0, concurrency: 2 } }
  const discovery = await openDiscovery(prepared, { file, params, ownerKey: 'owner' })
  endings.push(discovery.close)
  return { ...discovery, proxy }
}
const paths = () => Object.keys(catalogueIn(file))
/** What owners were told, the oldest first. */
const news = (): readonly { about: string; place: string; code: string }[] => {
  const connection = new Database(file, { readonly: true })
  const rows = connection.prepare("SELECT notice FROM cards WHERE audience = 'notice' ORDER BY rowid").all()
  connection.close()
  return (rows as { notice: string }[]).map(({ notice }) => JSON.parse(notice))
}
const writePolicy = (text: string) => call('PUT', 'sys/policies/acl/away-management', { policy: text })
const unmount = () => call('DELETE', 'sys/mounts/second')
const mount = async (version: string) => {
  await call('POST', 'sys/mounts/second', { type: 'kv', options: { version } })
  if (version !== '2') return
  // A new version 2 engine refuses writes for a moment.
  await expect
    .poll(() =>
      fill('second').then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
}

const ways: readonly (readonly [string, string, () => Promise<unknown>, () => Promise<unknown>])[] = [
  ['is unmounted', 'no-such-mount', unmount, () => mount('2')],
  [
    'is replaced by another engine',
    'no-such-mount',
    async () => {
      await unmount()
      await mount('1')
    },
    async () => {
      await unmount()
      await mount('2')
    },
  ],
  ['is denied', 'denied', () => writePolicy(withoutSecond()), () => writePolicy(policy)],
  [
    'has an engine that fails',
    'failing',
    async () => {
      isBroken = (path) => path.startsWith('second/')
    },
    async () => {
      isBroken = () => false
    },
  ],
]
const withoutSecond = (): string => {
  const { path } = JSON.parse(policy)
  return JSON.stringify({
    path: Object.fromEntries(Object.entries(path).filter(([rule]) => !rule.startsWith('second/'))),
  })
}

describe.each(ways)('a mount that %s', (_, code, takeAway, giveBack) => {
  test('holds up no other, is named, hides nothing, and is told of once; then that it is back', async () => {
    const discovery = await open()
    expect(await discovery.sync()).toBe(6)
    expect(paths()).toEqual(all.toSorted())

    await takeAway()
    await call('DELETE', 'first/metadata/three')
    await writeSecrets(vault, 'first', { four: 'team' })
    for (let turn = 0; turn < 3; turn += 1) expect(await discovery.sync()).toBe(3)
    expect(paths()).toEqual([...all.filter((path) => path !== 'first/three'), 'first/four'].toSorted())
    const away = await discovery.store.awayAt(id)
    expect(away).toMatchObject([{ place: 'second/', code }])
    expect((await discovery.store.discoveryProgress(id))?.away).toEqual(away)
    expect(news()).toMatchObject([{ about: 'place-away', place: 'second/', code }])

    await giveBack()
    await call('DELETE', 'second/metadata/apps/two')
    expect(await discovery.sync()).toBe(5)
    expect(paths()).toEqual(['first/apps/one', 'first/apps/two', 'first/four', 'second/apps/one', 'second/three'])
    expect(await discovery.store.awayAt(id)).toEqual([])
    expect(news().map(({ about }) => about)).toEqual(['place-away', 'place-back'])
    await call('DELETE', 'first/metadata/four')
  })
})

test('a mount that goes while it is walked hides nothing, and the walk of the others ends', async () => {
  const discovery = await open()
  await discovery.sync()
  await call('DELETE', 'first/metadata/three')
  let walks = 0
  before = async (line) => {
    if (line.startsWith('GET second/metadata/apps/') && walks++ === 0) await unmount()
  }
  expect(await discovery.sync()).toBe(3)
  expect([walks, paths()]).toEqual([1, all.toSorted()])
  expect(await discovery.sync()).toBe(2)
  expect(paths()).toEqual(all.filter((path) => path !== 'first/three').toSorted())
  expect(await discovery.store.awayAt(id)).toMatchObject([{ place: 'second/', code: 'no-such-mount' }])
  await mount('2')
  expect(await discovery.sync()).toBe(5)
})

test('when nothing can be looked into, discovery has failed, and every mount is named', async () => {
  const discovery = await open()
  await discovery.sync()
  isBroken = (path) => path.startsWith('keys/')
  await writePolicy(
    JSON.stringify({ path: { ...JSON.parse(withoutSecond()).path, 'first/metadata/*': { capabilities: ['deny'] } } }),
  )
  await call('DELETE', 'sys/mounts/keys')
  expect(await discovery.sync()).toBeUndefined()
  expect((await discovery.store.awayAt(id)).map(({ place }) => place).toSorted()).toEqual([
    'first/',
    'keys/',
    'second/',
  ])
  expect(paths()).toEqual(all.toSorted())
  await call('POST', 'sys/mounts/keys', { type: 'transit' })
  await writePolicy(policy)
  isBroken = () => false
  expect(await discovery.sync()).toBe(6)
})

test('a vault that fails everywhere is waited out as a whole: no mount is called away, nobody is told', async () => {
  const discovery = await open()
  await discovery.sync()
  isBroken = (path) => /^(first|second|keys)\//.test(path)
  expect(await discovery.sync()).toBeUndefined()
  expect([await discovery.store.awayAt(id), news()]).toEqual([[], []])
})

test('a running server is ready without the mount, and names it at its readiness, its status and to the doctor', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await writeFile(join(folder, 'people.yaml'), 'people:\n  one: { name: One }\ngroups: { all: [one] }\n')
  const { address: internalUrl, prefix: namePrefix, userpassMount, appRoleMount: approleMount } = prepared
  const place = {
    internalUrl,
    namePrefix,
    userpassMount,
    approleMount,
    credentials: { folder: prepared.credentialsFolder },
  }
  const settings = { ...place, approleRole: 'away', kvMounts: ['first', 'nowhere'], transitMounts: ['keys'] }
  const integration = { name: 'production', requesters: ['group:all'], owner: ['group:all'], vault: settings }
  const content = { listen: { host: '127.0.0.1', port }, link: { baseUrl: url }, integrations: [integration] }
  const configFile = join(folder, 'latchkey.yaml')
  await writeFile(configFile, JSON.stringify(content))
  const server = await startLatchkey({ configFile, url, environment: {}, logFile: join(folder, 'log') })
  endings.push(server.stop)
  const ready = async () => (await fetch(`${url}/readyz`)).json()
  await expect
    .poll(ready, { timeout: 20_000 })
    .toEqual({ ready: true, waitingFor: [], away: ['integration production: nowhere/'] })
  const status = await runCli(['status', '--config', configFile])
  expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/nowhere\/ is away since .* \(no-such-mount\)/) })
  const doctor = await runCli(['doctor', '--config', configFile])
  expect(doctor.out).toMatch(/nowhere\/\s+there is no KV version 2 engine/)
})

describe('what lies in a mount that is away', () => {
  let store: Store
  const { ada, grace, linus, at, vault: where } = sample
  beforeEach(async () => {
    store = await openStore(':memory:', { newId: randomUUID })
    endings.push(() => store.close())
  })
  const goAway = (places: readonly string[]) =>
    store.saveAway(
      where.id,
      places.map((place) => ({ place, code: 'no-such-mount', since: at(1) })),
      [],
    )
  const asked = async (path: string) => {
    const deps = latchkeyOf({ store, company: newCompany(), now: () => at(60), integrations: [where] })
    const { id: resource } = await discovered(store, where.id, path)
    const items = [{ resource, permission: 'read' }] as const
    const wish = { requester: ada, draft: randomUUID(), items, duration: seconds(900) }
    return { deps, ask: () => submitRequest(deps)({ ...wish, reason: 'The nightly export fails.' }) }
  }
  const refusal = { ok: false, refusal: { code: 'place-away', place: 'kv/', since: at(1), why: 'no-such-mount' } }

  test('can neither be asked for nor approved, and is both when it is back', async () => {
    const { deps, ask } = await asked('kv/apps/db')
    await goAway(['kv/'])
    expect(await ask()).toEqual(refusal)
    await goAway(['kv-other/', 'k/'])
    const { request } = sample.granted(await ask())
    await goAway(['kv/'])
    const approve = () => decideRequest(deps)(request.id, { by: grace, verdict: 'approve' })
    expect(await approve()).toEqual(refusal)
    expect(await sample.reload(store, request)).toMatchObject({ request: { state: 'pending', decisions: [] } })
    await goAway([])
    expect(await approve()).toMatchObject({ ok: true })
  })

  test('can be denied all the same', async () => {
    const { deps, ask } = await asked('kv/apps/db')
    const { request } = sample.granted(await ask())
    await goAway(['kv/'])
    const deny = { by: grace, verdict: 'deny', note: 'Not any more.' } as const
    expect(await decideRequest(deps)(request.id, deny)).toMatchObject({ ok: true })
  })

  /** At the real vault, for a secret in the mount that goes. */
  const askedWithTags = async (internalUrl: string) => {
    const connector = connectorTo(prepared, { internalUrl })
    endings.push(() => connector.close())
    const integration = { ...where, id, resourceOwner: { key: 'owner', allow: ['person:linus'], pinned: [] } } as const
    const base = latchkeyOf({ store, company: newCompany(), now: () => at(60), integrations: [integration] })
    const deps = { ...base, integrations: new Map([[id, { integration, connector }]]) }
    const { id: resource } = await discovered(store, id, 'second/three')
    const items = [{ resource, permission: 'read' }] as const
    const wish = { requester: ada, draft: randomUUID(), items, duration: seconds(900) }
    const { request } = sample.granted(await submitRequest(deps)({ ...wish, reason: 'The nightly export fails.' }))
    return { deps, request }
  }

  describe.each(ways)('where owner tags are used and its mount %s', (_, __, takeAway, giveBack) => {
    const note = 'Not any more.'
    test('can be denied by the owners whom the request has, and by nobody else, and is not approved', async () => {
      const proxy = await loopbackProxy(vault.server.address, {
        request: ({ path }) => (isBroken(path) ? 500 : undefined),
      })
      endings.push(proxy.stop)
      const { deps, request } = await askedWithTags(proxy.address)
      const deny = (by: typeof ada) => decideRequest(deps)(request.id, { by, verdict: 'deny', note })
      const unread = { ok: false, refusal: { code: 'vault-unreachable' } }

      await takeAway()
      endings.push(giveBack)
      expect(await decideRequest(deps)(request.id, { by: grace, verdict: 'approve' })).toMatchObject(unread)
      expect(await deny(linus)).toMatchObject(unread) // perhaps its owner by the tag of today
      expect(await deny(ada)).toMatchObject(unread)
      expect(await sample.reload(store, request)).toMatchObject({ request: { state: 'pending', decisions: [] } })
      expect(await deny(grace)).toMatchObject({ ok: true })
      expect(await sample.reload(store, request)).toMatchObject({ request: { state: 'denied', by: grace, note } })
    })
  })

  test('is denied by the owner of today when its tag can be read: the owners of before are told', async () => {
    const { deps, request } = await askedWithTags(prepared.address)
    await writeSecrets(vault, 'second', { three: 'person:linus' })
    const deny = (by: typeof ada) => decideRequest(deps)(request.id, { by, verdict: 'deny', note: 'Not any more.' })
    expect(await deny(grace)).toMatchObject({ ok: false, refusal: { code: 'rerouted' } })
    expect(await deny(linus)).toMatchObject({ ok: true })
  })
})
