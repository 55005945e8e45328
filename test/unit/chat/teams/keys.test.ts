import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Keys, newKeys } from '../../../../src/chat/teams/deliveries/keys.ts'
import { type Signer, startSigner } from '../../../support/teams-signer.ts'
import { untilHolds } from '../../../support/until-holds.ts'

const minute = 60_000
const hour = 60 * minute

let signer: Signer
let now: number
let keys: Keys
beforeEach(async () => {
  signer = await startSigner()
  now = 1_000_000
  keys = newKeys({ metadataUrl: signer.metadataUrl, fetch, now: () => now })
})
afterEach(() => signer.close())

test('keys are fetched by the metadata document, once, each with its channels', async () => {
  await signer.addKey('other', ['webchat'])
  expect(await keys.of('first')).toMatchObject({ endorsements: ['msteams'] })
  expect(await keys.of('other')).toMatchObject({ endorsements: ['webchat'] })
  expect(signer.calls).toEqual(['/v1/.well-known/openidconfiguration', '/v1/.well-known/keys'])
})

test('a new key is found at once, but an unknown one costs one fetch a minute', async () => {
  await keys.load()
  now += minute
  await signer.addKey('new')
  expect(await keys.of('new')).toBeDefined()
  expect(signer.calls).toHaveLength(4)
  for (let count = 0; count < 5; count += 1) expect(await keys.of(`made up ${count}`)).toBeUndefined()
  expect(signer.calls).toHaveLength(4)
  now += minute
  await Promise.all([keys.of('made up'), keys.of('made up, too')])
  expect(signer.calls).toHaveLength(6)
})

test('a removed key is refused after a day at the latest', async () => {
  await keys.load()
  await signer.addKey('new')
  signer.removeKey('first')
  now += 24 * hour
  expect(await keys.of('first')).toBeUndefined()
})

test('keys are renewed behind the scenes before their day is over', async () => {
  await keys.load()
  now += 12 * hour
  expect(await keys.of('first')).toBeDefined()
  await untilHolds(() => expect(signer.calls).toHaveLength(4))
  now += 13 * hour
  signer.breakDown({ status: 500, body: '' })
  expect(await keys.of('first')).toBeDefined()
})

test('keys that are said to be elsewhere are not taken from there', async () => {
  signer.redirect('/v1/.well-known/keys')
  await expect(keys.of('first')).rejects.toThrow('cannot be read')
  expect(signer.calls).not.toContain('/elsewhere')
})

test.each([
  ['fails', { status: 500, body: 'no' }],
  ['is a page of a proxy', { status: 200, body: '<html>' }],
  ['has another form', { status: 200, body: '{"keys":[]}' }],
])('without keys nothing is known while the document %s, and it is asked once a minute', async (_, how) => {
  signer.breakDown(how)
  await expect(keys.of('first')).rejects.toMatchObject({ code: 'chat-unreachable', transient: true })
  await expect(keys.of('first')).rejects.toMatchObject({ code: 'chat-unreachable' })
  expect(signer.calls).toHaveLength(1)
  signer.breakDown(undefined)
  now += minute
  expect(await keys.of('first')).toBeDefined()
})

test('an outage at the end of the day refuses, and never accepts by old keys', async () => {
  await keys.load()
  now += 24 * hour
  signer.breakDown({ status: 503, body: '' })
  await expect(keys.of('first')).rejects.toMatchObject({ code: 'chat-unreachable' })
})

test('keys at an address that is neither https nor of this machine are not fetched', async () => {
  signer.breakDown({ status: 200, body: JSON.stringify({ jwks_uri: 'http://keys.example.com/keys' }) })
  await expect(keys.load()).rejects.toThrow(/keys\.example\.com\/keys, which is not https/)
})

test('the start says which address cannot be read', async () => {
  signer.breakDown({ status: 404, body: '' })
  await expect(keys.load()).rejects.toThrow(/openidconfiguration cannot be read: status 404/)
})
