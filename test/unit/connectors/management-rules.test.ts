import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { vaultParams } from '../../../src/connectors/vault/params.ts'
import { planFor } from '../../../src/connectors/vault/policy.ts'
import { resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'
import { type Level, levels, managed } from '../../support/managed-vault.ts'

const mounts = { ...noMounts, kv: ['kv', 'kv/sub'], transit: ['transit'] }
type Rules = Readonly<Record<string, readonly string[]>>

const rulesOf = (...items: Item[]): Rules => {
  const plan = planFor(items, mounts)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const { path } = JSON.parse(plan.value.document) as { path: Record<string, { capabilities: string[] }> }
  const own = Object.entries(path).filter(([name]) => name.startsWith('kv/'))
  return Object.fromEntries(own.map(([name, { capabilities }]) => [name, capabilities]))
}

const everything = ['create', 'delete', 'patch', 'read', 'update']
const readOnly = {
  'kv/metadata/apps/*': ['list', 'read'],
  'kv/metadata/apps/': ['list'],
  'kv/data/apps/*': ['read'],
  'kv/data/apps/': ['deny'],
  'kv/subkeys/apps/*': ['read'],
  'kv/subkeys/apps/': ['deny'],
}
const readWrite = { ...readOnly, 'kv/data/apps/*': ['create', 'patch', 'read', 'update'] }
const admin = {
  ...readOnly,
  'kv/data/apps/*': everything,
  'kv/delete/apps/*': ['update'],
  'kv/delete/apps/': ['deny'],
  'kv/undelete/apps/*': ['update'],
  'kv/undelete/apps/': ['deny'],
}
test.each<[Level, Rules]>([
  ['ReadOnly', readOnly],
  ['ReadWrite', readWrite],
  ['Admin', admin],
])('%s of a folder is exactly these rules, of a mount the same without a folder', (level, rules) => {
  expect(rulesOf(managed('kv/apps/', level))).toEqual(rules)
  const whole = Object.fromEntries(Object.entries(rules).map(([path, given]) => [path.replace('apps/', ''), given]))
  expect(rulesOf(managed('kv/', level))).toEqual(whole)
})

/**
 * A request as a server decides on it. For a listing both look for exact rules of the name with and without its slash.
 * HashiCorp Vault looks for beginnings of the name without the slash first.
 */
const allowsAt =
  (isVault: boolean) =>
  (rules: Rules, capability: string, path: string): boolean => {
    const trimmed = path.replace(/\/$/, '')
    const isList = capability === 'list'
    const longest = (of: string) =>
      Object.keys(rules)
        .filter((rule) => rule.endsWith('*') && of.startsWith(rule.slice(0, -1)))
        .sort((one, other) => other.length - one.length)[0]
    const chosen = [path, ...(isList ? [trimmed] : [])].find((name) => rules[name])
    const beginning = (isList && isVault ? longest(trimmed) : undefined) ?? longest(path)
    const given = rules[chosen ?? beginning ?? '']
    return given?.includes(capability) === true && !given.includes('deny')
  }

const names = ['a', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a/bc', 'ab', 'a/x/y', 'a/x/', 'x', 'sub/a', '']
const endpoints = ['data', 'metadata', 'subkeys', 'delete', 'undelete', 'destroy', 'detailed-metadata']
const requests = endpoints.flatMap((endpoint) =>
  names.flatMap((name) =>
    [...everything, 'list'].map((capability): [string, string] => [capability, `kv/${endpoint}/${name}`]),
  ),
)
const folders = fc.constantFrom('kv/', 'kv/a/', 'kv/a/b/', 'kv/a/x/', 'kv/sub/')
const exceptions = ['a/b', 'a/b/*', 'a/x/', 'a/b*', 'x', 'a/b/c', 'a/x/y'].map((name) => `kv/${name}`)
const folderItem = fc
  .record({ path: folders, level: fc.constantFrom(...levels), except: fc.subarray(exceptions) })
  .map(({ path, level, except }) =>
    managed(
      path,
      level,
      except.filter((name) => name.startsWith(path) && name.replace(/[*/]*$/, '') !== path.replace(/\/$/, '')),
    ),
  )
const secretItem = fc
  .constantFrom('a', 'a/b', 'a/b/c', 'x')
  .map((name): Item => ({ ...{ resource: resourceId(name), type: 'secret', path: `kv/${name}` }, permission: 'read' }))
const wishes = fc.array(fc.oneof(folderItem, secretItem), { minLength: 1, maxLength: 4 })

describe.each([
  ['OpenBao', allowsAt(false)],
  ['HashiCorp Vault', allowsAt(true)],
])('for any items, at %s', (_, allows) => {
  test('a request passes exactly when one of the items by itself lets it pass: no rule widens another', () => {
    fc.assert(
      fc.property(wishes, (items) => {
        const together = rulesOf(...items)
        const alone = items.map((item) => rulesOf(item))
        for (const [capability, path] of requests) {
          const expected = alone.some((rules) => allows(rules, capability, path))
          expect([capability, path, allows(together, capability, path)]).toEqual([capability, path, expected])
        }
      }),
      { numRuns: 150 },
    )
  })

  test('more exceptions never give more, and nothing of an excepted path is left', () => {
    fc.assert(
      fc.property(folderItem, fc.constantFrom(...exceptions), (item, more) => {
        const isBeneath = more.startsWith(item.path) && more.replace(/[*/]*$/, '') !== item.path.replace(/\/$/, '')
        if (!isBeneath) return
        const [before, after] = [rulesOf(item), rulesOf({ ...item, except: [...(item.except ?? []), more] })]
        for (const [capability, path] of requests) {
          if (allows(after, capability, path)) expect(allows(before, capability, path)).toBe(true)
          const name = `kv/${path.split('/').slice(2).join('/')}`
          const isOut = more.endsWith('*')
            ? name.startsWith(more.slice(0, -1))
            : `${name}/`.startsWith(more.replace(/\/?$/, '/'))
          const isFolderName = more.endsWith('/') && `${name}/` === more // the secret beside a folder of its name
          if (isOut && !isFolderName) expect([path, allows(after, capability, path)]).toEqual([path, false])
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('what one policy may hold', () => {
  const codeOf = (except: readonly string[]) => {
    const plan = planFor([managed('kv/apps/', 'Admin', except)], mounts)
    return plan.ok ? 'fits' : plan.refusal.code
  }
  const some = (count: number, name = 's') => Array.from({ length: count }, (_, index) => `kv/apps/${name}${index}`)
  test('is at most 256 KiB and 2,000 exceptions', () => {
    expect(codeOf(some(300))).toBe('fits')
    expect(codeOf(some(300, 'long'.repeat(40)))).toBe('policy-too-large')
    expect(codeOf(some(2_000))).toBe('policy-too-large')
    expect(codeOf(some(2_001))).toBe('policy-too-large')
  })
})

describe('the offers of the configuration', () => {
  const parse = (...management: object[]) =>
    vaultParams.safeParse({ internalUrl: 'https://vault', credentials: { folder: '/c' }, management })
  test('name mounts and folders; a slash at the end is added', () => {
    const parsed = parse({ path: 'kv/apps', permissions: ['ReadOnly'] }, { path: 'kv', permissions: ['Admin'] })
    expect(parsed.data?.management.map(({ path }) => path)).toEqual(['kv/apps/', 'kv/'])
  })
  test.each([
    [{ path: 'other/apps/', permissions: ['ReadOnly'] }, 'begin with one of kvMounts'],
    [{ path: 'kv/+/', permissions: ['ReadOnly'] }, 'write a mount or folder such as kv/apps/'],
    [{ path: 'kv/apps/', permissions: [] }, '>=1'],
    [{ path: 'kv/apps/', permissions: ['Owner'] }, 'ReadOnly'],
  ])('%j is refused', (offer, message) => {
    expect(parse(offer).error?.message).toContain(message)
  })
})
