import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Discovered } from '../../src/domain/discovery.ts'
import { type IntegrationId, resourceId } from '../../src/domain/ids.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const { id: vault } = sample.vault
const { id: otherVault } = sample.otherVault

const secretAt = (path: string, over: Partial<Discovered> = {}): Discovered => ({
  type: 'secret',
  path,
  permissions: ['read', 'read-write'],
  ...over,
})

/** What can be asked for, and how it is found. */
export function catalogueContract(store: Current): void {
  /** A pass that finds just this, all of it in one folder; it is ended unless it is left open. */
  const discover = async (found: readonly Discovered[], second = 0, integration: IntegrationId = vault) => {
    const opening = { now: at(second), since: at(second), ownerKey: 'owner', roots: ['kv/'] }
    const pass = await store().openPass(integration, opening)
    await store().saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(second))
    return store().closePass(pass, at(second))
  }
  const save = (paths: readonly string[], integration = vault, second = 0) =>
    discover(
      paths.map((path) => secretAt(path)),
      second,
      integration,
    )
  const find = async (words: string, limit = 25, integrations = [vault]) =>
    (await store().findResources(integrations, words, limit)).map(({ path }) => path)

  test('what discovery found is read back, by search and by id', async () => {
    const found = secretAt('kv/apps/db', { ownerTag: 'payments', obstacle: 'its name holds a *' })
    await discover([found, secretAt('kv/apps/mail')], 1)
    const [resource] = await store().findResources([vault], 'db', 9)
    expect(resource).toEqual({ ...found, id: resource?.id, integration: vault, seenAt: at(1) })
    expect(await store().resource(sample.present(resource).id)).toEqual(resource)
    expect(await store().resource(resourceId('none'))).toBeUndefined()
  })

  test('a resource that is seen again keeps its id and takes what is new', async () => {
    await discover([secretAt('kv/db', { ownerTag: 'payments', obstacle: 'x' })], 1)
    const [before] = await store().findResources([vault], 'db', 9)
    await discover([secretAt('kv/db', { permissions: ['read'] })], 2)
    const after = {
      id: before?.id,
      integration: vault,
      type: 'secret',
      path: 'kv/db',
      permissions: ['read'],
      seenAt: at(2),
    }
    expect(await store().findResources([vault], 'db', 9)).toEqual([after])
  })

  test('what a complete pass did not see is hidden, and is the same when it comes back', async () => {
    await save(['kv/stays', 'kv/goes'], vault, 1)
    await save(['kv/goes'], otherVault, 1)
    const [gone] = await store().findResources([vault], 'goes', 9)
    expect(await save(['kv/stays'], vault, 2)).toBe(1)
    expect(await save(['kv/stays'], vault, 3)).toBe(0)
    expect([await find('kv'), await find('goes', 9, [otherVault])]).toEqual([['kv/stays'], ['kv/goes']])
    expect(await store().resource(sample.present(gone).id)).toBeUndefined()
    await save(['kv/goes'], vault, 4)
    expect((await store().findResources([vault], 'goes', 9))[0]?.id).toBe(gone?.id)
  })

  test('one path may hold resources of two types, and integrations do not mix', async () => {
    await discover([secretAt('kv/db'), secretAt('kv/db', { type: 'folder' })], 1)
    await save(['kv/db'], otherVault)
    expect((await store().findResources([vault], 'db', 9)).map(({ type }) => type).sort()).toEqual(['folder', 'secret'])
    expect(await store().findResources([vault, otherVault], 'db', 9)).toHaveLength(3)
    expect(await store().findResources([], 'db', 9)).toEqual([])
  })

  test('every word must be in the path, in any order and in either case', async () => {
    await save(['kv/Payments/prod/db', 'kv/payments/staging/db', 'kv/billing/prod/db'])
    expect(await find('PROD paym')).toEqual(['kv/Payments/prod/db'])
    expect(await find('  db   prod ')).toEqual(['kv/billing/prod/db', 'kv/Payments/prod/db'])
    expect(await find('ayment')).toEqual(['kv/Payments/prod/db', 'kv/payments/staging/db'])
    expect(await find('prod nothing')).toEqual([])
  })

  test('words of one and two letters find beginnings of words', async () => {
    await save(['kv/x/db-main', 'kv/x/mydb', 'kv/y/d'])
    expect([await find('db'), await find('d'), await find('d x')]).toEqual([
      ['kv/x/db-main'],
      ['kv/y/d', 'kv/x/db-main'],
      ['kv/x/db-main'],
    ])
  })

  test('a resource named so comes first, then one whose name begins so, then the shortest path', async () => {
    await save(['kv/db-pass/a', 'kv/team/subteam/db-password', 'kv/a/very/long/way/to/db-pass', 'kv/my-db-pass-2'])
    expect(await find('db-pass')).toEqual([
      'kv/a/very/long/way/to/db-pass',
      'kv/team/subteam/db-password',
      'kv/db-pass/a',
      'kv/my-db-pass-2',
    ])
    expect(await find('db-pass', 2)).toHaveLength(2)
  })

  test('no words find everything in the order of paths, up to the limit', async () => {
    await save(['kv/b', 'kv/a-very-long-name', 'kv/a', 'kv/c'])
    expect([await find(''), await find('  ', 1)]).toEqual([['kv/a', 'kv/a-very-long-name', 'kv/b', 'kv/c'], ['kv/a']])
  })

  test('what is found stands together by folder', async () => {
    await save(['kv/b/token-1', 'kv/apps/long/token-2', 'kv/b/token-33', 'kv/apps/long/token-1', 'kv/a/my-token'])
    expect(await find('token')).toEqual([
      'kv/apps/long/token-1',
      'kv/apps/long/token-2',
      'kv/b/token-1',
      'kv/b/token-33',
      'kv/a/my-token',
    ])
  })

  const similar = async (words: string, integrations = [vault]) =>
    (await store().findSimilar(integrations, words, 9)).map(({ path }) => path)

  test.each([
    ['databse', ['kv/orders/database']],
    ['dtaabase', ['kv/orders/database']],
    ['orders databasee', ['kv/orders/database']],
    ['kv/oders/database', ['kv/orders/database']],
    ['mial', ['kv/mail']],
    ['maiil', ['kv/mail']],
    // Too far, too short, right already, or not there at all.
    ['dtabse-x', []],
    ['dtbs', []],
    ['ml', []],
    ['database', []],
    ['', []],
    ['"', []],
  ])('the mistyped words %j mean %j', async (words, meant) => {
    await save(['kv/orders/database', 'kv/mail', 'kv/main-site'])
    expect(await similar(words)).toEqual(meant)
  })

  test('mistyped words never find what belongs to another integration, or is gone', async () => {
    await save(['kv/orders/database', 'kv/stays'])
    expect([await similar('databse', [otherVault]), await similar('databse', [])]).toEqual([[], []])
    await save(['kv/stays'], vault, 1)
    expect(await similar('databse')).toEqual([])
  })

  test('what a person asked for lately there is listed with its count, the last first', async () => {
    await discover([secretAt('kv/a'), secretAt('kv/b'), secretAt('kv/gone'), secretAt('kv/odd', { obstacle: 'odd' })])
    await save(['kv/a'], otherVault)
    const byPath = new Map((await store().findResources([vault], '', 9)).map((one) => [one.path, one.id]))
    const itemAt = (path: string) => ({ ...sample.item(path), resource: sample.present(byPath.get(path)) })
    const ask = (by: typeof sample.ada, ...paths: [string, ...string[]]) => {
      const [first = itemAt('kv/a'), ...rest] = paths.map((path) => ({
        ...itemAt(path),
        permission: crypto.randomUUID(),
      }))
      return sample.submitted(store(), { by, items: [first, ...rest] })
    }
    await ask(sample.ada, 'kv/a', 'kv/b')
    await ask(sample.ada, 'kv/gone', 'kv/odd')
    await ask(sample.ada, 'kv/a')
    await ask(sample.grace, 'kv/b')
    await discover([secretAt('kv/a'), secretAt('kv/b'), secretAt('kv/odd', { obstacle: 'odd' })], 1)
    const usual = async (person: typeof sample.ada, integration = vault) =>
      (await store().usualResources(person, integration)).map(({ resource, times }) => [resource.path, times])
    expect(await usual(sample.ada)).toEqual([
      ['kv/a', 2],
      ['kv/b', 1],
    ])
    expect([await usual(sample.ada, otherVault), await usual(sample.linus)]).toEqual([[], []])
  })

  test.each([
    '"',
    '*',
    'a"b',
    "'; DROP TABLE resources; --",
    'db AND mail',
    '^kv',
    'path:kv',
    '%',
    '_',
    '\\',
    '{',
    'NEAR(',
    '-kv',
  ])('the words %j are taken literally', async (words) => {
    await save(['kv/db', 'kv/mail'])
    expect(await find(words)).toEqual([])
    await save([`kv/${words.replaceAll(' ', '/')}/x`], vault, 1)
    expect(await find(words)).toHaveLength(1)
  })

  test('words that no text can hold find nothing', async () => {
    await save(['kv/db'])
    expect([await find('\0'), await find('db \0')]).toEqual([[], []])
  })

  test('letters of every script are found, in either case', async () => {
    await save(['kv/größe/ключ', 'kv/鍵/db', 'kv/emoji/🔑🔑🔑'])
    expect(await find('КЛЮЧ')).toEqual(['kv/größe/ключ'])
    expect([await find('größe'), await find('鍵'), await find('🔑🔑🔑')]).toEqual([
      ['kv/größe/ключ'],
      ['kv/鍵/db'],
      ['kv/emoji/🔑🔑🔑'],
    ])
  })

  test('whatever is stored and typed, each path that has every word is found, and no other', async () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abAB12-_.*"é'), minLength: 1, maxLength: 6 })
    const path = fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    const words = fc.array(fc.string({ unit: fc.constantFrom(...'abAB12-_.*"/'), minLength: 3, maxLength: 5 }), {
      maxLength: 2,
    })
    let second = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 20 }), words, async (paths, typed) => {
        second += 1
        await save(paths, vault, second)
        const has = (each: string) => typed.every((word) => each.toLowerCase().includes(word.toLowerCase()))
        expect((await find(typed.join(' '))).sort()).toEqual(paths.filter(has).sort())
      }),
      { numRuns: 200 },
    )
  })

  test('a name is found among thousands of paths that hold it too, whatever else was typed', async () => {
    const paths = Array.from({ length: 3_000 }, (_, count) => `kv/service/service-${count}/token`)
    await save([...paths, 'kv/zone/service'])
    expect((await find('service'))[0]).toBe('kv/zone/service')
    expect((await find('kv service'))[0]).toBe('kv/zone/service')
    expect(await find('2999 token')).toEqual(['kv/service/service-2999/token'])
  })
}
