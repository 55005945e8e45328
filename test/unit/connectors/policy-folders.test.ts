import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { pathFilter } from '../../../src/connectors/vault/path-filter.ts'
import { planFor, rightsOf } from '../../../src/connectors/vault/policy.ts'
import { resourceTypeOf, type VaultResourceType } from '../../../src/connectors/vault/resource-types.ts'
import { resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'

const mounts = { ...noMounts, kv: ['kv'], transit: ['transit'] }

/** A type that stands for a folder, as one that could be added to the table. */
const folder: VaultResourceType = {
  engine: 'kv',
  covers: 'beneath',
  permissions: new Map([
    [
      'write',
      {
        rights: ({ mount, path }) => ({
          [`${mount}/data/${path}*`]: ['create', 'read', 'update'],
          [`${mount}/metadata/${path}*`]: ['list', 'read'],
        }),
        commands: () => [],
      },
    ],
    ['look', { rights: ({ mount, path }) => ({ [`${mount}/metadata/${path}*`]: ['list'] }), commands: () => [] }],
  ]),
}
const typeOf = (name: string) => (name === 'folder' ? folder : resourceTypeOf(name))
const at = (path: string, permission = 'write', except?: readonly string[]): Item => ({
  ...{ resource: resourceId(path), type: path.endsWith('/') ? 'folder' : 'secret', path, permission },
  ...(except && { except }),
})
const rulesOf = (...items: Item[]) => {
  const rights = rightsOf(items, mounts, typeOf)
  if (!rights.ok) throw new Error(rights.refusal.code)
  return Object.fromEntries(rights.value)
}

/** What a vault lets a token do on a path: the rule that names it most closely, and no other. */
const allowedBy = (rules: Readonly<Record<string, readonly string[]>>, path: string): readonly string[] => {
  const fitting = Object.keys(rules).filter((rule) =>
    rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path,
  )
  const exact = fitting.find((rule) => rule === path)
  const closest = exact ?? fitting.sort((one, other) => other.length - one.length)[0]
  const capabilities = closest === undefined ? [] : (rules[closest] ?? [])
  return capabilities.includes('deny') ? [] : capabilities
}

const write = ['create', 'read', 'update']

describe('a folder', () => {
  test('leaves out one path by its name, and nothing that only begins like it', () => {
    const rules = rulesOf(at('kv/apps/', 'write', ['kv/apps/root']))
    const endpoints = ['data', 'metadata', 'subkeys', 'delete', 'undelete', 'destroy', 'detailed-metadata']
    expect(rules).toEqual({
      'kv/data/apps/*': write,
      'kv/metadata/apps/*': ['list', 'read'],
      ...Object.fromEntries(endpoints.map((endpoint) => [`kv/${endpoint}/apps/root`, ['deny']])),
      ...Object.fromEntries(endpoints.map((endpoint) => [`kv/${endpoint}/apps/root/*`, ['deny']])),
    })
    expect(allowedBy(rules, 'kv/data/apps/rootless')).toEqual(write)
  })

  test('leaves out all that begins like a name with a star', () => {
    const rules = rulesOf(at('kv/', 'write', ['kv/break-glass/*', 'kv/root*']))
    expect(allowedBy(rules, 'kv/data/break-glass/aws')).toEqual([])
    expect(allowedBy(rules, 'kv/data/rooted/x')).toEqual([])
    expect(allowedBy(rules, 'kv/data/apps/x')).toEqual(write)
  })

  test('does not give what it leaves out because something else beneath was asked for', () => {
    const rules = rulesOf(at('kv/apps/', 'write', ['kv/apps/root']), at('kv/apps/db', 'read'))
    expect(allowedBy(rules, 'kv/data/apps/root')).toEqual([])
    // A rule of its own would take away what the folder gives there.
    expect(allowedBy(rules, 'kv/data/apps/db')).toEqual(write)
  })

  test('gives a path that it leaves out to whoever asked for that by itself, and no more of it', () => {
    const asked = [at('kv/apps/', 'write', ['kv/apps/root', 'kv/apps/keys/*']), at('kv/apps/root', 'read')]
    const rules = rulesOf(...asked, at('kv/apps/keys/one', 'read'))
    expect(allowedBy(rules, 'kv/data/apps/root')).toEqual(['read'])
    expect(allowedBy(rules, 'kv/metadata/apps/root')).toEqual([])
    expect(allowedBy(rules, 'kv/data/apps/keys/one')).toEqual(['read'])
    expect(allowedBy(rules, 'kv/data/apps/keys/two')).toEqual([])
  })

  test('without the yes for that path denies it', () => {
    expect(allowedBy(rulesOf(at('kv/apps/', 'write', ['kv/apps/root'])), 'kv/data/apps/root')).toEqual([])
  })

  test.each([
    ['kv/', undefined],
    ['kv/apps/', undefined],
    ['kv/../', 'cannot-be-granted'],
    ['kv/a+b/+/', 'cannot-be-granted'],
    ['elsewhere/', 'no-such-resource'],
  ])('%s: %s', (path, code) => {
    const plan = planFor([at(path)], mounts, typeOf)
    expect(plan.ok ? undefined : plan.refusal.code).toBe(code)
  })

  test('leaves out no name that a policy could read as more', () => {
    const plan = planFor([at('kv/apps/', 'write', ['kv/apps/+/x'])], mounts, typeOf)
    expect(plan).toMatchObject({ ok: false, refusal: { code: 'cannot-be-granted' } })
  })
})

test('fewer items never give more: whatever is dropped, no path gains anything', () => {
  const names = ['a', 'b', 'b/c', 'b/d', 'e']
  const leaf = fc.constantFrom(...names).map((name) => at(`kv/${name}`, 'read'))
  const folderItem = fc
    .record({
      path: fc.constantFrom('kv/', 'kv/b/'),
      permission: fc.constantFrom('write', 'look'),
      except: fc.subarray(['kv/b/c', 'kv/b/*', 'kv/a', 'kv/e*']),
    })
    .map(({ path, permission, except }) =>
      at(
        path,
        permission,
        except.filter((name) => name.startsWith(path) && name !== `${path}*`),
      ),
    )
  const paths = [...names, 'b/x', 'e/x', 'ex', 'y'].flatMap((name) => [`kv/data/${name}`, `kv/metadata/${name}`])
  fc.assert(
    fc.property(fc.array(fc.oneof(leaf, folderItem), { minLength: 1, maxLength: 5 }), fc.nat(), (items, which) => {
      const kept = items.filter((_, index) => index !== which % items.length)
      if (kept.length === 0) return
      const [all, fewer] = [rulesOf(...items), rulesOf(...kept)]
      for (const path of paths) {
        const given = allowedBy(all, path)
        for (const capability of allowedBy(fewer, path)) expect(given).toContain(capability)
        // And what is given is what some item gives on it by itself.
        const alone = new Set(items.flatMap((item) => allowedBy(rulesOf(item), path)))
        expect(new Set(given)).toEqual(alone)
      }
    }),
    { numRuns: 500 },
  )
})

test('secrets and keys give the same document as ever', () => {
  const plan = planFor([at('kv/apps/db', 'read'), { ...at('transit/k', 'sign'), type: 'key' }], mounts)
  expect(plan.ok && JSON.parse(plan.value.document).path).toMatchObject({
    'kv/data/apps/db': { capabilities: ['read'] },
    'transit/sign/k': { capabilities: ['update'] },
    'transit/sign/k/*': { capabilities: ['update'] },
  })
})

describe('what `include` and `exclude` leave out beneath a folder', () => {
  test.each([
    [[], ['kv/tmp/*'], at('kv/'), false],
    [[], ['kv/tmp/*'], at('kv/', 'write', ['kv/tmp/*']), true],
    [[], ['kv/*/tmp'], at('kv/'), true], // no rule can say it: a look at the vault finds each of them
    [[], ['kv/*/tmp'], at('kv/apps/'), false], // there it is one name
    [[], ['kv/*/tmp'], at('kv/apps/', 'write', ['kv/apps/tmp']), true],
    [[], ['other/*'], at('kv/'), true],
    [[], ['kv/tmp/*'], at('kv/apps/'), true],
    [['kv/apps/*'], [], at('kv/'), false],
    [['kv/apps/*'], [], at('kv/apps/'), true],
    [['kv/apps/db'], [], at('kv/apps/'), false],
    [[], ['kv/tmp/*'], at('kv/apps/db', 'read'), true],
  ])('include %j, exclude %j, item %j: %s', (include, exclude, item, isOffered) => {
    expect(pathFilter(include, exclude).coversBeneath(item)).toBe(isOffered)
  })
})
