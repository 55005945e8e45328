import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newIntake } from '../../src/chat/intake/bodies.ts'
import { type Answer, nothing, sentenceAnswer } from '../../src/chat/teams/deliveries/answers.ts'
import { type Delivered, guarded } from '../../src/chat/teams/deliveries/gate.ts'
import { newKeys } from '../../src/chat/teams/deliveries/keys.ts'
import { newTokenCheck } from '../../src/chat/teams/deliveries/token-check.ts'
import { app, issuer, type Signer, startSigner, type TokenChange, tenant } from '../support/teams-signer.ts'

const serviceUrl = 'https://smba.trafficmanager.net/emea/'
const person = '0c0c0c0c-0000-4000-8000-000000000001'
const otherTenant = '0b0b0b0b-0000-4000-8000-000000000009'
const path = '/teams/messages'

let signer: Signer
let server: Server
let address: string
let now: number
let isReady: boolean
let delivered: Delivered[]
let refusals: string[]
let logs: object[]
let seen: Map<string, number>
let answer: (activity: Delivered['activity']) => Promise<Answer>

beforeAll(async () => {
  signer = await startSigner(() => now)
  await signer.addKey('web', ['webchat'])
  const keys = newKeys({ metadataUrl: signer.metadataUrl, fetch, now: () => now })
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: object, message: string) => void logs.push({ ...fields, message }),
  }
  const listener = guarded(
    {
      ...{ path, tenants: [tenant], log, intake: newIntake(), now: () => now, isReady: () => isReady },
      check: newTokenCheck({ app, issuer, keys, now: () => now }),
      isOurHost: (url) => new URL(url).hostname === 'smba.trafficmanager.net',
      isFirstSight: async (key, until) => !seen.has(key) && seen.set(key, until) === seen,
      refused: (why) => void refusals.push(why),
    },
    async (each) => {
      delivered.push(each)
      return answer(each.activity)
    },
  )
  server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await signer.close()
})
beforeEach(() => {
  now = Date.now()
  isReady = true
  delivered = []
  refusals = []
  logs = []
  seen = new Map()
  answer = async () => sentenceAnswer('adaptiveCard/action', 'Done.')
})

let drawn = 0
const good = () => ({
  ...{ type: 'invoke', name: 'adaptiveCard/action', value: {}, id: `f:${++drawn}`, channelId: 'msteams', serviceUrl },
  from: { id: '29:person', aadObjectId: person },
  recipient: { id: `28:${app}` },
  conversation: { id: 'a:personal', conversationType: 'personal', tenantId: tenant },
  channelData: { tenant: { id: tenant } },
})

type Changed = { token?: TokenChange; authorization?: string | undefined; body?: string; url?: string }
const deliver = async (activity: object, { token, body, url = path, ...rest }: Changed = {}) => {
  const authorization = 'authorization' in rest ? rest.authorization : `Bearer ${await signer.token(serviceUrl, token)}`
  const response = await fetch(`${address}${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: body ?? JSON.stringify(activity),
  })
  return { status: response.status, body: await response.text() }
}

test('a good delivery gets the answer of its work, with the identity that Entra gave', async () => {
  const taken = await deliver(good())
  expect(taken.status).toBe(200)
  expect(JSON.parse(taken.body)).toEqual(sentenceAnswer('adaptiveCard/action', 'Done.').body)
  expect(delivered[0]?.sender).toEqual({
    identity: { platform: 'teams', tenant, subject: person },
    reference: JSON.stringify({ serviceUrl, user: '29:person', tenant }),
  })
})

describe('a delivery is a bare 401', () => {
  const changed = (token: TokenChange): Changed => ({ token })
  test.each<[string, Changed, object?]>([
    ['without a token', { authorization: undefined }],
    ['with something else as a token', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['with a token for another app', changed({ claims: { aud: otherTenant } })],
    ['with a token for several apps', changed({ claims: { aud: [app] } })],
    ['with a token of another issuer', changed({ claims: { iss: `https://sts.windows.net/${tenant}/` } })],
    ['with an expired token', changed({ claims: { exp: Math.floor(Date.now() / 1000) - 600 } })],
    ['with a token without an end', changed({ claims: { exp: undefined } })],
    ['with a token for later', changed({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })],
    ['with a token without a service URL', changed({ claims: { serviceurl: undefined } })],
    [
      'with a token for another service URL',
      changed({ claims: { serviceurl: 'https://smba.trafficmanager.net/amer/' } }),
    ],
    ['with a key of another channel', changed({ kid: 'web' })],
    ['with an unknown key', changed({ kid: 'made-up', key: 'first' })],
    ['with another key under a known name', changed({ kid: 'first', key: 'web' })],
    ['of another channel', {}, { channelId: 'webchat' }],
    [
      'from an address that is not of Teams',
      changed({ claims: { serviceurl: 'https://example.com/' } }),
      { serviceUrl: 'https://example.com/' },
    ],
    ['of nobody', {}, { from: { id: '29:person' } }],
    ['of a message without a person', {}, { type: 'message', text: 'help', from: { id: '28:bot' } }],
    ['of no tenant', {}, { conversation: { id: 'a:personal' }, channelData: {} }],
  ])('%s', async (_, change, activity = {}) => {
    expect(await deliver({ ...good(), ...activity }, change)).toEqual({ status: 401, body: '' })
    expect(delivered).toEqual([])
    expect(refusals).toHaveLength(1)
  })

  test('with an unsigned token, or one that was changed on its way', async () => {
    const [header = '', payload = '', signature = ''] = (await signer.token(serviceUrl)).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'first' })).toString('base64url')
    for (const token of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}x.${signature}`,
    ])
      expect(await deliver(good(), { authorization: `Bearer ${token}` })).toEqual({ status: 401, body: '' })
    expect(delivered).toEqual([])
  })

  test('whose body is not read: a large one is refused by its token', async () => {
    const sent = deliver(good(), { authorization: undefined, body: 'x'.repeat(8 * 1024 * 1024) })
    expect((await sent.catch(() => ({ status: 401 }))).status).toBe(401)
  })
})

test('a slash at the end of the service URL makes no difference', async () => {
  expect(await deliver(good(), { token: { claims: { serviceurl: serviceUrl.slice(0, -1) } } })).toMatchObject({
    status: 200,
  })
})

test.each([
  ['elsewhere', 404, () => fetch(`${address}/teams/other`, { method: 'POST' })],
  ['that only asks', 404, () => fetch(`${address}${path}`)],
])('a call %s is a %i', async (_, status, call) => {
  expect((await call()).status).toBe(status)
})

test('before the start and after the end nothing is taken', async () => {
  isReady = false
  expect(await deliver(good())).toEqual({ status: 503, body: '' })
})

test.each([
  ['no JSON', '{'],
  ['no activity', '[]'],
  ['an activity without an id', JSON.stringify({ ...good(), id: undefined })],
  ['a person whose id is none of Entra', JSON.stringify({ ...good(), from: { id: '29:person', aadObjectId: 'x' } })],
])('a good token with %s is a 400', async (_, body) => {
  expect(await deliver({}, { body })).toEqual({ status: 400, body: '' })
  expect(delivered).toEqual([])
})

test('a body of more than a megabyte is refused', async () => {
  const sent = deliver({}, { body: `"${'x'.repeat(2 * 1024 * 1024)}"` })
  expect((await sent.catch(() => ({ status: 413 }))).status).toBe(413)
  expect(delivered).toEqual([])
})

test('activities that we do not read are taken and forgotten', async () => {
  expect(await deliver({ ...good(), type: 'messageReaction' })).toEqual({ status: 200, body: '' })
  expect(await deliver({ ...good(), type: 'conversationUpdate', from: { id: '28:bot' } })).toMatchObject({
    status: 200,
  })
  expect(delivered).toEqual([])
})

describe('a tenant', () => {
  test.each([
    ['of the conversation', { conversation: { id: 'a:1', tenantId: otherTenant }, channelData: {} }],
    ['of the delivery', { conversation: { id: 'a:1' }, channelData: { tenant: { id: otherTenant } } }],
    ['of one of both', { channelData: { tenant: { id: otherTenant } } }],
  ])('%s that is not served carries a refusal along', async (_, change) => {
    expect(await deliver({ ...good(), ...change })).toMatchObject({ status: 200 })
    expect(delivered[0]?.sender.objection).toEqual({ code: 'not-admitted', why: 'other-workspace' })
  })

  test('is the same in capitals', async () => {
    const from = { id: '29:person', aadObjectId: person.toUpperCase() }
    await deliver({ ...good(), from, channelData: { tenant: { id: tenant.toUpperCase() } } })
    expect(delivered[0]?.sender).toMatchObject({ identity: { tenant, subject: person } })
    expect(delivered[0]?.sender.objection).toBeUndefined()
  })
})

describe('the same delivery again', () => {
  test('acts once, and gets the same answer while the first runs and shortly after', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    answer = async () => promise.then(() => ({ status: 200, body: { said: 'once' } }))
    const activity = good()
    const first = deliver(activity)
    const second = deliver(activity)
    await expect.poll(() => delivered).toHaveLength(1)
    resolve()
    expect(JSON.parse((await first).body)).toEqual({ said: 'once' })
    expect(await second).toEqual(await first)
    expect(await deliver(activity)).toEqual(await first)
    expect(delivered).toHaveLength(1)
    expect(seen.size).toBe(1)
  })

  test('gets a sentence later, as after a restart, as long as its token could be used again', async () => {
    const activity = good()
    await deliver(activity)
    now += 31_000
    const again = await deliver(activity)
    expect(again.status).toBe(200)
    expect(JSON.parse(again.body)).toMatchObject({ value: expect.stringContaining('received before') })
    expect(delivered).toHaveLength(1)
    expect([...seen.values()][0]).toBeGreaterThan(now + 3_600_000)
  })

  test('is another one in another conversation', async () => {
    const activity = good()
    await deliver(activity)
    await deliver({ ...activity, conversation: { ...activity.conversation, id: 'a:other' } })
    expect(delivered).toHaveLength(2)
  })

  test('is another one from another person, who gets no answer that was meant for the first', async () => {
    answer = async () => ({ status: 200, body: { link: delivered.length } })
    const activity = good()
    await deliver(activity)
    const other = await deliver({ ...activity, from: { ...activity.from, aadObjectId: otherTenant } })
    expect(JSON.parse(other.body)).toEqual({ link: 2 })
  })

  test('may be a query, which changes nothing', async () => {
    const activity = { ...good(), name: 'application/search' }
    await deliver(activity)
    await deliver(activity)
    expect(delivered).toHaveLength(2)
    expect(seen.size).toBe(0)
  })
})

test.each(['adaptiveCard/action', 'task/submit', 'composeExtension/query', 'application/search'])(
  'a failure at %s is told by a reference, and its text is only logged',
  async (name) => {
    answer = () => Promise.reject(new Error('secret text of a bug'))
    const told = await deliver({ ...good(), name })
    expect(told.status).toBe(200)
    expect(told.body).toMatch(/Something went wrong\. Reference [0-9A-F]{4}/)
    expect(told.body).not.toContain('secret text')
    expect(JSON.stringify(logs)).toContain('secret text of a bug')
  },
)

test('a message whose work fails is answered with nothing', async () => {
  answer = () => Promise.reject(new Error('a bug'))
  expect(await deliver({ ...good(), type: 'message', text: 'help' })).toEqual({ status: nothing.status, body: '' })
})
