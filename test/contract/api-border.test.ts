import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authenticate } from '../../src/app/authenticate.ts'
import { newBell } from '../../src/app/bell.ts'
import { calls } from '../../src/http/api/calls.ts'
import { accessTokenReader } from '../../src/identity/access-tokens.ts'
import { proofReader } from '../../src/identity/proofs.ts'
import { refusalSentence } from '../../src/views/copy.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { type ApiWorld, apiOver, apiWorld } from '../support/api-world.ts'

let world: ApiWorld
beforeEach(async () => {
  world = await apiWorld()
  await world.discover('kv/a')
})
afterEach(() => world.close())

const wish = {
  vault: 'vault',
  items: [{ path: 'kv/a', permission: 'read' }],
  duration: '15m',
  reason: 'The queue is stuck.',
}

describe('what cannot be read is refused with its field and what to write', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['an unknown field', { ...wish, durration: '1h' }, 'durration'],
    [
      'an unknown field of an item',
      { ...wish, items: [{ path: 'kv/a', permission: 'read', owner: 'me' }] },
      'items.0.owner',
    ],
    ['a missing field', { ...wish, reason: undefined }, 'reason'],
    ['a length without a unit', { ...wish, duration: '15' }, 'duration'],
    ['a length that is none', { ...wish, duration: -1 }, 'duration'],
    ['no items', { ...wish, items: [] }, 'items'],
    ['a text instead of a yes', { ...wish, allOrNothing: 'yes' }, 'allOrNothing'],
    ['a vault that is no name', { ...wish, vault: '../vault' }, 'vault'],
  ]
  test.each(cases)('%s', async (_, body, field) => {
    const answer = await world.post('ada', '/requests', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'invalid', field, message: expect.stringContaining(field) })
  })

  test.each([['{'], ['[]'], ['null'], ['"text"'], ['']])('the body %s', async (body) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await world.call('ada', '/requests', { method: 'POST', body, headers })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid'])
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['which=all', 'which'],
    ['cursor=%00', 'cursor'],
    ['more=1', 'more'],
    ['__proto__=1', '__proto__'],
  ])('the query ?%s', async (query, field) => {
    const answer = await world.call('ada', `/requests?${query}`)
    expect([answer.status, answer.body.error?.field]).toEqual([400, field])
  })

  test('a key that is none', async () => {
    const answer = await world.post('ada', '/requests', wish, { 'idempotency-key': 'a b' })
    expect([answer.status, answer.body.error.field]).toEqual([400, 'Idempotency-Key'])
  })
})

test('only JSON is read, and not too much of it', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    expect((await world.post('ada', '/requests', wish, { 'content-type': type })).status).toBe(415)
  }
  const typed = await world.post('ada', '/requests', wish, { 'content-type': 'Application/JSON; charset=utf-8' })
  expect(typed.status).toBe(201)
  const long = await world.post('ada', '/requests', { ...wish, reason: 'x'.repeat(70_000) })
  expect([long.status, long.body.error.code]).toEqual([413, 'too-long'])
})

test('methods and paths that do not exist are answered as such, and no other origin is let in', async () => {
  const options = await world.call('ada', '/requests', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example' },
  })
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS'])
  expect([...options.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  const wrong = await world.call('ada', '/requests/x', { method: 'PUT' })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  const head = await world.call('ada', '/me', { method: 'HEAD' })
  expect([head.status, head.body]).toEqual([200, undefined])
  expect((await world.call('ada', '/nothing')).body.error.code).toBe('no-such-call')
})

test('an issuer that is away is no fault of the token, and the answer says when to try again', async () => {
  const { clock } = world.deps
  const accessTokens = accessTokenReader({
    ...{ issuer: 'http://127.0.0.1:1', kind: 'generic', audience: 'latchkey', clients: ['robot'] },
    ...{ clock, fetch },
  })
  const parts = { accessTokens, proofs: proofReader(clock), isFirstSight: async () => true }
  const { call } = apiOver(world.deps, world.verbs, newBell(), authenticate(world.deps, parts))
  const { status, headers, body } = await call('header.claims.signature', '/me')
  expect([status, headers.get('retry-after'), body.error]).toEqual([
    503,
    '10',
    { code: 'try-again', message: plainText(refusalSentence({ code: 'try-again' })) },
  ])
})

test('a bug is answered with a reference that finds its log line, and without its message', async () => {
  const logged: object[] = []
  world.deps.log.error = (fields) => void logged.push(fields)
  world.store.requests = () => Promise.reject(new Error('s.secret-token'))
  const { status, body } = await world.call('ada', '/requests')
  expect([status, body.error.code]).toEqual([500, 'internal'])
  expect(JSON.stringify([body, logged])).not.toContain('secret-token')
  expect(logged).toEqual([expect.objectContaining({ reference: body.error.reference })])
})

describe('the document', () => {
  test('needs no sign-in, and describes each call with its schemas', async () => {
    const { status, body } = await world.call(undefined, '/openapi.json')
    expect([status, body.openapi]).toEqual([200, '3.1.0'])
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method} ${path}`),
    )
    expect(described.sort()).toEqual(calls.map(({ method, path }) => `${method} ${path}`).sort())
    expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining(['Request', 'Grant', 'Failure', 'Me']))
    const post = body.paths['/requests'].post
    expect(post.requestBody.content['application/json'].schema.required).toEqual([
      'vault',
      'items',
      'duration',
      'reason',
    ])
    expect(post.parameters).toEqual([expect.objectContaining({ name: 'Idempotency-Key', in: 'header' })])
    expect(post.responses['201'].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Request' })
  })

  test('refers only to what it defines', async () => {
    const { body } = await world.call(undefined, '/openapi.json')
    const text = JSON.stringify(body)
    const refs = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id)
    expect(refs.length).toBeGreaterThan(20)
    for (const id of refs) expect(body.components.schemas).toHaveProperty(id ?? '')
    expect(text).not.toMatch(/"\$(id|schema|defs)"/)
  })
})
