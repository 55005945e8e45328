import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inPool } from '../../src/app/pool.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'
import { writeLent } from '../support/lent-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { until } from '../support/openbao-until.ts'
import { runCli } from '../support/run-cli.ts'
import { kvSubject, transitSubject } from './connector-subjects.ts'
import { connectorContract, type Subject } from './connector-suite.ts'

// A bot that only lends what an administrator wrote, with exactly the rights of the set-up.

let vault: TestVault
let prepared: PreparedVault
let folder: string

/** One policy for each thing that the contract makes, because it asks for a thing and never for the one beside it. */
const each = Array.from({ length: 40 }, (_, index) => index + 1)
const gives = (name: string, type: string, path: string, permissions: string[]) => ({
  ...{ name, gives: [{ type, path, permissions }] },
})
const policies = [
  ...each.map((at) => gives(`lend-secret-${at}`, 'secret', `kv/apps/it's number ${at}`, ['read'])),
  ...each.map((at) => gives(`lend-key-${at}`, 'key', `transit/key-${at}`, ['encrypt', 'sign'])),
  gives('lend-shop', 'secret', 'kv/shop/*', ['read']),
  { name: 'lend-special', rules: { 'kv/data/special': ['read'] } },
]
const contained = {
  policies,
  roles: [{ name: 'latchkey-lend', policies: policies.map(({ name }) => name), longest: '8h', aliases: true }],
}
const least = { internalUrl: 'http://127.0.0.1', credentials: { folder: '/nowhere' }, contained }

const all: VaultConnector[] = []
const open = (more: object = {}) => {
  const connector = connectorTo(prepared, { contained, ...more })
  all.push(connector)
  return connector
}

beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-lent-'))
  const file = join(folder, 'lend.yaml')
  await writeFile(file, JSON.stringify(contained))
  const environment = { BAO_ADDR: vault.server.address, BAO_TOKEN: vault.server.rootToken }
  const credentialsFolder = join(folder, 'credentials')
  const place = ['--credentials-dir', credentialsFolder, '--unwrapped']
  const made = await runCli(['vault', 'setup', '--attach-only', '--apply', '--lend', file, ...place], { environment })
  if (made.code !== 0) throw new Error(made.err)
  prepared = {
    ...{ ...vault.prepared, prefix: 'latchkey-', appRoleMount: 'latchkey-approle', roleName: 'latchkey' },
    credentialsFolder,
  }
})
afterAll(async () => {
  await Promise.all(all.map((connector) => connector.close()))
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})

/** An administrator ends access by deleting what it lives on. */
const lent = (subject: Subject): Subject => ({
  ...subject,
  deletePolicies: async () => {
    for (const { name } of policies) if (!name.includes('shop')) await vault.admin('DELETE', `sys/policies/acl/${name}`)
    restore = true
  },
})
let restore = false
const withPolicies = async (subject: Subject): Promise<Subject> => ({
  ...subject,
  makeItem: async () => {
    if (restore) await writeLent(vault.admin, { ...least, namePrefix: 'latchkey-' })
    restore = false
    return subject.makeItem()
  },
})

connectorContract('secrets that are only lent', () => withPolicies(lent(kvSubject(vault, open()))))
connectorContract('keys that are only lent', () => withPolicies(lent(transitSubject(vault, open(), 'encrypt'))))

const shop: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/shop/db', permission: 'read' }
let count = 0
const newOrder = (connector: VaultConnector, given: Partial<Order> = {}): Order => {
  const items = given.items ?? [shop]
  const plan = connector.plan(items)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`own${++count}`)
  const until = after(timestamp(Date.now()), seconds(600))
  const account = connector.drawAccount(personId('jane'))
  return { grant, account, handle: connector.draw(grant, undefined, 'issue'), items, plan: plan.value, until, ...given }
}
const accessors = (order: Order): readonly string[] => {
  const lent = order.handle.lent
  return Array.isArray(lent) ? lent.flatMap((note) => note.split(' ').slice(1)) : []
}
const root = () => rawCall(vault.server.address, vault.server.rootToken)
const isKnown = async (accessor: string | undefined) =>
  (await root()('POST', 'auth/token/lookup-accessor', { accessor })).status === 200
const isSound = (connector: VaultConnector, { handle, plan }: Order) => connector.inspect(handle, plan)

describe('the whole right of the bot', () => {
  test('lends by its role, and nothing else: no policy, user, role, other token or list', async () => {
    const login = await rawCall(vault.server.address, '')('POST', 'auth/latchkey-approle/login', await credentials())
    const call = rawCall(vault.server.address, login.body.auth.client_token)
    const create = (body: object, role = '/latchkey-lend') => call('POST', `auth/token/create${role}`, body)
    const given = await create({ policies: ['lend-shop'], ttl: '60s' })
    expect(given.body.auth).toMatchObject({ policies: ['lend-shop'], lease_duration: 60 })
    const refused = await Promise.all([
      create({ policies: ['latchkey_management'] }),
      create({ policies: ['lend-shop', 'default'] }),
      create({ policies: ['root'] }),
      create({ policies: ['lend-shop'], entity_alias: 'root' }),
      create({ policies: ['lend-shop'], period: '24h' }),
      create({ policies: ['lend-shop'] }, '/other'),
      create({ policies: ['lend-shop'] }, ''),
      create({ policies: ['lend-shop'] }, '-orphan'),
      call('PUT', 'sys/policies/acl/lend-shop', { policy: 'path "*" { capabilities = ["read"] }' }),
      call('GET', 'sys/policies/acl/latchkey_management'),
      call('POST', 'auth/userpass/users/eve', { password: 'x' }),
      call('POST', 'auth/token/roles/latchkey-lend', { allowed_policies: ['latchkey_management'] }),
      call('GET', 'auth/token/accessors?list=true'),
      call('GET', 'sys/policies/acl?list=true'),
      call('GET', 'kv/data/shop/db'),
    ])
    expect(refused.map(({ status }) => status >= 400)).toEqual(refused.map(() => true))
    const long = await create({ policies: ['lend-shop'], ttl: '24h' })
    expect(long.body.auth.lease_duration).toBe(8 * 3600) // the role's own end
    expect(await open().checkRights()).not.toContainEqual(expect.stringContaining('revoke-accessor'))
  })

  const credentials = async () => {
    const id = await root()('GET', 'auth/latchkey-approle/role/latchkey/role-id')
    const secretId = await root()('POST', 'auth/latchkey-approle/role/latchkey/secret-id')
    return { role_id: id.body.data.role_id, secret_id: secretId.body.data.secret_id }
  }
})

describe('nothing is given', () => {
  const refusals = async (given: Partial<Order> = {}, more: object = {}) => {
    const connector = open(more)
    const order = newOrder(connector, given)
    const code = (error: { code: string }) => error.code
    return [await connector.provision(order).catch(code), await connector.issue(order).catch(code)]
  }
  const restored = () => writeLent(vault.admin, { ...least, namePrefix: 'latchkey-' })

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'an altered policy',
      () =>
        vault.admin('PUT', 'sys/policies/acl/lend-shop', {
          policy: '{"path":{"kv/data/*":{"capabilities":["read"]}}}',
        }),
      'policy-differs',
    ],
    [
      'a policy with more than rules',
      () =>
        vault.admin('PUT', 'sys/policies/acl/lend-shop', {
          policy: 'path "kv/data/shop/*" { capabilities = ["read"] }',
        }),
      'policy-differs',
    ],
    [
      'a role with one more policy',
      () =>
        vault.admin('POST', 'auth/token/roles/latchkey-lend', {
          allowed_policies: ['lend-shop', 'latchkey_management'],
        }),
      'role-differs',
    ],
    [
      'a role that lends names by pattern',
      () => vault.admin('POST', 'auth/token/roles/latchkey-lend', { allowed_policies_glob: ['lend-*'] }),
      'role-differs',
    ],
    [
      'a role whose tokens never end',
      () => vault.admin('POST', 'auth/token/roles/latchkey-lend', { token_period: '1h' }),
      'role-differs',
    ],
    ['a role that is gone', () => vault.admin('DELETE', 'auth/token/roles/latchkey-lend'), 'missing-at-vault'],
  ])('with %s; drift ends what an altered policy gives', async (_, alter, code) => {
    const connector = open()
    const order = newOrder(connector)
    const { handle } = await connector.issue(order)
    expect(await isSound(connector, { ...order, handle })).toBe('sound')
    await alter()
    expect(await refusals()).toEqual([code, code])
    // A role changes no token that exists, so lending more ends nothing.
    expect(await isSound(connector, { ...order, handle })).toBe(code === 'policy-differs' ? 'altered' : 'sound')
    await restored()
    expect(await isSound(connector, { ...order, handle })).toBe('sound')
    await connector.revoke({ ...order, handle }, true)
  })

  test('to a person whose entity has policies of its own, and a live token that gets some is found', async () => {
    const connector = open()
    const order = newOrder(connector)
    const { handle } = await connector.issue(order)
    const [token] = accessors({ ...order, handle })
    const looked = await root()('POST', 'auth/token/lookup-accessor', { accessor: token })
    await vault.admin('POST', `identity/entity/id/${looked.body.data.entity_id}`, { policies: ['latchkey_management'] })
    expect(await isSound(connector, { ...order, handle })).toBe('altered')
    expect(await refusals({ account: order.account })).toEqual(['token-differs', 'token-differs'])
    await connector.revoke({ ...order, handle }, true)
  })

  test('when an answer is not what was asked for, or somebody opened it on its way', async () => {
    const altered = (from: string, to: string) =>
      loopbackProxy(vault.server.address, {
        response: (text, path) => (path === 'auth/token/lookup-accessor' ? text.replace(from, to) : text),
      })
    for (const [from, to] of [
      ['"policies":["lend-shop"]', '"policies":["lend-shop","latchkey_management"]'],
      ['"orphan":true', '"orphan":false'],
      ['"creation_ttl":5', '"creation_ttl":95'],
      ['"display_name":"token-latchkey', '"display_name":"token-other'],
    ] as const) {
      const proxy = await altered(from, to)
      const [, issued] = await refusals({}, { internalUrl: proxy.address })
      expect([from, issued]).toEqual([from, 'token-differs'])
      await proxy.stop()
    }
    const thief = await loopbackProxy(vault.server.address, {
      response: (text, path) => {
        const token = /"wrap_info":\{"token":"([^"]+)"/.exec(text)?.[1]
        if (path.startsWith('auth/token/create/') && token) stolen.push(token)
        return text
      },
      before: async (line) => {
        const token = stolen.pop()
        if (line.endsWith('sys/wrapping/lookup') && token)
          await rawCall(vault.server.address, token)('POST', 'sys/wrapping/unwrap')
        else if (token) stolen.push(token)
      },
    })
    const stolen: string[] = []
    const connector = open({ internalUrl: thief.address })
    await expect(connector.issue(newOrder(connector))).rejects.toMatchObject({ code: 'spent-unseen' })
    await thief.stop()
  })
})

describe('the end', () => {
  test('ends wrapping and token by accessor, also when nobody opened it, and a cut does the same', async () => {
    const connector = open()
    for (const by of ['revoke', 'cut', 'withdraw'] as const) {
      const order = newOrder(connector)
      const { handle } = await connector.issue(order)
      const issued = { ...order, handle }
      expect(await Promise.all(accessors(issued).map(isKnown))).toEqual([true, true])
      expect(connector.manualRevoke(handle)).toContain(`token revoke -accessor ${accessors(issued)[0]}`)
      if (by === 'cut') await connector.cut(handle)
      else await connector[by](issued, true)
      expect(await Promise.all(accessors(issued).map(isKnown))).toEqual([false, false])
    }
  })

  test('never ends a token that was not lent, whatever a row says', async () => {
    const connector = open()
    const order = newOrder(connector)
    const made = await root()('POST', 'auth/token/create', { policies: ['latchkey_management'] })
    const name = Array.isArray(order.handle.policies) ? order.handle.policies[0] : ''
    const handle = { ...order.handle, lent: [`${name} ${made.body.auth.accessor} ${made.body.auth.accessor}`] }
    await expect(connector.cut(handle)).rejects.toMatchObject({ code: 'not-ours' })
    await expect(connector.revoke({ ...order, handle }, true)).rejects.toMatchObject({ code: 'not-ours' })
    expect(await isKnown(made.body.auth.accessor)).toBe(true)
    // After a restore of an older copy only an administrator finds it, so nobody may say that it is gone.
    await expect(connector.remove({ kind: 'policy', name })).rejects.toMatchObject({ code: 'rights-missing' })
  })

  test('is not proved while somebody could open what a lost answer made', async () => {
    let now = timestamp(Date.now())
    const cutting = await loopbackProxy(vault.server.address, {
      response: (text, path) => {
        if (path.startsWith('auth/token/create/')) throw new Error('the answer is lost')
        return text
      },
    })
    const connector = connectorTo(prepared, { contained, internalUrl: cutting.address, wrapSeconds: 60 }, 'i0test', {
      now: () => now,
    })
    all.push(connector)
    const order = newOrder(connector)
    const lost = await connector.issue(order).catch((error: unknown) => error)
    expect(lost).toMatchObject({ code: 'unreachable' })
    expect(lost).not.toMatchObject({ name: 'NothingGiven' })
    await expect(connector.revoke(order, true)).rejects.toMatchObject({ code: 'not-proven', transient: true })
    const next = { ...order, handle: connector.draw(order.grant, order.handle, 'issue') }
    now = after(now, seconds(60))
    await expect(connector.issue(next)).rejects.toMatchObject({ code: 'timeout' }) // its note would not cover it
    now = after(now, seconds(60))
    expect(await connector.revoke(next, true)).toMatchObject({ means: 'readback' })
    await cutting.stop()
  })

  test('of a credential that nobody opened takes its wrapping first, and says whether it was there', async () => {
    const connector = open()
    const order = newOrder(connector)
    const first = await connector.issue(order)
    const { wrappings } = connector
    expect(await wrappings?.isThere(first.handle)).toBe(true)
    expect([await wrappings?.revoke(first.handle), await wrappings?.revoke(first.handle)]).toEqual([true, false])
    expect(await wrappings?.isThere(first.handle)).toBe(false)
    await wrappings?.endToken(first.handle)
    expect(await Promise.all(accessors({ ...order, handle: first.handle }).map(isKnown))).toEqual([false, false])
    const second = await connector.issue({ ...order, handle: connector.draw(order.grant, first.handle, 'issue') })
    await connector.reveal({ ...order, handle: second.handle }, second.credential.wrappingToken)
    await until(async () => (await wrappings?.isThere(second.handle)) === false)
  })
})

describe('killed at any of its calls', () => {
  type Work = (connector: VaultConnector, order: Order) => Promise<unknown>
  /** One try whose process dies before, or after, its nth call; returns whether it died. */
  const dies = async (at: number, when: 'before' | 'after', order: Order, work: Work): Promise<boolean> => {
    let left = Number.POSITIVE_INFINITY
    const die = () => {
      throw new Error('killed')
    }
    const proxy = await loopbackProxy(vault.server.address, {
      before: async () => {
        if (left <= 0) die()
        left -= 1
        if (left === 0 && when === 'before') die()
      },
      response: (text) => (left === 0 ? die() : text),
    })
    const connector = open({ internalUrl: proxy.address })
    await connector.checkRights()
    left = at
    const died = await work(connector, order).then(
      () => false,
      () => true,
    )
    await proxy.stop()
    return died
  }
  /** Every moment at which a step can die, all at once. */
  const together = 4 // each step has a few seconds
  const moments = Array.from({ length: 14 }, (_, index) => index + 1).flatMap((at) => [
    { at, when: 'before' as const },
    { at, when: 'after' as const },
  ])
  const tokensOf = async (order: Order): Promise<number> => {
    const { keys } = (await root()('GET', 'auth/token/accessors?list=true')).body.data
    const found = await Promise.all(
      keys.map((accessor: string) => root()('POST', 'auth/token/lookup-accessor', { accessor })),
    )
    return found.filter(({ body }) => body.data?.meta?.grant === order.grant).length
  }

  test('a fetch leaves nothing, or what its note covers until nobody can open it', async () => {
    const seen: string[] = []
    await inPool(moments, together, async ({ at, when }) => {
      const connector = open()
      const order = newOrder(connector)
      const died = await dies(at, when, order, (killed, given) => killed.issue(given))
      if (!died) return void seen.push('done')
      // What was stored is the draw alone. The end of it is proved only when no wrapping can be opened any more.
      await expect(connector.revoke(order, true)).rejects.toMatchObject({ code: 'not-proven' })
      seen.push((await tokensOf(order)) > 0 ? 'made' : 'nothing')
    })
    expect(new Set(seen)).toEqual(new Set(['done', 'made', 'nothing']))
  })

  test('a set-up and an end are repeated, and then nothing is left', async () => {
    await inPool(moments, together, async ({ at, when }) => {
      const connector = open()
      const order = newOrder(connector)
      await dies(at, when, order, (killed, given) => killed.provision(given))
      await connector.provision(order)
      const { handle } = await connector.issue(order)
      const issued = { ...order, handle }
      await dies(at, when, issued, (killed, given) => killed.revoke(given, true))
      await connector.revoke(issued, true)
      expect(await Promise.all(accessors(issued).map(isKnown))).toEqual([false, false])
    })
  })
})
