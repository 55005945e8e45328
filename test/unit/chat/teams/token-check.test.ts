import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKeys } from '../../../../src/chat/teams/deliveries/keys.ts'
import {
  isSameAddress,
  newTokenCheck,
  type TokenCheck,
  tokenIn,
} from '../../../../src/chat/teams/deliveries/token-check.ts'
import { app, issuer, type Signer, startSigner, type TokenChange } from '../../../support/teams-signer.ts'

const serviceUrl = 'https://smba.trafficmanager.net/emea/'
const at = 1_790_000_000

let signer: Signer
let check: TokenCheck
beforeAll(async () => {
  const now = () => at * 1000
  signer = await startSigner(now)
  await signer.addKey('web', ['webchat'])
  await signer.addKey('nobody', [])
  const keys = newKeys({ metadataUrl: signer.metadataUrl, fetch, now })
  await keys.load()
  await signer.addKey('stranger')
  check = newTokenCheck({ app, issuer, keys, now })
})
afterAll(() => signer.close())

const checked = async (change: TokenChange = {}) => check(await signer.token(serviceUrl, change))

test('a good token tells the service URL, and until when it is accepted', async () => {
  expect(await checked()).toEqual({ serviceUrl, until: (at + 3600 + 300) * 1000 })
})

describe('a token is refused', () => {
  test.each<[string, TokenChange]>([
    ['for another app', { claims: { aud: '0a0a0a0a-0000-4000-8000-000000000002' } }],
    ['for us and others', { claims: { aud: [app] } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['of Entra for our own app', { claims: { iss: 'https://sts.windows.net/0b0b0b0b-0000-4000-8000-000000000001/' } }],
    ['of an issuer with a slash more', { claims: { iss: `${issuer}/` } }],
    ['of no issuer', { claims: { iss: undefined } }],
    ['that has expired', { claims: { exp: at - 301 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['with an end that is no number', { claims: { exp: '9999999999' } }],
    ['for later', { claims: { nbf: at + 301 } }],
    ['with a beginning that is no number', { claims: { nbf: 'now' } }],
    ['without a service URL', { claims: { serviceurl: undefined } }],
    ['with a service URL that is none', { claims: { serviceurl: 'somewhere' } }],
    ['by a key of another channel', { kid: 'web' }],
    ['by a key that speaks for no channel', { kid: 'nobody' }],
    ['by an unknown key', { kid: 'stranger' }],
    ['by another key under a known name', { kid: 'first', key: 'stranger' }],
    ['of another kind of signature', { alg: 'PS256', kid: 'first' }],
  ])('%s', async (_, change) => {
    if (change.alg) {
      const [, ...rest] = (await signer.token(serviceUrl)).split('.')
      const header = Buffer.from(JSON.stringify({ alg: change.alg, kid: change.kid })).toString('base64url')
      expect(await check([header, ...rest].join('.'))).toEqual({ why: expect.any(String) })
      return
    }
    expect(await checked(change)).toEqual({ why: expect.any(String) })
  })

  test('that nobody signed, or that is signed with the public key as a secret', async () => {
    const [, payload = ''] = (await signer.token(serviceUrl)).split('.')
    const headed = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    expect(await check(`${headed({ alg: 'none', kid: 'first' })}.${payload}.`)).toEqual({ why: expect.any(String) })
    const keys = await (await fetch(`${signer.url}/v1/.well-known/keys`)).text()
    const signed = `${headed({ alg: 'HS256', kid: 'first' })}.${payload}`
    const signature = createHmac('sha256', keys).update(signed).digest('base64url')
    expect(await check(`${signed}.${signature}`)).toEqual({ why: expect.any(String) })
  })

  test('whose content was changed on its way', async () => {
    const [header, payload = '', signature] = (await signer.token(serviceUrl)).split('.')
    const content = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const other = Buffer.from(JSON.stringify({ ...content, exp: at + 9999 })).toString('base64url')
    expect(await check([header, other, signature].join('.'))).toEqual({ why: expect.any(String) })
    expect(await check('a.b.c')).toEqual({ why: expect.any(String) })
  })

  test('while there are no keys', async () => {
    const gone = { of: () => Promise.reject(new Error('gone')) }
    const refusing = newTokenCheck({ app, issuer, keys: gone, now: () => at * 1000 })
    expect(await refusing(await signer.token(serviceUrl))).toEqual({ why: 'no keys to check by' })
  })
})

test('clocks may differ by five minutes, either way', async () => {
  expect(await checked({ claims: { exp: at - 299 } })).toMatchObject({ serviceUrl })
  expect(await checked({ claims: { nbf: at + 299 } })).toMatchObject({ serviceUrl })
  expect(await checked({ claims: { nbf: undefined } })).toMatchObject({ serviceUrl })
})

test('only a header with one token is one', () => {
  expect(tokenIn('Bearer a.b.c')).toBe('a.b.c')
  for (const header of [undefined, '', 'a.b.c', 'Basic a.b.c', 'Bearer a.b', 'Bearer a.b.c d', 'Bearer  a.b.c'])
    expect(tokenIn(header)).toBeUndefined()
  expect(tokenIn(`Bearer a.${'b'.repeat(20_000)}.c`)).toBeUndefined()
})

test('a slash at the end of a service URL makes no difference, and everything else does', () => {
  expect(isSameAddress(serviceUrl, 'https://smba.trafficmanager.net/emea')).toBe(true)
  expect(isSameAddress(serviceUrl, 'https://smba.trafficmanager.net/amer/')).toBe(false)
  expect(isSameAddress(serviceUrl, 'https://smba.trafficmanager.net.example.com/emea/')).toBe(false)
})
