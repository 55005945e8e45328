import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import type { Authenticate } from '../../src/app/caller.ts'
import { checkHolders } from '../../src/app/check-holders.ts'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { findDrift } from '../../src/app/find-drift.ts'
import { newHealth } from '../../src/app/health.ts'
import { lookBeneath } from '../../src/app/look-beneath.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { whoHas } from '../../src/app/who.ts'
import type { GrantId, RequestId, ResourceId } from '../../src/domain/ids.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { after, seconds } from '../../src/domain/time.ts'
import { newKey } from '../../src/people-cli/session/dpop.ts'
import { type Connector, ExternalError } from '../../src/ports.ts'
import { apiOver } from '../support/api-world.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import { newMachine } from '../support/people-cli.ts'
import * as sample from './store-samples.ts'

// A folder with secrets of two owners, at a real vault: asked for, decided, fetched, and changed while it is used.

const { ada, grace, linus } = sample
let world: LinkWorld
let resources: Map<string, ResourceId>

beforeAll(async () => {
  world = await linkWorld({
    params: { management: [{ path: 'kv/apps/', permissions: ['ReadOnly', 'ReadWrite', 'Admin'] }] },
    integration: { resourceOwner: { key: 'owner', allow: ['group:databases'], pinned: [] } },
    groups: { 'group:engineering': [ada], 'group:databases': [linus] },
  })
  const folders = ['kv/apps/', ...stories.map((name) => `kv/apps/${name}/`)]
  const now = world.deps.clock.now()
  const { id } = sample.present([...world.deps.integrations.values()][0]).integration
  const pass = await world.store.openPass(id, { now, since: now, ownerKey: 'owner', roots: ['kv/'] })
  const permissions = ['ReadOnly', 'ReadWrite', 'Admin']
  const found = folders.map((path) => ({ type: 'management', path, permissions }))
  await world.store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], now)
  await world.store.closePass(pass, now)
  const all = await Promise.all(folders.map((path) => world.store.findResources([id], path, 1)))
  resources = new Map(all.flat().map(({ path, id: resource }) => [path, resource]))
}, 60_000)
afterAll(() => world.stop())

const stories = [
  ...([
    'ask',
    'both',
    'late',
    'mint',
    'live',
    'away',
    'off',
    'race',
    'gone',
    'api',
    'large',
    'slow',
    'two',
    'held',
    'many',
    'other',
    'third',
  ] as const),
]
type Story = (typeof stories)[number]

const put = async (path: string, owner?: string): Promise<void> => {
  await world.admin('POST', `kv/data/apps/${path}`, { data: { value: path } })
  if (owner) await world.admin('POST', `kv/metadata/apps/${path}`, { custom_metadata: { owner } })
}
const wish = (story: Story, others?: 'ask', permission = 'ReadWrite') => ({
  ...{ requester: ada, draft: randomUUID(), duration: seconds(900), reason: 'the nightly export fails' },
  items: [{ resource: sample.present(resources.get(`kv/apps/${story}/`)), permission }] as const,
  ...(others && { others }),
})
/** Two secrets, one of them of the databases' group, and a request for the folder of both. */
const asked = async (story: Story, others?: 'ask', deps: Deps = world.deps) => {
  await put(`${story}/own`)
  await put(`${story}/db`, 'databases')
  return sample.granted(await submitRequest(deps)(wish(story, others))).request
}
/** The same, where the connector to the vault answers otherwise. */
const withConnector = (other: Partial<Connector>): Deps => {
  const entry = sample.present([...world.deps.integrations.values()][0])
  const connector = { ...entry.connector, ...other }
  return { ...world.deps, integrations: new Map([[connector.integration, { ...entry, connector }]]) }
}
const look = (deps: Deps = world.deps) => lookBeneath(deps)(world.connector.integration, new AbortController().signal)
const approve = (id: RequestId, by = grace, deps: Deps = world.deps) =>
  decideRequest(deps)(id, { by, verdict: 'approve' })
const live = async (story: Story): Promise<GrantId> => {
  const { id } = await asked(story)
  const given = sample.granted(await approve(id))
  await world.settled(sample.grantOf(given).id)
  return sample.grantOf(given).id
}
const fetched = async (grant: GrantId): Promise<string> => {
  const answer = await world.press(await world.open(grant), 'browser')
  if (answer.kind !== 'credential') throw new Error(answer.kind)
  return answer.credential.wrappingToken.reveal()
}
const grantNow = async (id: GrantId) => sample.present((await world.store.requestOfGrant(id))?.grant)
const kinds = async (request: RequestId) =>
  (await world.store.auditRows(0, 10_000)).filter((row) => row.request === request).map(({ kind }) => kind)

describe('a request for a folder', () => {
  test('leaves the secrets of other owners out, and asks the folder’s owner alone', async () => {
    const request = await asked('ask')
    expect(request.items[0]).toMatchObject({ path: 'kv/apps/ask/', except: ['kv/apps/ask/db'] })
    expect(request.requirements.map(({ owners }) => owners)).toEqual([['group:platform']])
    expect(JSON.parse(request.plan.document).path['kv/data/apps/ask/db']).toEqual({ capabilities: ['deny'] })
  })

  test('or asks their owners too, and gives nothing before both approved', async () => {
    const request = await asked('both', 'ask')
    expect(request.items[0].except).toBeUndefined()
    expect(request.requirements.map(({ owners }) => owners.join())).toEqual(['group:platform', 'group:databases'])
    expect(sample.granted(await approve(request.id)).grant).toBeUndefined()
    expect(sample.granted(await approve(request.id, linus)).grant?.items[0].asked).toHaveLength(1)
  })

  test('by API asks their owners where the caller says so', async () => {
    await put('api/db', 'databases')
    const bell = newBell()
    const api = apiOver(world.deps, useCases(world.deps, newHealth(world.deps), bell), bell)
    const { requester, duration, reason, items } = wish('api')
    const vault = [...world.deps.integrations.keys()][0]
    const filed = await api.post(requester, '/requests', { vault, items, duration, reason, others: 'ask' })
    expect(filed.body.waitsFor).toHaveLength(2)
    expect(filed.body.items[0].asked).toEqual(['kv/apps/api/db'])
    const other = { vault, items, duration, reason, others: 'all' }
    expect((await api.post(requester, '/requests', other)).body.error.field).toBe('others')
  })

  test('that is too large is refused by API with the smaller folders, which people’s latchkey prints', async () => {
    const deps = withConnector({ beneath: async () => refuse({ code: 'too-much-beneath', most: 5_000 }) })
    const bell = newBell()
    const by: Authenticate = async () => accept({ person: who, by: 'access-token', rights: 'all' })
    const who = sample.present(deps.directory.find(ada))
    const { app, post } = apiOver(deps, useCases(deps, newHealth(deps), bell), bell, by)
    const [vault] = deps.integrations.keys()
    const reason = 'the nightly export fails'
    const body = { vault, items: [{ path: 'kv/apps/', permission: 'ReadOnly' }], duration: 900, reason }
    const { error } = (await post(ada, '/requests', body)).body
    const smaller = stories.map((name) => `kv/apps/${name}/`)
    expect(error).toMatchObject({ code: 'too-much-beneath', field: 'items', smaller: expect.any(Array) })
    expect(smaller).toEqual(expect.arrayContaining(error.smaller))
    const direct = [{ path: 'kv/apps/ask/', permission: 'ReadOnly' }]
    expect((await post(ada, '/requests', { ...body, items: direct })).body.error).not.toHaveProperty('smaller')

    const server = serve({ fetch: new Hono().route('/api/v1', app).fetch, port: 0 })
    onTestFinished(() => void server.close())
    if (!server.listening) await once(server, 'listening')
    const machine = await newMachine()
    const tokens = { accessToken: 'a', refreshToken: 'r', accessUntil: Date.now() + 600_000 }
    const session = { id: 's1', rights: 'own', key: newKey(), ...tokens } as const
    await machine.keep({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      session,
      credentials: [],
    })
    const line = ['request', 'kv/apps/', '--permission', 'ReadOnly', '--for', '15m', '--reason', reason]
    const { code, err } = await machine.run(line)
    expect([code, err]).toEqual([4, expect.stringContaining(`Smaller folders in it: ${error.smaller.join(', ')}.`)])
  })

  test('looks once for all who ask for a folder at once, and for two folders of a person at most', async () => {
    const { connector } = sample.present([...world.deps.integrations.values()][0])
    const looks: string[] = []
    const open = Promise.withResolvers<void>()
    const deps = withConnector({
      beneath: async (folder, ...rest) => {
        looks.push(folder.path)
        await open.promise
        return connector.beneath(folder, ...rest)
      },
    })
    const submit = submitRequest(deps)
    const ask = (story: Story) => submit(wish(story))
    const many = Array.from({ length: 20 }, () => ask('many'))
    const other = ask('other')
    await eventually(() => looks.length === 2)
    expect(await ask('third')).toEqual({ ok: false, refusal: { code: 'too-many-searches' } })
    open.resolve()
    expect((await Promise.all(many)).filter(({ ok }) => ok)).toHaveLength(1)
    expect((await other).ok).toBe(true)
    expect(looks.sort()).toEqual(['kv/apps/many/', 'kv/apps/other/'])
    expect((await ask('third')).ok).toBe(true)
  })

  test('is not filed while the vault does not say what lies beneath', async () => {
    const beneath = () => Promise.reject(new ExternalError('sealed', 'The vault is sealed.', { transient: true }))
    const deps = withConnector({ beneath })
    const given = wish('away')
    expect(await submitRequest(deps)(given)).toEqual({
      ok: false,
      refusal: { code: 'beneath-unknown', trouble: 'sealed' },
    })
    expect(await world.store.requestByDraft(given.draft)).toBeUndefined()
    expect(sample.granted(await submitRequest(world.deps)(given)).request.draft).toBe(given.draft)
  })
})

describe('a decision on a folder', () => {
  test('by its own owner gives ReadWrite alone; Admin also needs the owner of the integration', async () => {
    await put('two/own')
    const entry = sample.present([...world.deps.integrations.values()][0])
    const pinned = [{ path: 'kv/apps/two/', owner: 'group:databases' as const }]
    const resourceOwner = { key: 'owner', allow: [], pinned }
    const integration = { ...entry.integration, resourceOwner }
    const deps: Deps = { ...world.deps, integrations: new Map([[integration.id, { ...entry, integration }]]) }
    const filed = async (permission: string) =>
      sample.granted(await submitRequest(deps)(wish('two', undefined, permission))).request

    const write = await filed('ReadWrite')
    expect(write.requirements.map(({ owners }) => owners)).toEqual([['group:databases']])
    expect(await approve(write.id, grace, deps)).toMatchObject({ ok: false })
    expect(sample.granted(await approve(write.id, linus, deps)).grant).toBeDefined()

    const admin = await filed('Admin')
    const both = admin.requirements.map(({ owners }) => owners.join())
    expect(both.toSorted()).toEqual(['group:databases', 'group:platform'])
    expect(sample.granted(await approve(admin.id, linus, deps)).grant).toBeUndefined()
    expect(sample.granted(await approve(admin.id, grace, deps)).grant?.items[0].permission).toBe('Admin')
  })

  test('leaves out what appeared since, and first shows that to the owner', async () => {
    const request = await asked('late')
    await put('late/new', 'databases')
    expect(await approve(request.id)).toEqual({ ok: false, refusal: { code: 'part-changed' } })
    const narrowed = sample.present(await world.store.request(request.id)).request
    expect(narrowed.items[0].except).toEqual(['kv/apps/late/db', 'kv/apps/late/new'])
    expect(await kinds(request.id)).toContain('request-narrowed')
    expect(sample.granted(await approve(request.id)).grant?.plan).toEqual(narrowed.plan)
  })

  test('keeps earlier approvals, because they are for less now', async () => {
    const request = await asked('race', 'ask')
    sample.granted(await approve(request.id, linus))
    await put('race/new', 'databases')
    expect(await approve(request.id)).toMatchObject({ refusal: { code: 'part-changed' } })
    expect(sample.granted(await approve(request.id)).grant?.items[0]).toMatchObject({
      ...{ except: ['kv/apps/race/new'], asked: [{ path: 'kv/apps/race/db' }] },
    })
  })

  test('gives nothing once the folder is not on offer any more', async () => {
    const request = await asked('off')
    const deps = withConnector({ plan: () => refuse({ code: 'not-offered', path: 'kv/apps/off/' }) })
    expect(await approve(request.id, grace, deps)).toMatchObject({ refusal: { code: 'not-offered' } })
    const given = sample.granted(await approve(request.id))
    await checkHolders(deps)()
    expect(sample.present(await world.store.request(request.id)).grant).toMatchObject({
      ...{ state: 'revoking', because: 'not-offered', id: sample.grantOf(given).id },
    })
  })
})

describe('access to a folder', () => {
  test('leaves out what appeared before its token is made', async () => {
    const grant = await live('mint')
    await put('mint/new', 'databases')
    const token = await fetched(grant)
    expect(await world.use(token, 'GET', 'kv/data/apps/mint/own')).toBe(200)
    expect(await world.use(token, 'POST', 'kv/data/apps/mint/mine', { data: { a: 1 } })).toBe(200)
    for (const name of ['db', 'new'])
      expect([name, await world.use(token, 'GET', `kv/data/apps/mint/${name}`)]).toEqual([name, 403])
    const now = sample.grantOf(await world.settled(grant))
    expect(now.approved?.items[0].except).toEqual(['kv/apps/mint/db'])
    expect(now.items[0].except).toEqual(['kv/apps/mint/db', 'kv/apps/mint/new'])
  })

  test('loses what appears later at the next look; its owner is told, and the token keeps the rest', async () => {
    const grant = await live('live')
    const token = await fetched(grant)
    await put('live/new', 'databases')
    expect(await world.use(token, 'GET', 'kv/data/apps/live/new')).toBe(200)
    await look()
    const { request } = await world.settled(grant)
    expect(await world.use(token, 'GET', 'kv/data/apps/live/new')).toBe(403)
    expect(await world.use(token, 'GET', 'kv/data/apps/live/own')).toBe(200)
    expect(await kinds(request.id)).toContain('access-narrowed')
    const told = (await world.messages()).filter(({ text }) => text.includes('kv/apps/live/new'))
    expect(told.map(({ to }) => to)).toEqual(expect.arrayContaining(['U-linus', 'U-grace']))
    const who = sample.granted(await whoHas(world.deps)('kv/apps/live/', grace))
    expect(who).toMatchObject({ is: 'holders', subjects: [{ request: { id: request.id } }] })

    const before = await grantNow(grant)
    await look()
    await findDrift(world.deps)(world.connector.integration)
    expect(await grantNow(grant)).toEqual(before)
    expect(await world.store.verifyAudit()).toBeUndefined()
  })

  test('loses what appears while its end is held back, because nobody offers it any more', async () => {
    const grant = await live('held')
    const token = await fetched(grant)
    const endsAt = after(world.deps.clock.now(), seconds(600))
    await recordStep(world.deps, grant, { took: { kind: 'lapsed', why: 'not-offered', endsAt } })
    await put('held/new', 'databases')
    await look(withConnector({ plan: () => refuse({ code: 'not-offered', path: 'kv/apps/held/' }) }))
    expect(sample.grantOf(await world.settled(grant))).toMatchObject({
      ...{ state: 'active', lapse: { why: 'not-offered', endsAt } },
    })
    expect(await world.use(token, 'GET', 'kv/data/apps/held/new')).toBe(403)
    expect(await world.use(token, 'GET', 'kv/data/apps/held/own')).toBe(200)
  })

  test('ends when no policy can leave out what is new any more, and everybody concerned is told why', async () => {
    const grant = await live('large')
    const token = await fetched(grant)
    await put('large/new', 'databases')
    await look(withConnector({ narrowedPlan: () => refuse({ code: 'policy-too-large' }) }))
    const ended = await world.settled(grant)
    expect(sample.grantOf(ended)).toMatchObject({
      state: 'ended',
      because: 'not-narrowable',
      proof: { means: 'canary' },
    })
    expect(await world.use(token, 'GET', 'kv/data/apps/large/own')).toBe(403)
    const told = (await world.messages()).filter(({ text }) => text.includes('more has to be left out than one policy'))
    expect(told.map(({ to }) => to)).toEqual(expect.arrayContaining(['U-ada', 'U-grace']))
    const rows = (await world.store.auditRows(0, 10_000)).filter((row) => row.request === ended.request.id)
    expect(rows.find(({ kind }) => kind === 'access-ending')?.detail).toEqual({
      ...{ because: 'not-narrowable', code: 'policy-too-large' },
    })
  })

  test('stays when the vault once does not tell in time what is new, which its owners read, and ends the next time', async () => {
    const grant = await live('slow')
    const token = await fetched(grant)
    await put('slow/new', 'databases')
    const slow = withConnector({ beneath: async () => refuse({ code: 'walk-unfinished' }) })
    await look(slow)
    expect(sample.grantOf(await world.settled(grant))).toMatchObject({
      state: 'active',
      trouble: { code: 'walk-unfinished' },
    })
    expect(await world.use(token, 'GET', 'kv/data/apps/slow/own')).toBe(200)
    const told = (await world.messages()).filter(({ text }) => text.includes('kv/apps/slow/'))
    expect(
      told.filter(({ to, text }) => to === 'U-grace' && text.includes('New secrets may be reachable')),
    ).toHaveLength(1)
    await look()
    expect(sample.grantOf(await world.settled(grant)).trouble).toBeUndefined()
    await look(slow)
    expect((await grantNow(grant)).state).toBe('active')
    await look(slow)
    expect(sample.grantOf(await world.settled(grant))).toMatchObject({ state: 'ended', because: 'not-narrowable' })
    expect(await world.use(token, 'GET', 'kv/data/apps/slow/own')).toBe(403)
  })

  test('ends when somebody removed its policy at the vault before it could lose anything', async () => {
    const grant = await live('gone')
    await fetched(grant)
    await put('gone/new', 'databases')
    for (const name of await world.policies()) {
      const { handle } = await grantNow(grant)
      if (JSON.stringify(handle).includes(name)) await world.admin('DELETE', `sys/policies/acl/${name}`)
    }
    await look()
    expect(sample.grantOf(await world.settled(grant))).toMatchObject({ state: 'ended', because: 'missing-at-vault' })
  })
})
