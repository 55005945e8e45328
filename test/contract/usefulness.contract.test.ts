import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { caveatsOf } from '../../src/app/caveats.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { integrationId, resourceId } from '../../src/domain/ids.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded, type RawCall, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { everythingAt } from '../support/walk-vault.ts'
import * as sample from './store-samples.ts'

// What can be granted is not always of use: a key may be of a type that cannot do it, a secret may have been deleted.

let vault: TestVault
let root: RawCall
let plain: VaultConnector
let typed: VaultConnector
const all: VaultConnector[] = []
beforeAll(async () => {
  vault = await openBao()
  root = rawCall(vault.server.address, vault.server.rootToken)
  const right = { roleName: 'typed', policyName: 'typed', optionalRights: ['key-types'] } as const
  plain = connectorTo(vault.prepared)
  typed = connectorTo(await vault.prepare(right))
  all.push(plain, typed)
})
afterAll(async () => {
  await Promise.all(all.map((connector) => connector.close()))
  await vault.stop()
})

const symmetric = ['aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305']
const signing = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521']
const both = ['rsa-2048', 'rsa-4096']
const text = 'ZXhhbXBsZQ=='

describe('a Transit key is offered for what its type can do', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ...symmetric.map((type) => [type, ['encrypt', 'decrypt', 'rewrap', 'hmac', 'read']] as const),
    ...signing.map((type) => [type, ['sign', 'verify', 'hmac', 'read']] as const),
    ...both.map((type) => [type, ['encrypt', 'decrypt', 'rewrap', 'sign', 'verify', 'hmac', 'read']] as const),
  ]
  beforeAll(async () => {
    for (const [type] of table) await root('POST', `transit/keys/${type}`, { type })
  })

  /** What the server itself does with the key, tried. */
  const worksAt = async (key: string, by: RawCall = root): Promise<readonly string[]> => {
    const call = async (verb: string, body: object) => by('POST', `transit/${verb}/${key}`, body)
    const made = async (verb: string, body: object) =>
      (await root('POST', `transit/${verb}/${key}`, body)).body.data ?? {}
    const { ciphertext = 'vault:v1:x' } = await made('encrypt', { plaintext: text })
    const { signature = 'vault:v1:x' } = await made('sign', { input: text })
    const outcomes = {
      encrypt: await call('encrypt', { plaintext: text }),
      decrypt: await call('decrypt', { ciphertext }),
      sign: await call('sign', { input: text }),
      verify: await call('verify', { input: text, signature }),
      rewrap: await call('rewrap', { ciphertext }),
      hmac: await call('hmac', { input: text }),
      read: await by('GET', `transit/keys/${key}`),
      export: await by('GET', `transit/export/hmac-key/${key}`),
    }
    return Object.entries(outcomes).flatMap(([verb, { status }]) => (status === 200 ? [verb] : []))
  }

  test.each(table)('%s', async (type, permissions) => {
    const found = (await everythingAt(typed)).find(({ path }) => path === `transit/${type}`)
    expect(found?.permissions).toEqual(permissions)
    expect((await worksAt(type)).toSorted()).toEqual(permissions.toSorted())
    for (const permission of ['encrypt', 'decrypt', 'rewrap', 'sign', 'verify', 'hmac', 'read', 'export']) {
      const caveats = await typed.caveats({ type: 'key', path: `transit/${type}`, permission })
      expect([permission, caveats]).toEqual([permission, permissions.includes(permission) ? [] : ['key-cannot']])
    }
  })

  test('and for everything where the bot may not read its type', async () => {
    const found = (await everythingAt(plain)).find(({ path }) => path === 'transit/ed25519')
    expect(found?.permissions).toEqual(['encrypt', 'decrypt', 'rewrap', 'sign', 'verify', 'hmac', 'read'])
    expect(await plain.caveats({ type: 'key', path: 'transit/ed25519', permission: 'encrypt' })).toEqual([])
  })

  test('the export of a key only where the configuration offers it, and only of an exportable one', async () => {
    const lent = connectorTo(
      await vault.prepare({ roleName: 'lent', policyName: 'typed', optionalRights: ['key-types'] }),
      {
        keyExport: ['transit/escrow-*'],
      },
    )
    all.push(lent)
    for (const name of ['escrow-a', 'other-a']) await root('POST', `transit/keys/${name}`, { exportable: true })
    await root('POST', 'transit/keys/escrow-b', {})
    const keys = await everythingAt(lent)
    const isOffered = (name: string) =>
      keys.find(({ path }) => path === `transit/${name}`)?.permissions.includes('export')
    expect(['escrow-a', 'escrow-b', 'other-a'].map(isOffered)).toEqual([true, false, false])
    const wish = (name: string) =>
      lent.plan([{ resource: resourceId(name), type: 'key', path: `transit/${name}`, permission: 'export' }])
    expect(wish('escrow-a').ok).toBe(true)
    expect(wish('other-a')).toEqual({ ok: false, refusal: { code: 'not-offered', path: 'transit/other-a' } })
  })

  test('a token does exactly what was granted on its key, and nothing on another one', async () => {
    for (const name of ['all-a', 'all-b'])
      await root('POST', `transit/keys/${name}`, { type: 'rsa-2048', exportable: true })
    const lender = connectorTo(vault.prepared, { keyExport: ['transit/all-*'] })
    all.push(lender)
    const every = ['encrypt', 'decrypt', 'rewrap', 'sign', 'verify', 'hmac', 'read', 'export']
    for (const given of [...every.map((permission) => [permission]), every]) {
      const items = given.map((permission) => ({
        resource: resourceId('k'),
        type: 'key',
        path: 'transit/all-a',
        permission,
      }))
      const plan = lender.plan(items)
      if (!plan.ok) throw new Error(plan.refusal.code)
      await root('POST', 'sys/policies/acl/lent', { policy: plan.value.document })
      const token = await root('POST', 'auth/token/create', { policies: ['lent'], no_default_policy: true, ttl: '1m' })
      const holder = rawCall(vault.server.address, String(token.body.auth?.client_token))
      expect((await worksAt('all-a', holder)).toSorted()).toEqual(given.toSorted())
      expect(await worksAt('all-b', holder)).toEqual([])
    }
  })

  test('each key is read once, however often discovery passes', async () => {
    const proxy = await loopbackProxy(vault.server.address, {})
    const prepared = await vault.prepare({ roleName: 'counted', policyName: 'typed', optionalRights: ['key-types'] })
    const counted = connectorTo(prepared, { internalUrl: proxy.address })
    all.push(counted)
    for (let pass = 0; pass < 3; pass += 1) await everythingAt(counted)
    const reads = proxy.seen.filter((line) => line.startsWith('GET transit/keys/'))
    expect(reads.length).toBe(new Set(reads).size)
    await proxy.stop()
  })
})

describe('a secret whose newest version cannot be read is told', () => {
  let count = 0
  const secretWith = async (versions: number, more: (path: string) => Promise<unknown> = async () => {}) => {
    const path = `told/it's ${++count}`
    for (let n = 0; n < versions; n += 1) await root('POST', `kv/data/${encoded(path)}`, { data: { n } })
    await more(encoded(path))
    return `kv/${path}`
  }
  const destroy =
    (...versions: number[]) =>
    (path: string) =>
      root('PUT', `kv/destroy/${path}`, { versions })
  const deletion = (path: string) => root('DELETE', `kv/data/${path}`)

  test.each<[string, number, ((path: string) => Promise<unknown>) | undefined, readonly string[]]>([
    ['whole', 2, undefined, []],
    ['deleted', 2, deletion, ['newest-deleted']],
    ['destroyed', 2, destroy(2), ['newest-deleted']],
    ['the only one, deleted', 1, deletion, ['all-deleted']],
    ['all destroyed', 2, destroy(1, 2), ['all-deleted']],
    ['an older one deleted', 2, destroy(1), []],
    [
      'metadata only',
      0,
      (path) => root('POST', `kv/metadata/${path}`, { custom_metadata: { owner: 'x' } }),
      ['no-version'],
    ],
    [
      'to be deleted in an hour',
      0,
      async (path) => {
        await root('POST', `kv/metadata/${path}`, { delete_version_after: '1h' })
        await root('POST', `kv/data/${path}`, { data: {} })
      },
      [],
    ],
    [
      'deleted and brought back',
      1,
      async (path) => {
        await deletion(path)
        await root('PUT', `kv/undelete/${path}`, { versions: [1] })
      },
      [],
    ],
  ])('%s', async (_, versions, more, caveats) => {
    expect(await plain.caveats({ type: 'secret', path: await secretWith(versions, more) })).toEqual(caveats)
  })

  test('and nothing is said of one that is gone, or at another mount', async () => {
    expect(await plain.caveats({ type: 'secret', path: 'kv/never/was' })).toEqual([])
    expect(await plain.caveats({ type: 'secret', path: 'elsewhere/x' })).toEqual([])
  })

  test('nor by a vault that is silent, whichever call it leaves without an answer', async () => {
    for (const silent of ['POST auth/approle/login', 'GET kv/metadata/apps/db']) {
      const proxy = await loopbackProxy(vault.server.address, {
        before: (line) => (line === silent ? new Promise(() => {}) : Promise.resolve()),
      })
      const waiting = connectorTo(vault.prepared, { internalUrl: proxy.address })
      const told = await waiting.caveats({ type: 'secret', path: 'kv/apps/db' }).catch(({ code }) => code)
      expect(['timeout', '']).toContain(String(told))
      await proxy.stop()
      await waiting.close()
    }
  })

  test('nor while the vault is away, so that form and card come without it', async () => {
    const away = connectorTo(vault.prepared, { internalUrl: 'http://127.0.0.1:1' })
    all.push(away)
    const integration = integrationId('example')
    const integrations = new Map([
      [integration, { integration: { ...sample.vault, id: integration }, connector: away }],
    ])
    const told = caveatsOf({ integrations, troubleAt: () => undefined })
    expect(await told(integration, { type: 'secret', path: 'kv/apps/db' })).toEqual([])
  })
})
