import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { personId, resourceId } from '../../src/domain/ids.ts'
import { type Answer, type ApiWorld, apiWorld } from '../support/api-world.ts'
import * as sample from './store-samples.ts'

let world: ApiWorld
beforeEach(async () => {
  world = await apiWorld()
  await world.discover('kv/a', 'kv/b', 'kv/c')
})
afterEach(() => world.close())

const wish = (...paths: string[]) => ({
  vault: 'vault',
  items: paths.map((path) => ({ path, permission: 'read' })),
  duration: '15m',
  reason: 'The queue is stuck.',
})
const file = (who: string, ...paths: string[]) => world.post(who, '/requests', wish(...paths))
const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code ?? 'done'}`

test('nobody gets anything without a sign-in, and is told how to sign in', async () => {
  for (const path of ['/me', '/resources', '/requests', '/requests/x', '/grants', '/grants/x']) {
    const { status, headers, body } = await world.call(undefined, path)
    expect({ path, status, code: body.error.code }).toEqual({ path, status: 401, code: 'not-signed-in' })
    expect(headers.get('www-authenticate')).toContain('DPoP')
  }
  expect((await world.post(undefined, '/requests', 'no JSON')).status).toBe(401)
})

test('a person reads who they are and what they may ask for', async () => {
  const { status, body } = await world.call('ada', '/me')
  expect(status).toBe(200)
  expect(body).toMatchObject({ person: { id: 'ada', name: 'ada' }, rights: 'all' })
  expect(body.vaults[0]).toMatchObject({ id: 'vault', address: 'http://127.0.0.1:1', durations: [900, 3600] })
  expect(body.vaults[0].mounts).toEqual(['kv/', 'transit/'])
  expect((await world.call('grace', '/me')).body.vaults).toEqual([])
})

describe('a request', () => {
  test('is filed by path or by resource, and reads back as it was filed', async () => {
    const [, second] = await world.discover('kv/a', 'kv/b')
    const items = [
      { path: 'kv/a', permission: 'read' },
      { resource: second?.id, permission: 'read' },
    ]
    const { status, body } = await world.post('ada', '/requests', { ...wish(), items, duration: 3600 })
    expect(status).toBe(201)
    expect(body).toMatchObject({ state: 'pending', vault: 'vault', duration: 3600, revision: 1, decisions: [] })
    expect(body.items).toEqual([
      { type: 'secret', path: 'kv/a', permission: 'read', state: 'waiting' },
      { type: 'secret', path: 'kv/b', permission: 'read', state: 'waiting' },
    ])
    expect(body.waitsFor).toEqual([{ owners: ['group platform'], items: [0, 1] }])
    const { timeline, ...read } = (await world.call('ada', `/requests/${body.id}`)).body
    expect(read).toEqual(body)
    expect(timeline).toEqual([{ at: body.submittedAt, text: expect.stringContaining('asked'), note: body.reason }])
    expect((await world.call('ada', '/requests')).body.items).toEqual([body])
  })

  test('shows the policy of their items only to those who may decide, and only with all rights', async () => {
    const { body } = await file('ada', 'kv/a')
    const seen = (await world.call('grace', `/requests/${body.id}`)).body
    expect(seen.plan).toMatchObject({ document: expect.stringContaining('kv/data/a'), items: [0] })
    expect(body.plan).toBeUndefined()
    world.callers.grace = { rights: 'own' }
    expect(codeOf(await world.call('grace', `/requests/${body.id}`))).toBe('404 no-such-request')
    expect(codeOf(await world.call('grace', '/requests?which=waiting'))).toBe('403 needs-sign-in')
    const decision = { verdict: 'approve', seen: { items: [0] } }
    expect(codeOf(await world.post('grace', `/requests/${body.id}/decision`, decision))).toBe('403 needs-sign-in')
  })

  test('does not exist for a stranger to it, whatever they do with its id', async () => {
    const { body } = await file('ada', 'kv/a')
    for (const id of [body.id, 'unknown', '%00', '..%2f']) {
      expect(codeOf(await world.call('linus', `/requests/${id}`))).toBe('404 no-such-request')
      expect(codeOf(await world.post('linus', `/requests/${id}/cancel`))).toBe('404 no-such-request')
    }
    const strangers = await world.store.auditRows(0, 99)
    const refused = strangers.filter(({ kind, request }) => kind === 'refused' && request === body.id)
    expect(refused.map(({ detail }) => detail.code)).toEqual(['no-such-request', 'not-the-requester'])
  })

  test('is cancelled by its requester alone', async () => {
    const { body } = await file('ada', 'kv/a')
    expect(codeOf(await world.post('grace', `/requests/${body.id}/cancel`))).toBe('403 not-the-requester')
    expect((await world.post('ada', `/requests/${body.id}/cancel`)).body).toMatchObject({ state: 'cancelled' })
    expect(codeOf(await world.post('ada', `/requests/${body.id}/cancel`))).toBe('409 not-pending')
  })

  test('is refused where chat refuses it, and nothing tells a path to somebody who may ask for nothing', async () => {
    const many = Array.from({ length: 11 }, (_, index) => `kv/many-${index}`)
    await world.discover(...many)
    const tried = async (who: string, change: object) =>
      codeOf(await world.post(who, '/requests', { ...wish('kv/a'), ...change }))
    expect(await tried('ada', wish('kv/none'))).toBe('404 no-such-resource')
    expect(await tried('ada', { duration: '3h' })).toBe('400 duration-not-offered')
    expect(await tried('ada', { reason: 'no' })).toBe('400 reason-too-short')
    expect(await tried('ada', { reason: 'x'.repeat(501) })).toBe('400 reason-too-long')
    expect(await tried('ada', { reason: 'The password: tr0ub4dor&3correct' })).toBe('400 secret-pasted')
    expect(JSON.stringify(await world.store.auditRows(0, 99))).not.toContain('tr0ub4dor')
    expect(await tried('ada', wish(...many))).toBe('400 too-many-items')
    expect(await tried('ada', { items: [{ path: 'kv/a', permission: 'write' }] })).toBe('400 no-such-permission')
    expect(await tried('ada', { items: [{ path: 'kv/a', type: 'key', permission: 'read' }] })).toBe(
      '404 no-such-resource',
    )
    for (const path of ['kv/a', 'kv/none']) expect(await tried('grace', wish(path))).toBe('403 not-a-requester')
    expect(await tried('ada', { vault: 'no-such-vault' })).toBe('403 not-a-requester')
    expect(await tried('ada', {})).toBe('201 done')
    const again = await world.post('ada', '/requests', wish('kv/a'))
    expect(codeOf(again)).toBe('409 already-asked')
    expect(again.body.error).toMatchObject({ field: 'items', request: expect.any(String) })
  })
})

test('an extension follows a live access, is filed once under its key, and is its holder’s alone', async () => {
  const [resource] = await world.discover('kv/long')
  const items = [
    { resource: resource?.id ?? resourceId(''), type: 'secret', path: 'kv/long', permission: 'read' },
  ] as const
  const grant = sample.grantOf(await sample.activated(world.store, { items })).id
  const extend = (who: string, headers = {}) =>
    world.post(who, `/grants/${grant}/extend`, { duration: '1h', reason: 'It takes longer.' }, headers)
  const key = { 'idempotency-key': 'k' }
  const filed = await extend('ada', key)
  expect(filed.body).toMatchObject({ extends: grant, state: 'pending' })
  expect((await extend('ada', key)).body.id).toBe(filed.body.id)
  expect((await extend('ada')).status).toBe(409)
  expect(codeOf(await extend('linus'))).toBe('403 not-the-requester') // an owner of it
})

describe('a list', () => {
  test('goes on where it ended, whatever is filed meanwhile', async () => {
    const paths = Array.from({ length: 7 }, (_, index) => `kv/p${index}`)
    await world.discover(...paths)
    const filed: string[] = []
    for (const path of paths.slice(0, 5)) filed.unshift((await file('ada', path)).body.id)
    const first = (await world.call('ada', '/requests?limit=2')).body
    for (const path of paths.slice(5)) await file('ada', path)
    const second = (await world.call('ada', `/requests?limit=2&cursor=${first.next}`)).body
    const third = (await world.call('ada', `/requests?limit=2&cursor=${second.next}`)).body
    const ids = [first, second, third].flatMap(({ items }) => items.map(({ id }: { id: string }) => id))
    expect(ids).toEqual(filed)
    expect(third.next).toBeUndefined()
    expect((await world.call('linus', `/requests?cursor=${first.next}`)).body.items).toEqual([])
  })

  test('of what waits for an owner begins with the earliest deadline, and no decided one hides a later one', async () => {
    const ids: string[] = []
    for (const path of ['kv/a', 'kv/b', 'kv/c']) {
      ids.push((await file('ada', path)).body.id)
      world.advance(5)
    }
    const first = (await world.call('grace', '/requests?which=waiting&limit=1')).body
    expect(first.items[0].id).toBe(ids[0])
    await world.post('ada', `/requests/${ids[0]}/cancel`)
    const second = (await world.call('grace', `/requests?which=waiting&limit=1&cursor=${first.next}`)).body
    const third = (await world.call('grace', `/requests?which=waiting&limit=1&cursor=${second.next}`)).body
    expect([second.items[0].id, third.items[0].id, third.next]).toEqual([ids[1], ids[2], undefined])
    expect((await world.call('ada', '/requests?which=waiting')).body.items).toEqual([])
  })
})

describe('the same key', () => {
  const key = { 'idempotency-key': 'a-random-key' }
  test('makes one request, also at the same moment, and one for each person', async () => {
    const calls = [1, 2, 3].map(() => world.post('ada', '/requests', wish('kv/a'), key))
    const ids = (await Promise.all(calls)).map(({ status, body }) => `${status} ${body.id}`)
    expect(new Set(ids).size).toBe(1)
    expect((await world.post('linus', '/requests', wish('kv/a'), key)).status).toBe(201)
    expect(await world.store.requestsOf(personId('ada'), 9)).toHaveLength(1)
  })

  test('with another body is refused, and means nothing after a day', async () => {
    await world.post('ada', '/requests', wish('kv/a'), key)
    expect(codeOf(await world.post('ada', '/requests', wish('kv/b'), key))).toBe('409 idempotency-key-reused')
    expect((await world.post('ada', '/requests', { ...wish('kv/a'), duration: 900 }, key)).status).toBe(201)
    world.advance(86_400)
    expect((await world.post('ada', '/requests', wish('kv/b'), key)).status).toBe(201)
  })

  test('is tried again after a refusal', async () => {
    expect(codeOf(await world.post('ada', '/requests', wish('kv/later'), key))).toBe('404 no-such-resource')
    await world.discover('kv/later')
    expect((await world.post('ada', '/requests', wish('kv/later'), key)).status).toBe(201)
  })
})

describe('waiting for a change', () => {
  test('ends with the change, at the end of the time, or when the server stops', async () => {
    const { body } = await file('ada', 'kv/a')
    const waits = world.call('ada', `/requests/${body.id}?wait=25`)
    await new Promise((resolve) => setImmediate(resolve))
    await world.post('ada', `/requests/${body.id}/cancel`)
    expect((await waits).body).toMatchObject({ state: 'cancelled' })
    const known = (await world.call('ada', `/requests/${body.id}?wait=25&revision=0`)).body
    expect(known.revision).toBeGreaterThan(0)
    const stopped = world.call('ada', `/requests/${body.id}?wait=25`)
    world.closing.abort()
    expect((await stopped).status).toBe(200)
  })

  test('is limited for each person', async () => {
    const { body } = await file('ada', 'kv/a')
    const waits = Array.from({ length: 5 }, () => world.call('ada', `/requests/${body.id}?wait=25`))
    expect(codeOf((await waits[4]) as Answer)).toBe('429 too-many-waiting')
    world.closing.abort()
    await Promise.all(waits)
  })
})

test('so many calls a minute are one person’s limit, and the answer says when to call again', async () => {
  await world.close()
  const limits = { openRequests: 9, requestsAnHour: 9, refusalsAnHour: 9, searchesAMinute: 99, callsAMinute: 3 }
  world = await apiWorld({ limits })
  for (const status of [200, 200, 200, 429]) expect((await world.call('ada', '/me')).status).toBe(status)
  const { headers, body } = await world.call('ada', '/me')
  expect(headers.get('retry-after')).toBe('60')
  expect(body.error).toMatchObject({ code: 'too-many-calls', again: new Date(sample.at(60)).toISOString() })
  expect((await world.call('linus', '/me')).status).toBe(200)
  world.advance(60)
  expect((await world.call('ada', '/me')).status).toBe(200)
})

test('a workload that the vault does not offer, or that is none, is refused with the field to correct', async () => {
  const workload = { kind: 'kubernetes', mount: 'kubernetes', namespace: 'shop', serviceAccount: 'payments' }
  const refused = await world.post('ada', '/requests', { ...wish('kv/a'), workload })
  expect([codeOf(refused), refused.body.error.field]).toEqual(['400 workload-refused', 'workload'])
  const wrong = await world.post('ada', '/requests', { ...wish('kv/a'), workload: { kind: 'job', cidrs: [] } })
  expect([codeOf(wrong), wrong.body.error.field]).toEqual(['400 invalid', 'workload.cidrs'])
})
