import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { obstacleOf } from '../../../src/connectors/vault/obstacles.ts'
import { fingerprint, planFor, rightsOf } from '../../../src/connectors/vault/policy.ts'
import { resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'

const mounts = { ...noMounts, kv: ['kv', 'team/kv'], transit: ['transit'] }
const item = (type: string, path: string, permission: string): Item => ({
  resource: resourceId(path),
  type,
  path,
  permission,
})
const secretAt = (path: string) => item('secret', path, 'read')
const documentFor = (...items: Item[]): string => {
  const plan = planFor(items, mounts)
  if (!plan.ok) throw new Error(plan.refusal.code)
  return plan.value.document
}
/** Each key is read as a value: Node 24 may give an object the key of an earlier one (see `findings/`). */
const pathsOf = (document: string): Record<string, { capabilities: string[] }> => {
  const rules = document.matchAll(/"((?:[^"\\]|\\.)*)":\{"capabilities":(\[[^\]]*\])\}/g)
  return Object.fromEntries(
    [...rules].map(([, path, list = '']) => [JSON.parse(`"${path}"`), { capabilities: JSON.parse(list) }]),
  )
}

/** How both servers match a policy's path: `*` only at the end, `+` only as a whole segment. */
const matches = (rule: string, path: string): boolean => {
  const isPrefix = rule.endsWith('*')
  const [wanted, given] = [(isPrefix ? rule.slice(0, -1) : rule).split('/'), path.split('/')]
  const fits = wanted.every((segment, index) => {
    const isLast = index === wanted.length - 1
    if (segment === '+') return given[index] !== undefined
    return isPrefix && isLast ? given[index]?.startsWith(segment) : given[index] === segment
  })
  return fits && (isPrefix ? given.length >= wanted.length : given.length === wanted.length)
}

describe('the rights that items stand for', () => {
  test.each<[string, string, string, Record<string, string[]>]>([
    ['secret', 'kv/apps/db', 'read', { 'kv/data/apps/db': ['read'] }],
    ['secret', 'team/kv/apps/db', 'read', { 'team/kv/data/apps/db': ['read'] }],
    ['key', 'transit/k1', 'encrypt', { 'transit/encrypt/k1': ['update'] }],
    ['key', 'transit/k1', 'decrypt', { 'transit/decrypt/k1': ['update'] }],
    ['key', 'transit/k1', 'sign', { 'transit/sign/k1': ['update'], 'transit/sign/k1/*': ['update'] }],
    ['key', 'transit/k1', 'verify', { 'transit/verify/k1': ['update'], 'transit/verify/k1/*': ['update'] }],
  ])('%s %s %s', (type, path, permission, rights) => {
    const found = rightsOf([item(type, path, permission)], mounts)
    expect(found.ok && Object.fromEntries(found.value)).toEqual(rights)
  })

  test.each<[Item, object]>([
    [item('secret', 'kv/apps/db', 'write'), { code: 'no-such-permission', permission: 'write' }],
    [item('secret', 'other/apps/db', 'read'), { code: 'no-such-resource' }],
    [item('secret', 'kv', 'read'), { code: 'no-such-resource' }],
    [item('secret', 'transit/k1', 'read'), { code: 'no-such-resource' }],
    [item('database', 'kv/apps/db', 'read'), { code: 'no-such-resource' }],
    [item('key', 'transit/k1/config', 'sign'), { code: 'no-such-resource' }],
  ])('%j is refused', (wish, refusal) => {
    expect(planFor([wish], mounts)).toEqual({ ok: false, refusal })
  })
})

describe('the policy document', () => {
  test('holds the granted path and what a token may do with itself, and nothing else', () => {
    expect(pathsOf(documentFor(secretAt('kv/apps/db')))).toEqual({
      'auth/token/lookup-self': { capabilities: ['read'] },
      'auth/token/revoke-self': { capabilities: ['update'] },
      'kv/data/apps/db': { capabilities: ['read'] },
      'sys/capabilities-self': { capabilities: ['update'] },
      'sys/internal/ui/resultant-acl': { capabilities: ['read'] },
    })
  })

  test('is the same bytes for the same items in any order, and its fingerprint is that of its bytes', () => {
    const items = [secretAt('kv/b'), secretAt('kv/a'), item('key', 'transit/k', 'sign')]
    expect(documentFor(...items)).toBe(documentFor(...items.toReversed(), secretAt('kv/a')))
    const plan = planFor(items, mounts)
    expect(plan.ok && plan.value.hash).toBe(fingerprint(documentFor(...items)))
  })

  test('reaches, of all names, only the granted one', () => {
    const character = fc.constantFrom('a', 'b', '/', '+', '*', '.', '{', '}', '"', '\\', ' ', '\n', 'ü', '\u202e', '$')
    const anyCodeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code))
    const name = fc.oneof(fc.string({ unit: character, maxLength: 8 }), fc.string({ unit: anyCodeUnit, maxLength: 8 }))
    fc.assert(
      fc.property(name, name, (granted, other) => {
        const plan = planFor([secretAt(`kv/${granted}`)], mounts)
        if (!plan.ok) return
        const document = plan.value.document
        expect(document.isWellFormed()).toBe(true)
        const rules = Object.keys(pathsOf(document))
        expect(rules).toHaveLength(5)
        expect(rules.filter((rule) => rule.startsWith('kv/'))).toEqual([`kv/data/${granted}`])
        for (const variant of [other, `${granted}x`, `${granted}/x`, granted.replace(/[^/]+$/, 'x')]) {
          const isReached = rules.some((rule) => matches(rule, `kv/data/${variant}`))
          if (isReached !== (variant === granted)) throw new Error(`${granted} and ${variant}: ${isReached}`)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a name that a policy cannot name exactly', () => {
  test.each<[string, string | undefined]>([
    ['kv/apps/db', undefined],
    ['kv/it\'s "odd" = & ; ${x} a+b ü 漢字 #?', undefined],
    ['kv/\ud800', 'unicode'],
    ['kv//db', 'empty'],
    ['kv/db/', 'empty'],
    ['/kv/db', 'empty'],
    ['kv/./db', 'dots'],
    ['kv/../db', 'dots'],
    ['kv/a..b', 'dots'],
    ['kv/+', 'plus'],
    ['kv/+/db', 'plus'],
    ['kv/db*', 'star'],
    ['kv/*/db', 'star'],
    ['kv/{{identity.entity.id}}', 'braces'],
    ['kv/}}', 'braces'],
    ['kv/new\nline', 'hidden'],
    ['kv/right\u202eleft', 'hidden'],
    ['kv/zero\u200bwidth', 'hidden'],
    ['kv/line\u2028', 'hidden'],
    ['kv/soft\u00adhyphen', 'hidden'],
    ['kv/joined\u034fmarks', 'hidden'],
    ['kv/hangul\u3164filler', 'hidden'],
    ['kv/half\uffa0filler', 'hidden'],
    ['kv/first\u115f', 'hidden'],
    ['kv/khmer\u17b4vowel', 'hidden'],
    ['kv/mongolian\u180b', 'hidden'],
    ['kv/variation\ufe0f', 'hidden'],
    ['kv/variation\u{e0100}', 'hidden'],
    ['kv/tag\u{e0041}', 'hidden'],
    ['kv/braille\u2800blank', 'hidden'],
    ['kv/null\u{1d159}note', 'hidden'],
    ['kv/none\ufdd0', 'hidden'],
    ['kv/a b', undefined],
    ['kv/ lead', 'blanks'],
    ['kv/trail ', 'blanks'],
    ['kv/trail /db', 'blanks'],
    ['kv/apps/ db', 'blanks'],
    [' kv/db', 'blanks'],
    ['kv/two  blanks', 'blanks'],
    ['kv/no\u00a0break', 'blanks'],
    ['kv/wide\u3000blank', 'blanks'],
    ['kv/thin\u2009blank', 'blanks'],
    ['kv/p\u0430ypal', undefined],
    [`kv/${'x'.repeat(509)}`, undefined],
    [`kv/${'x'.repeat(510)}`, 'long'],
  ])('%j: %s', (path, obstacle) => {
    expect(obstacleOf(path)).toBe(obstacle)
  })

  test('nothing that can be granted holds what nobody sees', () => {
    const parts = fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom(' ', '/', 'a', '\u200d', '\u3164', '\u2800', '\ufe0f', '\u00a0'),
    )
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 10 }), (name) => {
        if (obstacleOf(`kv/${name}`) !== undefined) return
        const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u
        const seen = [...name].filter((sign) => sign !== ' ' && !/[\p{Cn}\p{Co}]/u.test(sign))
        expect(seen.filter((sign) => unseen.test(sign))).toEqual([])
        for (const segment of name.split('/')) expect(segment).toBe(segment.trim().replace(/\s+/g, ' '))
      }),
      { numRuns: 1000 },
    )
  })

  test('is refused with a reason that completes a sentence', () => {
    const plan = planFor([secretAt('kv/db*')], mounts)
    expect(plan).toMatchObject({ ok: false, refusal: { code: 'cannot-be-granted' } })
    expect(!plan.ok && 'obstacle' in plan.refusal && plan.refusal.obstacle).toMatch(/^its name has a "\*"/)
  })
})
