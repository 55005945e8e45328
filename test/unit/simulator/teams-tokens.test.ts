import { createHash, createPublicKey, createSign, type JsonWebKey, verify, X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Attack } from '../../../src/simulator/teams/attacks.ts'
import { newAppCertificate } from '../../support/app-certificate.ts'
import { app, channel, dev, newPair, type Pair, secret, tenant } from './teams-bot.ts'

let pair: Pair
beforeEach(async () => {
  pair = await newPair()
})
afterEach(() => pair.close())

type Key = JsonWebKey & { kid: string; endorsements: string[] }
const keys = async (): Promise<Key[]> => {
  const metadata = await (await fetch(`${pair.teams.url}/v1/.well-known/openidconfiguration`)).json()
  expect(metadata).toMatchObject({
    issuer: 'https://api.botframework.com',
    jwks_uri: `${pair.teams.url}/v1/.well-known/keys`,
  })
  const published = (await (await fetch((metadata as { jwks_uri: string }).jwks_uri)).json()) as { keys: Key[] }
  return published.keys
}
const parsed = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString())
/** The token of the newest delivery, and whether a published key for Teams has signed it. */
const read = async () => {
  const token = pair.heard.at(-1)?.headers.authorization?.replace(/^Bearer /, '') ?? ''
  const [head = '', claims = '', signature = ''] = token.split('.')
  const header = parsed(head)
  const key = (await keys()).find(({ kid, endorsements }) => kid === header.kid && endorsements.includes('msteams'))
  const isSigned =
    key !== undefined &&
    header.alg === 'RS256' &&
    verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      createPublicKey({ key, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    )
  return { header, claims: parsed(claims), isSigned }
}

describe('a delivery', () => {
  test('has a token of the channel for this bot and this service URL', async () => {
    await pair.teams.person(dev).say('help')
    const { claims, isSigned } = await read()
    expect([isSigned, claims]).toMatchObject([
      true,
      { iss: 'https://api.botframework.com', aud: app, serviceurl: pair.teams.serviceUrl },
    ])
    expect(Number(claims.exp) - Date.now() / 1000).toBeGreaterThan(3500)
  })

  test('is signed by the new key after a rotation, while the old one is still published', async () => {
    await pair.teams.person(dev).say('help')
    const old = (await read()).header.kid
    pair.teams.keys.rotate()
    await pair.teams.person(dev).say('help')
    const now = await read()
    expect([now.isSigned, now.header.kid === old]).toEqual([true, false])
    expect((await keys()).map(({ kid }) => kid)).toContain(old)
    pair.teams.keys.rotate({ forgetOld: true })
    expect((await keys()).map(({ kid }) => kid)).not.toContain(now.header.kid)
  })

  test.each<Attack>(['other-key', 'unknown-key', 'unendorsed-key', 'alg-none', 'alg-hmac'])(
    'under the attack %s has no valid signature',
    async (attack) => {
      await pair.teams.person(dev).say('help', undefined, { attack })
      expect((await read()).isSigned).toBe(false)
    },
  )

  test.each<[Attack, object]>([
    ['other-audience', { aud: '99999999-9999-4999-8999-999999999999' }],
    ['other-issuer', { iss: expect.stringContaining('sts.windows.net') }],
    ['other-service-url-claim', { serviceurl: 'https://smba.trafficmanager.net/other/' }],
  ])('under the attack %s has a valid signature and this claim', async (attack, claims) => {
    await pair.teams.person(dev).say('help', undefined, { attack })
    expect(await read()).toMatchObject({ isSigned: true, claims })
  })

  test('under other attacks lacks a claim, is out of date, or has no token at all', async () => {
    const person = pair.teams.person(dev)
    await person.say('help', undefined, { attack: 'no-service-url-claim' })
    expect((await read()).claims.serviceurl).toBeUndefined()
    await person.say('help', undefined, { attack: 'no-expiry' })
    expect((await read()).claims.exp).toBeUndefined()
    await person.say('help', undefined, { attack: 'expired' })
    expect(Number((await read()).claims.exp)).toBeLessThan(Date.now() / 1000)
    await person.say('help', undefined, { attack: 'not-yet-valid' })
    expect(Number((await read()).claims.nbf)).toBeGreaterThan(Date.now() / 1000)
    await person.say('help', undefined, { attack: 'no-header' })
    expect(pair.heard.at(-1)?.headers.authorization).toBeUndefined()
    await person.say('help', undefined, { attack: 'basic' })
    expect(pair.heard.at(-1)?.headers.authorization).toMatch(/^Basic /)
    await person.say('help', undefined, { claims: { aud: ['a', 'b'] } })
    expect((await read()).claims.aud).toEqual(['a', 'b'])
  })

  test('under attacks on the activity has a valid token and wrong contents', async () => {
    const person = pair.teams.person(dev)
    await person.say('help', undefined, { attack: 'other-tenant' })
    expect(pair.heard.at(-1)?.activity.conversation.tenantId).not.toBe(tenant)
    await person.say('help', undefined, { attack: 'no-object-id' })
    expect(pair.heard.at(-1)?.activity.from).not.toHaveProperty('aadObjectId')
    await person.say('help', undefined, { attack: 'other-channel' })
    expect(pair.heard.at(-1)?.activity.channelId).toBe('webchat')
    await person.say('help', undefined, { attack: 'other-service-url' })
    expect(pair.heard.at(-1)?.activity.serviceUrl).toBe('https://attacker.example.com/')
    await person.say('help', channel, { change: (activity) => ({ ...activity, text: 'changed' }) })
    expect([pair.heard.at(-1)?.activity.text, (await read()).isSigned]).toEqual(['changed', true])
  })

  test('can be sent again, byte for byte', async () => {
    await pair.teams.person(dev).say('help')
    await pair.teams.replay()
    expect(pair.heard[0]).toMatchObject({ activity: { id: pair.heard[1]?.activity.id } })
    expect(pair.heard[0]?.headers.authorization).toBe(pair.heard[1]?.headers.authorization)
  })
})

const good = {
  grant_type: 'client_credentials',
  client_id: app,
  client_secret: secret,
  scope: 'https://api.botframework.com/.default',
}
const ask = async (form: Record<string, string>, of = tenant) => {
  const response = await fetch(`${pair.teams.url}/${of}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  const json = (await response.json()) as Record<string, unknown>
  return { status: response.status, json, code: /AADSTS\d+/.exec(String(json.error_description))?.[0] }
}

describe('the token endpoint', () => {
  test('gives a token for the secret, which the connector accepts until it ends', async () => {
    const { json } = await ask(good)
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 })
    const members = () =>
      fetch(`${pair.teams.serviceUrl}v3/conversations/${encodeURIComponent(channel)}/members`, {
        headers: { authorization: `Bearer ${json.access_token}` },
      })
    expect((await members()).status).toBe(200)
    pair.teams.expireTokens()
    expect((await members()).status).toBe(401)
  })

  test.each<[string, Record<string, string>, string]>([
    ['another secret', { client_secret: 'wrong' }, 'AADSTS7000215'],
    ['another app', { client_id: tenant }, 'AADSTS700016'],
    ['another scope', { scope: 'https://graph.microsoft.com/.default' }, 'AADSTS70011'],
    ['another grant', { grant_type: 'password' }, 'AADSTS70003'],
  ])('refuses %s, with the code of Entra', async (_, change, code) => {
    expect(await ask({ ...good, ...change })).toMatchObject({ code, json: { error_codes: [Number(code.slice(6))] } })
  })

  test('refuses another tenant, and a request without a credential', async () => {
    expect((await ask(good, 'botframework.com')).code).toBe('AADSTS90002')
    const { client_secret: _, ...without } = good
    expect((await ask(without)).code).toBe('AADSTS7000216')
  })

  test('leaves no secret in the evidence', async () => {
    await ask(good)
    const { json } = await ask(good)
    expect(JSON.stringify([pair.teams.calls('token').map(({ args }) => args)])).not.toContain(secret)
    expect(pair.teams.traffic().join()).not.toContain(secret)
    expect(json.access_token).toEqual(expect.any(String))
  })
})

describe('a client assertion', () => {
  const { certificate, key } = newAppCertificate()
  const other = newAppCertificate()
  const encoded = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  const assertion = (claims: object = {}, signed = key, named = certificate) => {
    const now = Math.floor(Date.now() / 1000)
    const thumbprint = createHash('sha256').update(new X509Certificate(named).raw).digest('base64url')
    const aud = `${pair.teams.url}/${tenant}/oauth2/v2.0/token`
    const body = { iss: app, sub: app, aud, jti: 'j1', nbf: now, exp: now + 300, ...claims }
    const text = `${encoded({ alg: 'RS256', 'x5t#S256': thumbprint })}.${encoded(body)}`
    return `${text}.${createSign('RSA-SHA256').update(text).sign(signed, 'base64url')}`
  }
  const askBy = (client_assertion: string) => {
    const { client_secret: _, ...rest } = good
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return ask({ ...rest, client_assertion, client_assertion_type })
  }
  beforeEach(async () => {
    await pair.close()
    pair = await newPair({ appCertificate: certificate })
  })

  test('by the registered certificate is a credential', async () => {
    expect((await askBy(assertion())).status).toBe(200)
  })

  test('by another key or certificate, for another audience, or out of date is none', async () => {
    expect((await askBy(assertion({}, other.key))).code).toBe('AADSTS700027')
    expect((await askBy(assertion({}, other.key, other.certificate))).code).toBe('AADSTS700027')
    expect((await askBy(assertion({ aud: 'https://elsewhere.example' }))).code).toBe('AADSTS700027')
    expect((await askBy(assertion({ exp: 1 }))).code).toBe('AADSTS700024')
  })
})
