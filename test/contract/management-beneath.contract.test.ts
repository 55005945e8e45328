import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'
import { managed } from '../support/managed-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded, type RawCall, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'

// What a connector sees beneath a folder, and how it narrows access that somebody has.

const management = [{ path: 'kv/apps', permissions: ['ReadOnly', 'ReadWrite', 'Admin'] }]
const exclude = ['kv/apps/break-glass/*', 'kv/apps/ro*', 'kv/*/*/tmp']
let vault: TestVault
let root: RawCall
let connector: VaultConnector
let bulk: VaultConnector
beforeAll(async () => {
  vault = await openBao({ kvMounts: ['kv', 'many'] })
  root = rawCall(vault.server.address, vault.server.rootToken)
  const corner = { kvMounts: ['kv', 'many'], roleName: 'bulk', policyName: 'bulk-management' }
  const prepared = await vault.prepare({ ...corner, optionalRights: ['bulk-owner-tags'] })
  connector = connectorTo(vault.prepared, { management, exclude })
  bulk = connectorTo(prepared, { management, exclude })
  // HashiCorp Vault lists a folder in spite of a rule that denies all in it, so the folder is denied by itself.
  const closed = ['metadata', 'detailed-metadata'].flatMap((of) => [`kv/${of}/apps/closed/`, `kv/${of}/apps/closed/*`])
  await denyTheBot([...closed, 'kv/metadata/apps/tagless'])
})
afterAll(async () => {
  await Promise.all([connector.close(), bulk.close()])
  await vault.stop()
})

/** Takes rights from both bots, as an administrator may. */
const denyTheBot = async (paths: readonly string[]) => {
  for (const name of ['apono-management', 'bulk-management']) {
    const { policy } = (await root('GET', `sys/policies/acl/${name}`)).body.data
    const rules = JSON.parse(policy)
    for (const path of paths) rules.path[path] = { capabilities: ['deny'] }
    await root('PUT', `sys/policies/acl/${name}`, { policy: JSON.stringify(rules) })
  }
}
const write = async (path: string, owner?: string) => {
  await root('POST', `kv/data/${encoded(path)}`, { data: { value: path } })
  if (owner !== undefined) await root('POST', `kv/metadata/${encoded(path)}`, { custom_metadata: { owner } })
}
const never = new AbortController().signal
const beneath = async (path: string, through = connector, ownerKey: string | undefined = 'owner') => {
  const found = await through.beneath({ type: 'management', path }, ownerKey, never)
  if (!found.ok) return found.refusal
  const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1)
  return { secrets: [...found.value.secrets].sort(byPath), except: [...found.value.except].sort(byPath) }
}

describe('what lies beneath a folder', () => {
  beforeAll(async () => {
    await write('apps/db', 'group:apps')
    await write('apps/deep/er/db', 'group:payments')
    await write('apps/deep/er', 'group:apps')
    await write('apps/plain')
    await write('apps/tagless', 'group:payments')
    await write('apps/break-glass/aws', 'group:apps')
    await write('apps/root', 'group:apps')
    await write('apps/deep/tmp', 'group:apps')
    await write('apps/closed/db', 'group:payments')
    await write('apps/two  blanks', 'group:payments')
    await write('apps/plus/+/db')
    await write('apps/stars/in/a*b')
    await write('apps/braces/{{x}}')
    await write('apps-prod/db')
  })
  const expected = {
    secrets: [
      { path: 'kv/apps/db', ownerTag: 'group:apps' },
      { path: 'kv/apps/deep/er', ownerTag: 'group:apps' },
      { path: 'kv/apps/deep/er/db', ownerTag: 'group:payments' },
      { path: 'kv/apps/plain' },
    ],
    except: [
      { path: 'kv/apps/braces/', why: 'unnameable' },
      { path: 'kv/apps/break-glass/*', why: 'excluded' },
      { path: 'kv/apps/closed/', why: 'unlisted' },
      { path: 'kv/apps/deep/tmp', why: 'excluded' },
      { path: 'kv/apps/plus/', why: 'unnameable' },
      { path: 'kv/apps/ro*', why: 'excluded' },
      { path: 'kv/apps/stars/in/', why: 'unnameable' },
      { path: 'kv/apps/tagless', why: 'tag-unread' },
      { path: 'kv/apps/two  blanks', why: 'unnameable' },
    ],
  }

  test('is found with its owner tags, and all that must be left out with its reason', async () => {
    expect(await beneath('kv/apps/')).toEqual(expected)
  })

  test('is the same where the owner tags come with the listing', async () => {
    const isOpenBao = vault.server.flavour === 'openbao'
    const tagged = { path: 'kv/apps/tagless', ownerTag: 'group:payments' }
    const found = { ...expected, except: expected.except.filter(({ path }) => path !== tagged.path) }
    const all = { ...found, secrets: [...found.secrets, tagged] }
    expect(await beneath('kv/apps/', bulk)).toEqual(isOpenBao ? all : expected)
  })

  test('is denied by a plan with these exceptions, as the server says', async () => {
    const found = await connector.beneath({ type: 'management', path: 'kv/apps/' }, 'owner', never)
    const except = found.ok ? found.value.except.map(({ path }) => path) : []
    const plan = connector.plan([managed('kv/apps/', 'Admin', except)])
    if (!plan.ok) throw new Error(plan.refusal.code)
    await root('PUT', 'sys/policies/acl/beneath', { policy: plan.value.document })
    const token = (await root('POST', 'auth/token/create', { policies: ['beneath'] })).body.auth.client_token
    const person = rawCall(vault.server.address, token)
    const [open, shut] = [
      ['apps/db', 'apps/deep/er', 'apps/deep/er/db', 'apps/plain'],
      [
        'apps/tagless',
        'apps/break-glass/aws',
        'apps/root',
        'apps/deep/tmp',
        'apps/closed/db',
        'apps/two  blanks',
      ].concat(['apps/plus/+/db', 'apps/stars/in/a*b', 'apps/braces/{{x}}', 'apps-prod/db']),
    ]
    for (const [paths, status] of [
      [open, 200],
      [shut, 403],
    ] as const) {
      for (const path of paths)
        expect([path, (await person('GET', `kv/data/${encoded(path)}`)).status]).toEqual([path, status])
    }
  })

  test('needs no owner tag where the integration uses none', async () => {
    const found = await connector.beneath({ type: 'management', path: 'kv/apps/deep/' }, undefined, never)
    expect(found).toMatchObject({
      ok: true,
      value: { secrets: [{ path: 'kv/apps/deep/er' }, { path: 'kv/apps/deep/er/db' }] },
    })
  })

  test.each([
    ['kv/apps/closed/', 'folder-unlisted'],
    ['kv/apps/plus/', 'folder-unnameable'],
    ['kv/apps/+/', 'cannot-be-granted'],
    ['elsewhere/', 'no-such-resource'],
    ['kv/apps/db', 'no-such-resource'],
  ])('%s is refused: %s', async (path, code) => {
    expect(await beneath(path)).toMatchObject({ code })
  })

  test('an empty folder has nothing beneath, and a look that is stopped gives nothing', async () => {
    expect(await beneath('kv/nothing/')).toMatchObject({ secrets: [], except: [] })
    const stopped = await connector.beneath({ type: 'management', path: 'kv/apps/' }, 'owner', AbortSignal.abort())
    expect(stopped).toMatchObject({ ok: false, refusal: { code: 'walk-unfinished' } })
  })

  test('5,000 secrets and folders may lie beneath, one more may not', { timeout: 240_000 }, async () => {
    const names = Array.from({ length: 4_950 }, (_, index) => `f${index % 50}/s${index}`)
    while (names.length > 0) {
      await Promise.all(names.splice(0, 64).map((name) => root('POST', `many/metadata/${name}`, { max_versions: 3 })))
    }
    const found = await bulk.beneath({ type: 'management', path: 'many/' }, undefined, never)
    expect(found.ok && found.value.secrets.length).toBe(4_950)
    await root('POST', 'many/metadata/f0/one-more', { max_versions: 3 })
    expect(await bulk.beneath({ type: 'management', path: 'many/' }, undefined, never)).toEqual({
      ...{ ok: false, refusal: { code: 'too-much-beneath', most: 5_000 } },
    })
  })
})

test('the catalogue offers the folder and each folder beneath it, and no other', async () => {
  const found: string[] = []
  const folders = [...(await connector.roots()).folders]
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    if (connector.placeOf(folder) !== 'kv/') continue
    const look = await connector.look(folder, undefined, never)
    found.push(...look.found.flatMap(({ type, path, obstacle }) => (type === 'management' && !obstacle ? [path] : [])))
    folders.push(...look.folders)
  }
  expect(found.sort()).toEqual(
    [
      'apps/',
      'apps/braces/',
      'apps/closed/',
      'apps/deep/',
      'apps/deep/er/',
      'apps/plus/',
      'apps/stars/',
      'apps/stars/in/',
    ]
      .map((path) => `kv/${path}`)
      .sort(),
  )
})

test.each<[Item, string]>([
  [managed('kv/', 'ReadOnly'), 'not-offered'],
  [managed('kv/apps-prod/', 'ReadOnly'), 'not-offered'],
  [managed('kv/apps/', 'ReadOnly'), 'not-offered'], // without what the configuration excludes beneath
])('%j is not planned: %s', (item, code) => {
  expect(connector.plan([item])).toMatchObject({ ok: false, refusal: { code } })
})

describe('narrowing', () => {
  const excluded = ['kv/apps/break-glass/*', 'kv/apps/ro*']
  const folder = (...except: string[]) => managed('kv/apps/', 'Admin', [...excluded, ...except])
  const plan = (items: readonly Item[]) => {
    const made = connector.plan(items)
    if (!made.ok) throw new Error(made.refusal.code)
    return made.value
  }
  let count = 0
  const live = async () => {
    const grant = grantId(`narrow${++count}`)
    const items = [folder()]
    const order: Order = {
      ...{ grant, items, plan: plan(items), account: connector.drawAccount(personId('Jane Doe')) },
      ...{ handle: connector.draw(grant, undefined), until: after(timestamp(Date.now()), seconds(600)) },
    }
    await connector.provision(order)
    const issued = await connector.issue({ ...order, handle: connector.draw(grant, order.handle) })
    const now = { ...order, handle: issued.handle }
    const token = await connector.reveal(now, issued.credential.wrappingToken)
    return { order: now, person: rawCall(vault.server.address, token.reveal()) }
  }
  const narrowed = (order: Order, ...except: string[]): Order => {
    const items = [folder(...except)]
    return { ...order, items, plan: plan(items), approved: { items: order.items, plan: order.plan } }
  }
  const policyOf = async ({ handle }: Order) => {
    const [name] = handle.policies as string[]
    return (await root('GET', `sys/policies/acl/${name}`)).body?.data
  }

  test('takes exactly the new exception from a live token, at once, and leaves the rest', async () => {
    const { order, person } = await live()
    await write('apps/new', 'group:payments')
    await write('apps/new/beneath')
    expect((await person('GET', 'kv/data/apps/new')).status).toBe(200)
    const before = await policyOf(order)
    const less = narrowed(order, 'kv/apps/new')
    await connector.narrow(less)
    for (const path of ['data/apps/new', 'metadata/apps/new', 'subkeys/apps/new', 'data/apps/new/beneath']) {
      expect([path, (await person('GET', `kv/${path}`)).status]).toEqual([path, 403])
    }
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
    expect((await person('POST', 'kv/data/apps/newer', { data: { value: 'x' } })).status).toBe(200)
    expect((await person('GET', 'auth/token/lookup-self')).status).toBe(200)
    const now = await policyOf(order)
    expect(now.policy).toBe(less.plan.document)
    if (vault.server.flavour === 'openbao') {
      expect(Math.abs(Date.parse(now.expiration) - Date.parse(before.expiration))).toBeLessThan(5_000)
    }
    await connector.narrow(less) // again, as after a kill
    expect(await connector.inspect(order.handle, less.plan)).toBe('sound')
  })

  test('goes step by step; on the way the policy is sound, and a new credential has the narrowed one', async () => {
    const { order } = await live()
    const first = narrowed(order, 'kv/apps/a')
    const second = narrowed(order, 'kv/apps/a', 'kv/apps/b')
    expect(await connector.inspect(order.handle, first.plan, order.plan)).toBe('sound')
    expect(await connector.inspect(order.handle, first.plan)).toBe('altered')
    await connector.narrow(first)
    expect(await connector.inspect(order.handle, second.plan, order.plan)).toBe('sound')
    await connector.narrow(second)
    expect(await connector.inspect(order.handle, second.plan)).toBe('sound')
    expect(await connector.inspect(order.handle, first.plan, order.plan)).toBe('altered')
    const issued = await connector.issue({ ...second, handle: connector.draw(order.grant, order.handle) })
    expect((await policyOf({ ...second, handle: issued.handle })).policy).toBe(second.plan.document)
    expect((await connector.revoke({ ...second, handle: issued.handle }, true)).means).toBe('canary')
  })

  test('accepts only the approved plan with more denies', async () => {
    const { order } = await live()
    const less = narrowed(order, 'kv/apps/new')
    const approved = { items: order.items, plan: order.plan }
    const other = [managed('kv/apps/', 'ReadWrite', [...excluded, 'kv/apps/new'])]
    const elsewhere = [managed('kv/apps/deep/', 'Admin', ['kv/apps/deep/tmp'])]
    const wrong: readonly Order[] = [
      { ...order, plan: less.plan },
      { ...less, plan: order.plan },
      { ...less, plan: { ...less.plan, hash: order.plan.hash } },
      { ...order, items: other, plan: plan(other), approved },
      { ...order, items: elsewhere, plan: plan(elsewhere), approved },
      { ...order, items: [...less.items, ...elsewhere], plan: plan([...less.items, ...elsewhere]), approved },
      { ...order, approved: { items: less.items, plan: less.plan } },
      { ...less, approved: { items: order.items, plan: less.plan } },
    ]
    for (const one of wrong) {
      await expect(connector.narrow(one)).rejects.toMatchObject({ code: 'plan-changed' })
      await expect(connector.provision(one)).rejects.toMatchObject({ code: 'plan-changed' })
      await expect(connector.issue(one)).rejects.toMatchObject({ code: 'plan-changed' })
    }
    expect((await policyOf(order)).policy).toBe(order.plan.document)
  })

  test('neither makes a deleted policy again, nor repairs one that somebody changed', async () => {
    const { order } = await live()
    const [name] = order.handle.policies as string[]
    const mine = JSON.stringify({ path: { 'kv/data/*': { capabilities: ['read'] } } })
    await root('PUT', `sys/policies/acl/${name}`, { policy: mine })
    await expect(connector.narrow(narrowed(order, 'kv/apps/new'))).rejects.toMatchObject({ code: 'policy-differs' })
    expect((await policyOf(order)).policy).toBe(mine)
    await root('DELETE', `sys/policies/acl/${name}`)
    await expect(connector.narrow(narrowed(order, 'kv/apps/new'))).rejects.toMatchObject({ code: 'missing-at-vault' })
    expect(await policyOf(order)).toBeUndefined()
  })
})
