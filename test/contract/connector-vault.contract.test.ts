import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import type { LoopbackProxy } from '../support/openbao-proxy.ts'
import { everythingAt as found } from '../support/walk-vault.ts'

// What is particular to the vault's connector, beyond the contract that every connector keeps.

let vault: TestVault
let proxy: LoopbackProxy
let everything: PreparedVault
let isOpenBao: boolean
let vendor: VaultConnector
let full: VaultConnector
let asVault: VaultConnector
const all: VaultConnector[] = []
const open = (...given: Parameters<typeof connectorTo>) => {
  const connector = connectorTo(...given)
  all.push(connector)
  return connector
}
const optionalRights = ['list-policies', 'revoke-tokens', 'bulk-owner-tags', 'key-types'] as const

beforeAll(async () => {
  vault = await openBao()
  isOpenBao = vault.server.flavour === 'openbao'
  proxy = await hashicorpVaultProxy(vault.server.address)
  everything = await vault.prepare({ roleName: 'full', policyName: 'full-management', optionalRights })
  vendor = open(vault.prepared)
  full = open(everything)
  asVault = open(everything, { internalUrl: proxy.address })
})
afterAll(async () => {
  await Promise.all(all.map((connector) => connector.close()))
  await proxy.stop()
  await vault.stop()
})

const item: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/apps/db', permission: 'read' }
let count = 0
const newOrder = (connector: VaultConnector, given: Partial<Order> = {}): Order => {
  const plan = connector.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`grant${++count}`)
  const until = after(timestamp(Date.now()), seconds(600))
  const account = connector.drawAccount(personId('jane'))
  return { grant, account, handle: connector.draw(grant, undefined), items: [item], plan: plan.value, until, ...given }
}
const issued = async (connector: VaultConnector, given: Partial<Order> = {}) => {
  const order = newOrder(connector, given)
  await connector.provision(order)
  const result = await connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })
  return { ...result, order: { ...order, handle: result.handle } }
}
const policiesOf = ({ handle }: Pick<Order, 'handle'>): string[] =>
  Array.isArray(handle.policies) ? handle.policies : []
const user = async (account: string) =>
  (await rawCall(vault.server.address, vault.server.rootToken)('GET', `auth/userpass/users/${account}`)).body.data
const status = async (path: string) => (await rawCall(vault.server.address, vault.server.rootToken)('GET', path)).status

describe('discovery', () => {
  beforeAll(async () => {
    const names = [
      'apps/db',
      'apps',
      'apps/db/replica',
      'a b/c&d',
      'deep/1/2/3/4',
      'star*',
      'star*/inside',
      '+/db',
      'a..b/c',
      'hangul\u3164filler',
      'braille\u2800/below',
      'trail /below',
    ]
    for (const name of names) await vault.admin('POST', `kv/data/${encoded(name)}`, { data: { value: 'example' } })
    for (let n = 0; n < 40; n += 1) await vault.admin('POST', `kv/data/many/${n}/secret`, { data: {} })
    await vault.admin('POST', 'kv/metadata/apps/db', {
      custom_metadata: { owner: 'databases', other: 'x', description: `The  orders ${'x'.repeat(300)}` },
    })
    await vault.admin('POST', 'transit/keys/orders', { type: 'rsa-2048' })
  })

  test('finds every secret and key, those that cannot be granted with the reason', async () => {
    const list = await found(vendor)
    const paths = list.filter(({ path }) => !path.startsWith('kv/many/')).map(({ path }) => path)
    const odd = ['kv/star*', 'kv/star*/inside', 'kv/+/db', 'kv/a..b/']
    const unseen = ['kv/hangul\u3164filler', 'kv/braille\u2800/', 'kv/trail /below']
    const plain = ['kv/apps/db', 'kv/apps', 'kv/apps/db/replica', 'kv/a b/c&d', 'kv/deep/1/2/3/4', 'transit/orders']
    expect(paths.toSorted()).toEqual([...odd, ...unseen, ...plain].toSorted())
    expect(
      list
        .filter(({ obstacle }) => obstacle)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([...odd, ...unseen].toSorted())
    expect(list.find(({ path }) => path === unseen[1])?.obstacle).toContain('invisible characters')
    expect(list.filter(({ path }) => path.startsWith('kv/many/'))).toHaveLength(40)
    expect(list.find(({ type }) => type === 'key')?.permissions).toEqual([
      ...['encrypt', 'decrypt', 'rewrap', 'sign', 'verify', 'hmac', 'read'],
    ])
    expect(list.every(({ ownerTag, description }) => ownerTag === undefined && description === undefined)).toBe(true)
  })

  test('finds the same, with owner tags and short descriptions, one by one, in bulk, and on HashiCorp Vault', async () => {
    const list = await found(vendor, 'owner')
    expect(list.filter(({ ownerTag }) => ownerTag)).toMatchObject([
      { path: 'kv/apps/db', ownerTag: 'databases', description: `The orders ${'x'.repeat(189)}` },
    ])
    expect(await found(full, 'owner')).toEqual(list)
    expect(await found(asVault, 'owner')).toEqual(list)
    expect(proxy.seen.some((line) => line.includes('detailed-metadata'))).toBe(false)
  })

  test('pages through a folder of many secrets', async () => {
    const corner = { roleName: 'paged', policyName: 'paged-management', kvMounts: ['paged'], transitMounts: [] }
    const prepared = await vault.prepare({ ...corner, optionalRights })
    for (let n = 0; n < 1001; n += 1) await vault.admin('POST', `paged/data/secret-${n}`, { data: {} })
    const [inBulk, oneByOne] = [open(prepared), open(vault.prepared, { kvMounts: ['paged'], transitMounts: [] })]
    expect(await found(inBulk, 'owner')).toHaveLength(1001)
    await expect(found(oneByOne)).rejects.toMatchObject({ code: 'denied' })
  })

  test('reads the owner tag as it is now', async () => {
    expect(await vendor.ownerTag(item, 'owner')).toBe('databases')
    expect(await vendor.ownerTag(item, 'missing')).toBeUndefined()
    expect(await vendor.ownerTag({ ...item, type: 'key', path: 'transit/orders' }, 'owner')).toBeUndefined()
    const gone = vendor.ownerTag({ ...item, path: 'kv/nothing' }, 'owner')
    await expect(gone).rejects.toMatchObject({ code: 'resource-gone' })
  })

  test('a mount that is of another kind is named', async () => {
    const wrong = open(vault.prepared, { kvMounts: ['transit'], transitMounts: [] })
    expect(await wrong.roots()).toEqual({ folders: [], away: [{ place: 'transit/', code: 'no-such-mount' }] })
  })
})

describe('rights', () => {
  test('the vendor policy suffices; what more would buy is said', async () => {
    const lines = await vendor.checkRights()
    expect(lines).toHaveLength(isOpenBao ? 4 : 3)
    expect(lines.join()).toMatch(/sys\/policies\/acl.*revoke-accessor/)
    expect(lines.join().includes('detailed-metadata')).toBe(isOpenBao)
    expect(await full.checkRights()).toEqual([])
    expect(await asVault.checkRights()).toEqual([])
    const without = open(vault.prepared, { kvMounts: [], transitMounts: [] })
    expect((await without.checkRights()).join()).not.toMatch(/detailed-metadata|keys\/\*/)
  })

  test('what is needed and missing is named', async () => {
    const poor = open(vault.prepared, { namePrefix: 'other-' })
    const message = expect.stringContaining('sys/policies/acl/other-*')
    await expect(poor.checkRights()).rejects.toMatchObject({ code: 'rights-missing', message })
  })

  test('with the right to revoke tokens, an end takes the tokens themselves', async () => {
    const { order, credential } = await issued(full)
    const token = await full.reveal(order, credential.wrappingToken)
    const [accessor] = Array.isArray(order.handle.accessors) ? order.handle.accessors : []
    expect((await full.revoke(order, false)).means).toBe('accessor')
    expect((await full.revoke(order, false)).means).toBe('accessor')
    const root = rawCall(vault.server.address, vault.server.rootToken)
    expect((await root('POST', 'auth/token/lookup-accessor', { accessor })).status).toBe(400)
    expect((await rawCall(vault.server.address, token.reveal())('GET', 'auth/token/lookup-self')).status).toBe(403)
  })
})

describe('what is left at the vault', () => {
  test('is listed and removed by its name pattern, where policies may be listed', async () => {
    const { order } = await issued(full)
    const [policy = ''] = policiesOf(order)
    const names = (await full.leftovers())?.map(({ name }) => name) ?? []
    expect(names).toEqual(expect.arrayContaining([policy, order.account]))
    expect(names).not.toContain('apono-management')
    expect(await open(everything, {}, 'i0other').leftovers()).toEqual([])
    expect((await full.leftovers())?.find(({ name }) => name === policy)).toEqual({
      name: policy,
      kind: 'policy',
      grant: order.grant,
    })
    for (const leftover of (await full.leftovers()) ?? []) await full.remove(leftover)
    expect(await full.leftovers()).toEqual([])
    expect(await status(`sys/policies/acl/${policy}`)).toBe(404)
    expect(await status(`auth/userpass/users/${order.account}`)).toBe(404)
  })

  test('is not half listed with the vendor policy: access would look as if somebody had deleted it', async () => {
    expect(await vendor.leftovers()).toBeUndefined()
  })

  test('an end by hand is the command that the connector names', async () => {
    const { order } = await issued(vendor)
    expect(vendor.manualRevoke(order.handle)).toBe(
      `${isOpenBao ? 'bao' : 'vault'} policy delete ${policiesOf(order)[0]}`,
    )
    const onVault = await issued(asVault)
    expect(asVault.manualRevoke(onVault.order.handle)).toMatch(/^vault policy delete apono-/)
  })
})

describe("the person's user", () => {
  const nobody = () => rawCall(vault.server.address)

  test('has no policy and no password after provisioning and after issuing', async () => {
    const { order } = await issued(vendor)
    expect((await user(order.account)).token_policies).toEqual([])
    expect((await user(order.account)).token_no_default_policy).toBe(true)
  })

  test('that a killed process left armed is disarmed, and one that does not exist is not made', async () => {
    const { order } = await issued(vendor)
    const settings = { password: 'left-armed', token_policies: policiesOf(order) }
    await vault.admin('POST', `auth/userpass/users/${order.account}`, settings)
    const logIn = async () =>
      (await nobody()('POST', `auth/userpass/login/${order.account}`, { password: 'left-armed' })).status
    expect(await logIn()).toBe(200)
    const restarted = open(vault.prepared)
    await restarted.disarm(order.account)
    expect([await logIn(), (await user(order.account)).token_policies]).toEqual([400, []])
    const other = restarted.drawAccount(personId('jane'))
    await restarted.disarm(other)
    expect(await status(`auth/userpass/users/${other}`)).toBe(404)
  })

  test('that somebody locked is reported as such, and leaves nothing that works', async () => {
    const { order } = await issued(vendor)
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await nobody()('POST', `auth/userpass/login/${order.account}`, { password: 'wrong' })
    }
    const again = vendor.issue({ ...order, handle: vendor.draw(order.grant, order.handle) })
    await expect(again).rejects.toMatchObject({ code: 'account-locked', transient: true })
    expect((await user(order.account)).token_policies).toEqual([])
    expect((await vendor.revoke(order, true)).means).toBe('readback')
  })

  test('serves several grants that stay apart', async () => {
    const one = await issued(vendor)
    const two = await issued(vendor, { account: one.order.account })
    const token = await vendor.reveal(two.order, two.credential.wrappingToken)
    await vendor.revoke(one.order, true)
    expect((await rawCall(vault.server.address, token.reveal())('GET', 'kv/data/apps/db')).status).toBe(200)
  })
})

describe('what the vault really holds', () => {
  test('a policy of the drawn name with other content is never taken for ours', async () => {
    const order = newOrder(vendor)
    const [name] = policiesOf(order)
    await vault.admin('POST', `sys/policies/acl/${name}`, { policy: '{"path":{"*":{"capabilities":["read"]}}}' })
    if (isOpenBao) {
      await expect(vendor.provision(order)).rejects.toMatchObject({ code: 'policy-differs', transient: false })
    } else await vendor.provision(order) // it cannot tell, and the policy is overwritten
  })

  test('a canary that does not show the granted rights proves no more than that logins are refused', async () => {
    const { order } = await issued(vendor)
    const [name] = policiesOf(order)
    await vault.admin('POST', `sys/policies/acl/${name}`, {
      policy: '{"path":{"sys/capabilities-self":{"capabilities":["update"]}}}',
    })
    expect((await vendor.revoke(order, true)).means).toBe('login')
  })

  test('cutting takes the rights at once; the proof that follows says that it came after', async () => {
    const { order } = await issued(vendor)
    await vendor.cut(order.handle)
    for (const name of policiesOf(order)) expect(await status(`sys/policies/acl/${name}`)).toBe(404)
    expect((await vendor.revoke(order, true)).means).toBe('login')
  })

  test('a grant that ends while its credential is minted gets none', async () => {
    const order = newOrder(vendor)
    await vendor.provision(order)
    const handle = vendor.draw(order.grant, order.handle)
    const [first = '', second = ''] = policiesOf({ handle })
    await vault.admin('DELETE', `sys/policies/acl/${first}`)
    await expect(vendor.issue({ ...order, handle })).rejects.toMatchObject({ code: 'missing-at-vault' })
    expect(await status(`sys/policies/acl/${second}`)).toBe(404)
  })

  test('on OpenBao the policy ends by itself a minute after the access', async () => {
    const { order } = await issued(vendor)
    const { data } = (await vault.admin('GET', `sys/policies/acl/${policiesOf(order)[0]}`)) as {
      data: { expiration: string }
    }
    if (!isOpenBao) return expect(data).not.toHaveProperty('expiration')
    const margin = Date.parse(data.expiration) - order.until
    expect(margin).toBeGreaterThan(55_000)
    expect(margin).toBeLessThan(62_000)
  })

  test('the audit log ties every call to its grant', async () => {
    await vault.admin('POST', 'sys/config/auditing/request-headers/x-correlation-id', { hmac: false })
    const { order } = await issued(vendor)
    await vendor.revoke(order, true)
    const lines = (await readFile(vault.server.auditFile, 'utf8'))
      .split('\n')
      .filter((line) => line.includes(order.grant))
    const requests = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'request')
    const tied = requests.filter(({ request }) => request.headers?.['x-correlation-id']?.includes(order.grant))
    const paths = new Set(tied.map(({ request }) => `${request.operation} ${request.path}`))
    const [policy] = policiesOf(order)
    for (const path of [`delete sys/policies/acl/${policy}`, `update auth/userpass/login/${order.account}`]) {
      expect(paths).toContain(path)
    }
    expect([...paths].filter((path) => path.includes('kv/data'))).toEqual([])
  })
})

describe('the token that a person gets', () => {
  test('has one policy, one fixed end that no renewal moves, and dies with no parent', async () => {
    const { order, credential } = await issued(vendor)
    const token = await vendor.reveal(order, credential.wrappingToken)
    const root = rawCall(vault.server.address, vault.server.rootToken)
    const { data } = (await root('POST', 'auth/token/lookup', { token: token.reveal() })).body
    expect(data).toMatchObject({ policies: policiesOf(order), type: 'service', orphan: true, num_uses: 0 })
    expect(data.display_name).toBe(`userpass-${order.account}`)
    expect(data.explicit_max_ttl).toBeGreaterThan(590)
    expect(data.explicit_max_ttl).toBeLessThanOrEqual(600)
    const renewed = await root('POST', 'auth/token/renew', { token: token.reveal(), increment: 86_400 })
    const end = renewed.body.auth ? Date.now() + renewed.body.auth.lease_duration * 1000 : 0
    expect(end).toBeLessThanOrEqual(order.until)
  })
})

describe('many at once', () => {
  test('forty grants of forty people are provisioned, issued and ended side by side, each proved', async () => {
    const orders = Array.from({ length: 40 }, () => newOrder(vendor))
    await Promise.all(orders.map((order) => vendor.provision(order)))
    const issues = await Promise.all(
      orders.map((order) => vendor.issue({ ...order, handle: vendor.draw(order.grant, order.handle) })),
    )
    const proofs = await Promise.all(
      orders.map((order, index) => vendor.revoke({ ...order, handle: issues[index]?.handle ?? {} }, true)),
    )
    expect(new Set(proofs.map(({ means }) => means))).toEqual(new Set(['canary']))
  })
})
