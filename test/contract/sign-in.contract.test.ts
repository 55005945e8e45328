import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { secret } from '../../src/domain/secret.ts'
import { issuerIdentity } from '../../src/domain/sign-in.ts'
import { after, seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import { type OpenIdOptions, openIdSignIn } from '../../src/identity/open-id.ts'
import { type Human, startIssuer, type TestIssuer } from '../support/issuer.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type LoopbackProxy, loopbackProxy } from '../support/openbao-proxy.ts'
import { smallIssuer } from '../support/small-issuer.ts'

const redirectUri = 'http://127.0.0.1:9/fetch/callback'
const tenant = '11111111-1111-4111-8111-111111111111'
const clock = { now: () => timestamp(Date.now()) }
/** Slack's and Microsoft's claims, filled from what the issuer knows of a person. */
const claims = `{
  "https://slack.com/team_id": {{identity.entity.metadata.team}},
  "https://slack.com/user_id": {{identity.entity.metadata.user}},
  "tid": {{identity.entity.metadata.tid}},
  "oid": {{identity.entity.metadata.oid}}
}`

let vault: TestVault
let issuer: TestIssuer
/** The same server behind a proxy that a test may let tamper with what passes. */
let proxy: LoopbackProxy
let proxied: TestIssuer
let tamper: ((text: string, path: string) => string) | undefined
let human: Human

beforeAll(async () => {
  vault = await openBao()
  const { address } = vault.server
  issuer = await startIssuer({ admin: vault.admin, address, redirectUri, claims })
  proxy = await loopbackProxy(address, { response: (text, path) => tamper?.(text, path) ?? text })
  const publicAddress = proxy.address
  proxied = await startIssuer({ admin: vault.admin, address, redirectUri, publicAddress, name: 'proxied' })
  const metadata = { team: 'T0EXAMPLE', user: 'U0DEVELOPER', tid: 'tenant-1', oid: 'object-1' }
  human = await issuer.signUp('developer', metadata)
})
afterEach(() => {
  tamper = undefined
})
afterAll(async () => {
  await proxy?.stop()
  await vault?.stop()
})

const at = ({ issuer: url, clientId, clientSecret }: TestIssuer, more: Partial<OpenIdOptions> = {}) =>
  openIdSignIn({
    ...{ issuer: url, clientId, clientSecret: secret(clientSecret), kind: 'generic', scopes: [], redirectUri, clock },
    ...more,
  })

/** From our redirect to the issuer's: the person signs in there, and the browser comes back with an answer. */
const signedIn = async (one: TestIssuer, more: Partial<OpenIdOptions> = {}) => {
  const signIn = at(one, more)
  const { url, kept } = await signIn.begin('remembered')
  return { signIn, kept, url, answer: new URL(await one.authorize(url, human)).searchParams }
}
const code = (name: string) => expect.objectContaining({ name: 'ExternalError', code: name })

describe('somebody who signs in', () => {
  test('is named by the issuer and its subject, which at OpenBao is the entity', async () => {
    const { signIn, kept, answer } = await signedIn(issuer)
    const [first] = await signIn.finish(answer, kept)
    expect(first).toEqual(issuerIdentity(issuer.issuer, { sub: human.sub }))
  })

  test('is asked for with a challenge, a state and a nonce, none of which is used twice', async () => {
    const signIn = at(issuer, { scopes: ['humans'] })
    const asked = await Promise.all([signIn.begin('remembered'), signIn.begin('remembered')])
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [one, other] = asked.map(({ url }) => new URL(url).searchParams.get(name))
      expect(one?.length).toBeGreaterThan(40)
      expect(one).not.toBe(other)
    }
    const { searchParams } = new URL(asked[0].url)
    expect(Object.fromEntries(searchParams)).toMatchObject({ code_challenge_method: 'S256', scope: 'openid humans' })
    expect(asked[0].url).not.toContain(asked[0].kept.verifier)
  })

  test('in a fresh way has to sign in at the issuer after the page asked for it', async () => {
    const signIn = at(issuer)
    const { url, kept } = await signIn.begin('fresh')
    const { searchParams } = new URL(url)
    expect(searchParams.get('prompt')).toBe('login')
    const answer = new URL(await issuer.authorize(url, human)).searchParams
    const [first] = await signIn.finish(answer, kept)
    expect(first).toEqual(issuerIdentity(issuer.issuer, { sub: human.sub }))
  })

  test.each([
    ['the time is missing', {}, 'auth-time-missing'],
    ['somebody had signed in long before', { auth_time: -60 }, 'not-fresh'],
    ['the person has just signed in', { auth_time: 0 }, undefined],
  ])('in a fresh way is taken at the issuer’s word, not at the address’: %s', async (_, more, expected) => {
    const small = smallIssuer('https://small.example.com', 'somebody', () => {
      const [shift] = Object.values(more)
      return shift === undefined ? {} : { auth_time: Math.floor(Date.now() / 1000) + shift }
    })
    const server = createServer(small.listener)
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const through: typeof fetch = (input, init) => {
      const { pathname } = new URL(String(input))
      return fetch(`http://127.0.0.1:${port}${pathname}`, init)
    }
    const signIn = openIdSignIn({
      ...{ issuer: 'https://small.example.com', clientId: 'latchkey', clientSecret: secret('unused') },
      ...{ kind: 'generic', scopes: [], redirectUri, clock, fetch: through },
    })
    try {
      // Whoever holds a session at the issuer can delete the question from the address.
      const { url, kept } = await signIn.begin('fresh')
      const bare = new URL(url)
      for (const name of ['prompt', 'max_age']) bare.searchParams.delete(name)
      const end = signIn.finish(small.authorize(bare.href), kept)
      if (expected) await expect(end).rejects.toEqual(code(expected))
      else expect((await end)[0]).toMatchObject({ platform: 'oidc', subject: expect.stringContaining('somebody') })
    } finally {
      server.close()
    }
  })

  test('at Entra is asked for the password, where the sign-in must be fresh', async () => {
    const prompts = (['remembered', 'other-account', 'fresh'] as const).map(async (how) => {
      const { url } = await at(issuer, { kind: 'entra' }).begin(how)
      return new URL(url).searchParams.get('prompt')
    })
    expect(await Promise.all(prompts)).toEqual([null, 'select_account', 'login'])
  })

  test.each([
    ['is known as in Teams, where the token is of the issuer’s tenant', tenant, 'teams'],
    ['is refused with a token of another tenant', '99999999-9999-4999-8999-999999999999', undefined],
  ])('at Microsoft’s own issuer %s', async (_, tid, platform) => {
    const oid = '22222222-2222-4222-8222-222222222222'
    const own = `https://login.microsoftonline.com/${tenant}/v2.0`
    const small = smallIssuer(own, 'pairwise', () => ({ tid, oid }))
    const server = createServer(small.listener)
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const through: typeof fetch = (input, init) =>
      fetch(`http://127.0.0.1:${port}${String(input).slice(own.length)}`, init)
    const signIn = openIdSignIn({
      ...{ issuer: own, clientId: 'latchkey', clientSecret: secret('unused') },
      ...{ kind: 'entra', scopes: [], redirectUri, clock, fetch: through },
    })
    try {
      const { url, kept } = await signIn.begin('remembered')
      const end = signIn.finish(small.authorize(url), kept)
      if (platform === undefined) return await expect(end).rejects.toEqual(code('other-tenant'))
      expect(await end).toEqual([issuerIdentity(own, { tid, oid }), { platform, tenant: tid, subject: oid }])
    } finally {
      server.close()
    }
  })

  test('by Slack is known by the workspace and the user, as in chat', async () => {
    const { signIn, kept, answer } = await signedIn(issuer, { kind: 'slack', scopes: ['humans'] })
    const names = await signIn.finish(answer, kept)
    expect(names).toEqual([{ platform: 'slack', tenant: 'T0EXAMPLE', subject: 'U0DEVELOPER' }])
  })

  test('by Entra is known by tenant and object together', async () => {
    const { signIn, kept, answer } = await signedIn(issuer, { kind: 'entra', scopes: ['humans'] })
    const names = await signIn.finish(answer, kept)
    expect(names).toEqual([issuerIdentity(issuer.issuer, { tid: 'tenant-1', oid: 'object-1' })])
  })

  test.each(['slack', 'entra'] as const)('is nobody when %s claims are missing', async (kind) => {
    const { signIn, kept, answer } = await signedIn(issuer, { kind })
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('claims-missing'))
  })
})

describe('an answer is refused', () => {
  test('when it comes a second time', async () => {
    const { signIn, kept, answer } = await signedIn(issuer)
    await signIn.finish(answer, kept)
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('code-refused'))
  })

  test.each([
    ['state', 'not-proved'],
    ['nonce', 'not-proved'],
    ['verifier', 'code-refused'],
  ])('when it belongs to another %s', async (name, expected) => {
    const { signIn, kept, answer } = await signedIn(issuer)
    await expect(signIn.finish(answer, { ...kept, [name]: 'x'.repeat(43) })).rejects.toEqual(code(expected))
  })

  test('when the person broke off or was refused at the issuer', async () => {
    const signIn = at(issuer)
    const { kept } = await signIn.begin('remembered')
    const answer = new URLSearchParams({ error: 'access_denied', state: kept.state })
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('declined'))
  })

  test.each([
    ['the person is exchanged', (payload: object) => ({ ...payload, sub: 'somebody-else' })],
    ['the time is stretched', (payload: object) => ({ ...payload, exp: 4_102_444_800 })],
  ])('when, with the signature left as it was, %s in the token', async (_, change) => {
    tamper = (text, path) => (path.endsWith('/token') ? withToken(text, (token) => forged(token, change)) : text)
    const { signIn, kept, answer } = await signedIn(proxied)
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('not-proved'))
    tamper = undefined
    const honest = await signedIn(proxied)
    const [first] = await honest.signIn.finish(honest.answer, honest.kept)
    expect(first).toEqual(issuerIdentity(proxied.issuer, { sub: human.sub }))
  })

  test('when the token says that it needs no signature', async () => {
    tamper = (text, path) => (path.endsWith('/token') ? withToken(text, unsigned) : text)
    const { signIn, kept, answer } = await signedIn(proxied)
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('not-proved'))
  })

  test('when the token was made for another application, though the issuer signed it for this very nonce', async () => {
    const ours = at(proxied)
    const { url, kept } = await ours.begin('remembered')
    const name = 'another-application'
    await vault.admin('POST', `identity/oidc/client/${name}`, {
      redirect_uris: [redirectUri],
      assignments: ['allow_all'],
      key: 'proxied',
    })
    const { data } = (await vault.admin('GET', `identity/oidc/client/${name}`)) as { data: Record<string, string> }
    const theirs = new URL(url)
    theirs.searchParams.set('client_id', String(data.client_id))
    const theirAnswer = new URL(await proxied.authorize(theirs.href, human)).searchParams
    const stolen = await fetch(`${proxied.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: theirAnswer.get('code') ?? '',
        redirect_uri: redirectUri,
        code_verifier: kept.verifier,
        client_id: String(data.client_id),
        client_secret: String(data.client_secret),
      }),
    })
    const { id_token: foreign } = (await stolen.json()) as { id_token: string }
    tamper = (text, path) => (path.endsWith('/token') ? withToken(text, () => foreign) : text)
    const answer = new URL(await proxied.authorize(url, human)).searchParams
    await expect(ours.finish(answer, kept)).rejects.toEqual(code('not-proved'))
  })
})

describe('an issuer', () => {
  test('that does not accept the client’s secret is told from one that does not accept the code', async () => {
    const { signIn, kept, answer } = await signedIn({ ...issuer, clientSecret: 'wrong' })
    await expect(signIn.finish(answer, kept)).rejects.toEqual(code('client-refused'))
  })

  test('that calls itself otherwise than the configuration is not used', async () => {
    const elsewhere = { ...issuer, issuer: issuer.issuer.replace('127.0.0.1', 'localhost') }
    await expect(at(elsewhere).begin('remembered')).rejects.toEqual(code('other-issuer'))
  })

  test('that is none is reported as away, before and after the person was there', async () => {
    await expect(at({ ...issuer, issuer: `${vault.server.address}/v1/sys` }).begin('remembered')).rejects.toEqual(
      code('unreachable'),
    )
    const short = await loopbackProxy(vault.server.address, {})
    const { admin, server } = vault
    const mortal = await startIssuer({
      ...{ admin, address: server.address, redirectUri, publicAddress: short.address, name: 'mortal' },
    })
    const { signIn, kept, answer } = await signedIn(mortal)
    await short.stop()
    await expect(signIn.finish(answer, kept)).rejects.toMatchObject({ code: 'unreachable', transient: true })
    await expect(at(mortal).begin('remembered')).rejects.toEqual(code('unreachable'))
    await expect(at(mortal).check()).rejects.toEqual(code('unreachable'))
  })

  test('is looked at again only after half a minute, however often somebody asks whether it is there', async () => {
    let now: Timestamp = clock.now()
    const signIn = at(proxied, { clock: { now: () => now } })
    const looks = () => proxy.seen.filter((line) => line.endsWith('openid-configuration')).length
    const before = looks()
    await signIn.check()
    await signIn.check()
    await signIn.begin('remembered')
    expect(looks() - before).toBe(1)
    now = after(now, seconds(30))
    await signIn.check()
    expect(looks() - before).toBe(2)
  })
})

const withToken = (text: string, change: (token: string) => string): string => {
  const answer = JSON.parse(text) as { id_token: string }
  return JSON.stringify({ ...answer, id_token: change(answer.id_token) })
}

const forged = (token: string, change: (payload: object) => object): string => {
  const [header, payload = '', signature] = token.split('.')
  return [header, encoded(change(JSON.parse(Buffer.from(payload, 'base64url').toString()))), signature].join('.')
}

const unsigned = (token: string): string => [encoded({ alg: 'none', typ: 'JWT' }), token.split('.')[1], ''].join('.')

const encoded = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
