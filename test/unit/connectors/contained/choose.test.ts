import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choose, lentPlan, reachOf } from '../../../../src/connectors/vault/contained/choose.ts'
import { documentOf, type Lending, lendingOf } from '../../../../src/connectors/vault/contained/lending.ts'
import type { Rules } from '../../../../src/connectors/vault/contained/rules.ts'
import { containedSettings } from '../../../../src/connectors/vault/contained/settings.ts'
import { noMounts } from '../../../../src/connectors/vault/engines.ts'
import { fingerprint } from '../../../../src/connectors/vault/policy.ts'
import { resourceId } from '../../../../src/domain/ids.ts'
import type { Item } from '../../../../src/domain/resource.ts'

const mounts = { ...noMounts, kv: ['kv', 'team/kv'], transit: ['transit'], ssh: ['ssh'] }
const item = (type: string, path: string, permission: string): Item => ({
  ...{ resource: resourceId(path), type, path, permission },
})
const secret = (path: string) => item('secret', path, 'read')
const lend = (policies: object[], roles?: object[]): Lending => {
  const names = policies.flatMap((one) => ('name' in one && typeof one.name === 'string' ? [one.name] : []))
  const all = roles ?? [{ name: 'lend', policies: names, longest: '8h' }]
  return lendingOf(containedSettings.parse({ policies, roles: all }), mounts)
}
const gives = (name: string, path: string, type = 'secret', permissions = ['read']) => ({
  ...{ name, gives: [{ type, path, permissions }] },
})

describe('the policy for an item is the narrowest one that gives all of it', () => {
  const lending = lend([
    gives('all', 'kv/*'),
    gives('shop', 'kv/shop/*'),
    gives('db', 'kv/shop/db'),
    gives('keys', 'transit/*', 'key', ['encrypt', 'sign']),
    { name: 'special', rules: { 'kv/data/special': ['read', 'update'], 'kv/data/special/*': ['read'] } },
    { name: 'barred', rules: { 'kv/data/*': ['read'], 'kv/data/shop/*': ['deny'] } },
  ])
  const chosen = (...items: Item[]) => {
    const found = choose(items, lending, mounts)
    return found.ok ? found.value.policies.map(({ name }) => name) : found.refusal
  }

  test.each<[Item[], unknown]>([
    [[secret('kv/shop/db')], ['db']],
    [[secret('kv/shop/other')], ['shop']],
    [[secret('kv/elsewhere')], ['barred']],
    [[secret('kv/special')], ['special']],
    [
      [secret('kv/shop/db'), secret('kv/shop/other')],
      ['db', 'shop'],
    ],
    [[item('key', 'transit/k1', 'sign')], ['keys']],
    [[item('key', 'transit/k1', 'decrypt')], { code: 'not-lent', path: 'transit/k1', permission: 'decrypt' }],
    [[secret('team/kv/x')], { code: 'not-lent', path: 'team/kv/x', permission: 'read' }],
    // What the narrow policy denies would also be denied to the wide one, in one token.
    [[secret('kv/elsewhere'), secret('kv/shop/other')], { code: 'lent-apart', apart: ['kv/shop/other'] }],
  ])('%j', (items, expected) => expect(chosen(...items)).toEqual(expected))

  test('what calls may contain is lent exactly, and never mixed in one token', () => {
    const sign = (path: string) => item('ssh', path, 'sign')
    const each = lend([
      gives('ada', 'ssh/ops/ada', 'ssh', ['sign']),
      gives('bob', 'ssh/ops/bob', 'ssh', ['sign']),
      { name: 'anyone', rules: { 'ssh/sign/admins': ['update'] } },
    ])
    const of = (...paths: string[]) => choose(paths.map(sign), each, mounts)
    expect(of('ssh/ops/ada')).toMatchObject({ value: { policies: [{ name: 'ada' }] } })
    expect(of('ssh/ops/eve')).toMatchObject({ refusal: { code: 'not-lent' } })
    expect(of('ssh/ops/ada', 'ssh/ops/bob')).toMatchObject({ refusal: { code: 'lent-apart' } })
    expect(reachOf([sign('ssh/ops/ada')], each, mounts)?.beyond).toEqual([])
    expect(reachOf([sign('ssh/admins/ada')], each, mounts)?.beyond).toEqual(['ssh/sign/admins'])
  })

  test('policies whose rules a server would mix are not lent together, even for other things in them', () => {
    const two = (name: string, path: string, account: string) => ({
      name,
      gives: [
        { type: 'secret', path, permissions: ['read'] },
        { type: 'ssh', path: `ssh/ops/${account}`, permissions: ['sign'] },
      ],
    })
    const each = lend([two('a', 'kv/a', 'ada'), two('b', 'kv/b', 'bob')])
    expect(choose([secret('kv/a')], each, mounts)).toMatchObject({ ok: true })
    const both = choose([secret('kv/a'), secret('kv/b')], each, mounts)
    expect(both).toMatchObject({ refusal: { code: 'lent-apart', apart: ['kv/a', 'kv/b'] } })
  })

  test('one role must lend all of them, else the refusal names what to ask for separately', () => {
    const policies = [gives('a', 'kv/a/*'), gives('b', 'kv/b/*'), gives('c', 'kv/c/*')]
    const apart = lend(policies, [
      { name: 'one', policies: ['a', 'b'], longest: '1h' },
      { name: 'two', policies: ['b', 'c'], longest: '8h' },
    ])
    const of = (...paths: string[]) => choose(paths.map(secret), apart, mounts)
    expect(of('kv/a/x', 'kv/b/x')).toMatchObject({ value: { role: { name: 'one' } } })
    expect(of('kv/b/x')).toMatchObject({ value: { role: { name: 'two' } } })
    expect(of('kv/a/x', 'kv/b/x', 'kv/c/x')).toMatchObject({ refusal: { code: 'lent-apart', apart: ['kv/a/x'] } })
  })

  test('its reach names what it opens besides', () => {
    expect(reachOf([secret('kv/shop/db')], lending, mounts)).toEqual({ policies: ['db'], role: 'lend', beyond: [] })
    expect(reachOf([secret('kv/shop/x')], lending, mounts)?.beyond).toEqual(['kv/data/shop/*'])
    expect(reachOf([secret('kv/special')], lending, mounts)?.beyond).toEqual(['kv/data/special', 'kv/data/special/*'])
    expect(reachOf([secret('team/kv/x')], lending, mounts)).toBeUndefined()
  })

  test('a plan names rules, role and policies, and its hash covers them', () => {
    const plan = lentPlan([secret('kv/shop/x')], lending, mounts)
    const { document, hash } = plan.ok ? plan.value : { document: '', hash: '' }
    expect(JSON.parse(document)).toMatchObject({
      path: { 'kv/data/shop/*': { capabilities: ['read'] }, 'auth/token/lookup-self': { capabilities: ['read'] } },
      lent: { role: 'lend', policies: ['shop'] },
    })
    expect(hash).toBe(fingerprint(document))
  })
})

test('a policy of gifts is written as that of a request for the same things', () => {
  const [all, own] = lend([
    gives('all', 'transit/*', 'key', ['sign', 'read']),
    { name: 'own', rules: { 'kv/data/special': ['update', 'read'] } },
  ]).policies
  expect(JSON.parse(all ? documentOf(all) : '')).toMatchObject({
    path: {
      'transit/sign/*': { capabilities: ['update'] },
      'transit/keys/*': { capabilities: ['read'] },
      'sys/capabilities-self': { capabilities: ['update'] },
    },
  })
  expect(own && documentOf(own)).toBe('{"path":{"kv/data/special":{"capabilities":["read","update"]}}}')
})

describe('whatever is lent and asked for', () => {
  const part = fc.constantFrom('a', 'b', 'ab')
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `kv/${parts.join('/')}`)
  const rule = fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '*', '/*'))
  const rules = fc.dictionary(
    rule.map(([parts, end]) => `kv/data/${parts.join('/')}${end}`),
    fc.constantFrom(['read'], ['read', 'update'], ['list'], ['deny']),
    { minKeys: 1, maxKeys: 4 },
  )
  const policy = fc.oneof(
    rules.map((given) => ({ rules: given })),
    fc
      .tuple(path, fc.boolean())
      .map(([at, all]) => ({ gives: [{ type: 'secret', path: `${at}${all ? '/*' : ''}`, permissions: ['read'] }] })),
  )
  const world = fc
    .array(policy, { minLength: 1, maxLength: 5 })
    .map((all) => all.map((one, index) => ({ ...one, name: `p${index}` })))
    .chain((policies) => {
      const names = policies.map(({ name }) => name)
      const some = fc.subarray(names, { minLength: 1 })
      return fc.tuple(
        fc.constant(policies),
        some.map((first) => [
          { name: 'r0', policies: first, longest: '1h' },
          { name: 'r1', policies: names, longest: '2h' },
        ]),
        fc.uniqueArray(path, { minLength: 1, maxLength: 3 }),
      )
    })

  /** What a server answers to a token with these policies: one rule for each path, and the longest that matches. */
  const serverAllows = (all: readonly Rules[], at: string, what: string): boolean => {
    const fitting = [...new Set(all.flatMap((one) => [...one.keys()]))].filter((one) =>
      one.endsWith('*') ? at.startsWith(one.slice(0, -1)) : one === at,
    )
    const closest = fitting.includes(at) ? at : fitting.sort((one, other) => other.length - one.length)[0]
    const given = all.flatMap((one) => (closest === undefined ? [] : (one.get(closest)?.capabilities ?? [])))
    return given.includes(what) && !given.includes('deny')
  }

  test('a token with the chosen policies can do what was asked, and the role may lend them', () => {
    fc.assert(
      fc.property(world, ([policies, roles, paths]) => {
        const lending = lend(policies, roles)
        const found = choose(paths.map(secret), lending, mounts)
        if (!found.ok) return
        const { policies: chosen, role } = found.value
        expect(chosen.every(({ name }) => role.policies.includes(name))).toBe(true)
        for (const one of paths) {
          const at = one.replace('kv/', 'kv/data/')
          expect(serverAllows([...chosen.map((each) => each.rules)], at, 'read')).toBe(true)
        }
      }),
    )
  })

  test('the choice does not depend on the order, and a refusal means that no policy alone would do', () => {
    fc.assert(
      fc.property(world, ([policies, roles, paths]) => {
        const items = paths.map(secret)
        const lending = lend(policies, roles)
        const turned = lend(policies.toReversed(), roles.toReversed())
        expect(lentPlan(items, turned, mounts)).toEqual(lentPlan(items, lending, mounts))
        const found = choose(items, lending, mounts)
        if (found.ok || found.refusal.code !== 'not-lent') return
        const at = found.refusal.path.replace('kv/', 'kv/data/')
        expect(lending.policies.some(({ rules: given }) => serverAllows([given], at, 'read'))).toBe(false)
      }),
    )
  })
})
