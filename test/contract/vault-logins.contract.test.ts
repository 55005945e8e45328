import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { timestamp } from '../../src/domain/time.ts'
import { type KubernetesApi, kubernetesApi } from '../support/kubernetes-api.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'

// How the bot logs in to a real server with a token that the server checks itself.

let vault: TestVault
let root: RawCall
let folder: string
let api: KubernetesApi
let connector: VaultConnector | undefined
let ahead = 0
let signingKey: CryptoKey
const clock = { now: () => timestamp(Date.now() + ahead) }
const policy = 'apono-management'

const done = async (answer: Promise<{ readonly status: number; readonly body: unknown }>) => {
  const { status, body } = await answer
  if (status > 299) throw new Error(JSON.stringify(body))
}

beforeAll(async () => {
  vault = await openBao()
  root = rawCall(vault.server.address, vault.server.rootToken)
  folder = await mkdtemp(join(tmpdir(), 'latchkey-logins-'))
  api = await kubernetesApi(folder)
  api.addAccount('latchkey', 'latchkey')
  api.addAccount('vault', 'reviewer')
  api.allow('vault/reviewer create tokenreviews')

  await done(root('POST', 'sys/auth/kubernetes', { type: 'kubernetes' }))
  await done(
    root('POST', 'auth/kubernetes/config', {
      ...{ kubernetes_host: api.url, kubernetes_ca_cert: api.ca, disable_local_ca_jwt: true },
      token_reviewer_jwt: await api.tokenFor('vault', 'reviewer'),
    }),
  )
  await done(
    root('POST', 'auth/kubernetes/role/latchkey', {
      ...{ bound_service_account_names: ['latchkey'], bound_service_account_namespaces: ['latchkey'] },
      ...{ audience: 'vault', token_policies: [policy] },
    }),
  )

  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  signingKey = privateKey
  await done(root('POST', 'sys/auth/jwt', { type: 'jwt' }))
  const trusted = { jwt_validation_pubkeys: [await exportSPKI(publicKey)], bound_issuer: 'https://issuer.example' }
  await done(root('POST', 'auth/jwt/config', trusted))
  const bound = { bound_audiences: ['vault'], bound_subject: 'latchkey', user_claim: 'sub', token_policies: [policy] }
  await done(root('POST', 'auth/jwt/role/latchkey', { role_type: 'jwt', ...bound }))
})
afterAll(async () => {
  await api.stop()
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  ahead = 0
  await connector?.close()
})

const tokenFile = () => join(folder, 'token')
/** As the kubelet does it: another file takes the name. */
const project = async (token: string) => {
  await writeFile(join(folder, 'next'), token)
  await rename(join(folder, 'next'), tokenFile())
}
const jwt = (more: object = {}, issuedAt = Math.floor(Date.now() / 1000)) =>
  new SignJWT({ iss: 'https://issuer.example', sub: 'latchkey', aud: ['vault'], ...more })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 600)
    .sign(signingKey)

const use = (credentials: object) => {
  connector = connectorTo(vault.prepared, { credentials }, 'i0test', clock)
  return connector
}
const byKubernetes = (more: object = {}) => use({ kubernetes: { role: 'latchkey', tokenFile: tokenFile(), ...more } })
const byJwt = (more: object = {}) =>
  use({ jwt: { role: 'latchkey', tokenFile: tokenFile(), audience: 'vault', ...more } })
const works = async (one: VaultConnector) => (await one.checkRights()).length > 0
const refusal = (code: string, message: RegExp) => ({ code, transient: true, message: expect.stringMatching(message) })

describe('a login by Kubernetes auth', () => {
  test('reads the projected token anew for each login', async () => {
    await project(await api.tokenFor('latchkey', 'latchkey', 'vault'))
    const one = byKubernetes()
    expect(await works(one)).toBe(true)
    await rm(tokenFile())
    await root('POST', 'sys/leases/revoke-prefix/auth/kubernetes/login')
    await expect(one.checkRights()).rejects.toMatchObject(
      refusal('bad-credentials', /cannot be read. Mount a projected/),
    )
    await project(await api.tokenFor('latchkey', 'latchkey', 'vault'))
    expect(await works(one)).toBe(true)
  })

  test('never sends a token for another audience, or one that has ended, and names the remedy', async () => {
    await project(await api.tokenFor('latchkey', 'latchkey'))
    const before = api.seen.length
    await expect(byKubernetes().checkRights()).rejects.toMatchObject(
      refusal(
        'bad-credentials',
        /is for https:\/\/kubernetes.*, not for vault. Write audience: vault at the serviceAccountToken/,
      ),
    )
    await connector?.close()
    await project(await api.tokenFor('latchkey', 'latchkey', ['vault', 'https://kubernetes']))
    await expect(byKubernetes().checkRights()).rejects.toMatchObject(refusal('bad-credentials', /not for vault alone/))
    await connector?.close()
    await project(await api.tokenFor('latchkey', 'latchkey', 'vault'))
    ahead = 700_000
    await expect(byKubernetes().checkRights()).rejects.toMatchObject(
      refusal('bad-credentials', /ended at .*kubelet renews/),
    )
    await project('no token')
    await expect(connector?.checkRights()).rejects.toMatchObject(refusal('bad-credentials', /is not a JWT/))
    expect(api.seen.length).toBe(before)
  })

  test.each<[string, object, () => Promise<string>, RegExp]>([
    ['another account', {}, () => api.tokenFor('latchkey', 'other', 'vault'), /bound to another bearer/],
    ['another namespace', {}, () => api.tokenFor('shop', 'latchkey', 'vault'), /bound to another bearer/],
    [
      'a role that is not there',
      { role: 'nobody' },
      () => api.tokenFor('latchkey', 'latchkey', 'vault'),
      /no role of this name/,
    ],
    [
      'the audience of another role',
      { audience: 'other' },
      () => api.tokenFor('latchkey', 'latchkey', 'other'),
      /for another audience/,
    ],
  ])('says why it is refused: %s', async (_name, more, token, message) => {
    await project(await token())
    await expect(byKubernetes(more).checkRights()).rejects.toMatchObject(refusal('login-denied', message))
  })

  test('does not take a bare 403 for a bad account: it tries again soon, and at once with another token', async () => {
    await project(await api.tokenFor('latchkey', 'latchkey', 'vault'))
    api.forbid('vault/reviewer create tokenreviews') // the vault may not ask
    const one = byKubernetes()
    const denied = refusal('login-denied', /could not ask the cluster .* Next try, unless it changes/)
    await expect(one.checkRights()).rejects.toMatchObject(denied)
    api.allow('vault/reviewer create tokenreviews')
    const before = api.seen.length
    await expect(one.checkRights()).rejects.toMatchObject(denied)
    expect(api.seen.length).toBe(before)
    ahead = 16_000
    expect(await works(one)).toBe(true)

    await root('POST', 'sys/leases/revoke-prefix/auth/kubernetes/login')
    api.removeAccount('latchkey', 'latchkey')
    await expect(one.checkRights()).rejects.toMatchObject(denied)
    api.addAccount('latchkey', 'latchkey') // made again: another uid
    await project(await api.tokenFor('latchkey', 'latchkey', 'vault'))
    expect(await works(one)).toBe(true)
  })
})

describe('a login by JWT auth', () => {
  test('works with a token of the trusted issuer', async () => {
    await project(await jwt())
    expect(await works(byJwt())).toBe(true)
  })

  test.each<[string, () => Promise<string>, string, RegExp]>([
    ['another subject', () => jwt({ sub: 'other' }), 'login-denied', /bound to another bearer/],
    ['another issuer', () => jwt({ iss: 'https://other.example' }), 'login-denied', /bound to another bearer/],
    [
      'a foreign signature',
      async () => (await jwt()).replace(/.{8}$/, 'AAAAAAAA'),
      'bad-credentials',
      /refuses the bot's token in .*once/,
    ],
    [
      'no audience',
      () => jwt({ aud: undefined }),
      'bad-credentials',
      /names no audience. Ask the issuer for a token with the audience vault/,
    ],
  ])('says why it is refused: %s', async (_name, token, code, message) => {
    const given = await token()
    await project(given)
    const error = await byJwt()
      .checkRights()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(refusal(code, message))
    expect(String(error)).not.toContain(given)
  })
})

describe('credentials in a Kubernetes secret', () => {
  test('outside of a cluster are said to be unreadable', async () => {
    const one = use({ secret: { namespace: 'latchkey-vault', name: 'latchkey-vault-role' } })
    await expect(one.checkRights()).rejects.toMatchObject(
      refusal('secret-unreadable', /KUBERNETES_SERVICE_HOST is not set/),
    )
  })
})
