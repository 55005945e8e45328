import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Discovered, Look } from '../../src/domain/discovery.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const { id: vault } = sample.vault
const { id: otherVault } = sample.otherVault

const secret = (path: string, over: Partial<Discovered> = {}): Discovered => ({
  type: 'secret',
  path,
  permissions: ['read'],
  ...over,
})
const unread = { isTagUnread: true } as const
type Tree = Readonly<Record<string, Partial<Look>>>

const treeOf = (folders: Readonly<Record<string, { names: readonly string[]; tag: string | undefined }>>): Tree => ({
  '/': { folders: Object.keys(folders) },
  ...Object.fromEntries(
    Object.entries(folders).map(([folder, { names, tag }]) => [
      folder,
      { found: names.map((name) => secret(`kv/${folder}${name}`, tag ? { ownerTag: tag } : {})) },
    ]),
  ),
})

/** Passes of discovery: what is remembered between them, and while one is under way. */
export function discoveryContract(store: Current): void {
  const open = (second: number, over: { since?: number; ownerKey?: string; roots?: string[] } = {}) =>
    store().openPass(vault, {
      now: at(second),
      since: at(over.since ?? 0),
      ownerKey: over.ownerKey ?? 'owner',
      roots: over.roots ?? ['/'],
    })
  const paths = async () => (await store().findResources([vault], 'kv', 1_000)).map(({ path }) => path).sort()
  const seenAt = async (path: string) => (await store().findResources([vault], path, 1))[0]?.seenAt
  /** Looks into what lies ahead, as long as the tree knows it. Returns the folders in the order of the looks. */
  const walk = async (pass: Awaited<ReturnType<typeof open>>, tree: Tree, second: number, most = 1_000) => {
    const walked: string[] = []
    for (let count = 0; count < most; count += 1) {
      const folder = (await store().foldersAhead(pass, 100)).find((each) => each in tree)
      if (folder === undefined) break
      walked.push(folder)
      await store().saveLooks(pass, [{ folder, found: [], folders: [], ...tree[folder] }], at(second))
    }
    return walked
  }
  const passOver = async (tree: Tree, second: number, over?: Parameters<typeof open>[1]) => {
    const pass = await open(second, over)
    await walk(pass, tree, second)
    return store().closePass(pass, at(second + 1))
  }
  const tree: Tree = {
    '/': { found: [secret('kv/a')], folders: ['x/', 'y/'] },
    'x/': { found: [secret('kv/x/b'), secret('kv/x/c')], folders: ['x/z/'] },
    'y/': { found: [secret('kv/y/d')] },
    'x/z/': { found: [secret('kv/x/z/e')] },
  }

  test('a pass looks into every folder that was found, each once, the first ones first', async () => {
    const pass = await open(1)
    expect(await walk(pass, tree, 1)).toEqual(['/', 'x/', 'y/', 'x/z/'])
    expect(await store().foldersAhead(pass, 5)).toEqual([])
    await store().saveLooks(pass, [{ folder: '/', found: [], folders: ['later/'] }], at(1))
    expect(await store().foldersAhead(pass, 5)).toEqual([])
    expect(await store().closePass(pass, at(2))).toBe(0)
    expect(await paths()).toEqual(['kv/a', 'kv/x/b', 'kv/x/c', 'kv/x/z/e', 'kv/y/d'])
  })

  test('a pass that was left goes on where it was, also through a new connector with other mounts', async () => {
    const pass = await open(1)
    await walk(pass, tree, 2, 2)
    const again = await open(60)
    expect(again).toEqual(pass)
    expect(await store().foldersAhead(again, 5)).toEqual(['y/', 'x/z/'])
    const withMount = await open(61, { roots: ['/', 'new/'] })
    expect(await walk(withMount, { ...tree, 'new/': {} }, 61)).toEqual(['y/', 'x/z/', 'new/'])
    expect(await store().closePass(withMount, at(62))).toBe(0)
  })

  test('a pass that was left too long ago, under another key, or that has ended, begins anew', async () => {
    const pass = await open(1)
    await walk(pass, tree, 2, 2)
    const late = await open(60, { since: 3 })
    expect(late.began).toBe(at(60))
    expect(await store().foldersAhead(late, 5)).toEqual(['/'])
    const otherKey = await open(61, { ownerKey: 'team' })
    expect(otherKey.began).toBe(at(61))
    await walk(otherKey, tree, 61)
    await store().closePass(otherKey, at(62))
    expect((await open(61, { ownerKey: 'team' })).began).toBe(at(61) + 1)
  })

  test('what an older pass still has to say is not heard', async () => {
    const old = await open(1)
    const pass = await open(60, { since: 30 })
    await store().saveLooks(old, [{ folder: '/', found: [secret('kv/old')], folders: ['old/'] }], at(61))
    expect(await paths()).toEqual([])
    expect(await store().closePass(old, at(62))).toBeUndefined()
    expect(await store().foldersAhead(pass, 5)).toEqual(['/'])
  })

  test('only a pass that looked everywhere hides what it did not see', async () => {
    await passOver(tree, 1)
    const smaller = { ...tree, 'x/': { found: [secret('kv/x/c')], folders: [] } }
    const pass = await open(10)
    await walk(pass, smaller, 10, 2)
    expect(await paths()).toContain('kv/x/z/e')
    expect(await store().closePass(pass, at(11))).toBeUndefined()
    expect(await paths()).toHaveLength(5)
    expect(await passOver(smaller, 20)).toBe(2)
    expect(await paths()).toEqual(['kv/a', 'kv/x/c', 'kv/y/d'])
    expect(await passOver(smaller, 30)).toBe(0)
    expect(await passOver(tree, 40)).toBe(0)
    expect(await paths()).toHaveLength(5)
  })

  test('what a pass could not look into stays, and all else that it did not see is hidden', async () => {
    const team: Tree = {
      'team/': { found: [secret('team/a')], folders: ['team/x/'] },
      'team/x/': { found: [secret('team/x/b')] },
    }
    const roots = { roots: ['/', 'team/'] }
    await passOver({ ...tree, ...team }, 1, roots)
    const everything = async () => (await store().findResources([vault], '', 1_000)).map(({ path }) => path).sort()
    const before = await everything()
    const smaller = { ...tree, 'x/': { found: [secret('kv/x/c')], folders: ['x/z/'] } }
    for (const [second, opened] of [
      [10, ['/']],
      [20, ['/', 'team/']],
      [30, ['/']],
    ] as const) {
      const pass = await open(second, { roots: [...opened] })
      await walk(pass, smaller, second)
      const unseen = { places: ['team/'], folders: await store().foldersAhead(pass, 5) }
      expect(await store().closePass(pass, at(second + 1), unseen)).toBe(second === 10 ? 1 : 0)
      expect(await everything()).toEqual(before.filter((path) => path !== 'kv/x/b'))
    }
    expect(await passOver({ ...smaller, 'team/': {} }, 40, roots)).toBe(2)
    expect((await everything()).filter((path) => path.startsWith('team/'))).toEqual([])
  })

  test('what is away is remembered until something else is said, with the news of it', async () => {
    expect(await store().awayAt(vault)).toEqual([])
    await open(1)
    const away = [{ place: 'team/', code: 'denied', since: at(1) }]
    await store().saveAway(vault, away, [])
    expect([await store().awayAt(vault), await store().awayAt(otherVault)]).toEqual([away, []])
    await passOver(tree, 2)
    expect(await store().awayAt(vault)).toEqual(away)
    await store().saveAway(vault, [], [])
    expect(await store().awayAt(vault)).toEqual([])
  })

  test('a folder that shows what it showed before is not written again; one that changed is, alone', async () => {
    await passOver(tree, 1)
    await passOver(tree, 10)
    expect([await seenAt('kv/x/b'), await seenAt('kv/y/d')]).toEqual([at(1), at(1)])
    const changed = { ...tree, 'x/': { found: [secret('kv/x/b', { ownerTag: 'new' })], folders: ['x/z/'] } }
    expect(await passOver(changed, 20)).toBe(1)
    expect([await seenAt('kv/x/b'), await seenAt('kv/y/d')]).toEqual([at(20), at(1)])
    expect((await store().findResources([vault], 'kv/x/b', 1))[0]?.ownerTag).toBe('new')
  })

  test('a resource may move from page to page of a long folder, in either direction, and is never hidden', async () => {
    const page = (first: string[], second: string[]): Tree => ({
      '/': { found: first.map((name) => secret(name)), folders: ['/2'] },
      '/2': { found: second.map((name) => secret(name)) },
    })
    const all = ['kv/a', 'kv/b', 'kv/c']
    await passOver(page(['kv/a', 'kv/b'], ['kv/c']), 1)
    await passOver(page(['kv/a'], ['kv/b', 'kv/c']), 10)
    expect(await paths()).toEqual(all)
    await passOver(page(['kv/a', 'kv/b'], ['kv/b', 'kv/c']), 20)
    expect(await paths()).toEqual(all)
    await passOver(page(['kv/a', 'kv/b'], ['kv/c']), 30)
    await passOver(page(['kv/a', 'kv/b'], ['kv/c']), 40)
    expect(await paths()).toEqual(all)
    await passOver({ '/': { found: all.map((name) => secret(name)) } }, 50)
    expect(await paths()).toEqual(all)
  })

  test('a folder of thousands is saved in parts, and one of thousands of folders', async () => {
    const found = Array.from({ length: 3_000 }, (_, index) => secret(`kv/s${index}`))
    const folders = Array.from({ length: 1_200 }, (_, index) => `f${index}/`)
    const pass = await open(1)
    await store().saveLooks(pass, [{ folder: '/', found, folders }], at(1))
    expect(await store().foldersAhead(pass, 5_000)).toEqual(folders)
    expect(await store().discoveryProgress(vault)).toMatchObject({
      folders: { done: 1, known: 1_201 },
      resources: 3_000,
    })
    expect(await store().findResources([vault], 's2999', 5)).toHaveLength(1)
  })

  test('progress tells folders and resources, the last complete pass, and what the next one may expect', async () => {
    expect(await store().discoveryProgress(vault)).toBeUndefined()
    const pass = await open(1)
    await walk(pass, tree, 1, 2)
    const tags = { count: 0, unread: 0 }
    const folders = { done: 2, known: 4, expected: 0 }
    expect(await store().discoveryProgress(vault)).toEqual({ began: at(1), folders, resources: 3, away: [], tags })
    await walk(pass, tree, 1)
    await store().closePass(pass, at(2))
    expect(await store().discoveryProgress(vault)).toEqual({
      began: at(1),
      ended: at(2),
      completed: at(2),
      folders: { done: 4, known: 4, expected: 0 },
      resources: 5,
      away: [],
      tags,
    })
    await open(10)
    expect(await store().discoveryProgress(vault)).toMatchObject({
      completed: at(2),
      folders: { done: 0, known: 1, expected: 4 },
      resources: 0,
    })
    expect(await store().discoveryProgress(otherVault)).toBeUndefined()
  })

  const tagsOf = async () =>
    Object.fromEntries((await store().findResources([vault], 'kv', 100)).map(({ path, ownerTag }) => [path, ownerTag]))
  const stale = async (second: number, limit = 10) =>
    (await store().staleTags(vault, at(second), limit)).map(({ path }) => path)
  const readTag = async (path: string, ownerTag: string | undefined, second: number) => {
    const [resource] = await store().findResources([vault], path, 1)
    await store().saveTags([{ id: sample.present(resource).id, ...(ownerTag && { ownerTag }) }], at(second))
  }

  test('tags that a listing does not tell are read new ones first, then the oldest', async () => {
    await passOver({ '/': { found: [secret('kv/a', unread), secret('kv/b', unread), secret('kv/known')] } }, 1)
    expect(await stale(2)).toEqual(['kv/a', 'kv/b'])
    await readTag('kv/b', 'payments', 5)
    await readTag('kv/a', undefined, 6)
    expect(await tagsOf()).toEqual({ 'kv/a': undefined, 'kv/b': 'payments', 'kv/known': undefined })
    const more = ['kv/a', 'kv/b', 'kv/new'].map((path) => secret(path, unread))
    await passOver({ '/': { found: more } }, 10)
    expect([await stale(6), await stale(20), await stale(20, 2)]).toEqual([
      ['kv/new', 'kv/b'],
      ['kv/new', 'kv/b', 'kv/a'],
      ['kv/new', 'kv/b'],
    ])
    expect((await tagsOf())['kv/b']).toBe('payments')
    const { tags } = sample.present(await store().discoveryProgress(vault))
    expect(tags).toEqual({ count: 3, unread: 1, oldest: at(5) })
  })

  test('a description comes and goes with the tag, however that is read', async () => {
    const said = async () => (await store().findResources([vault], 'kv/a', 1))[0]?.description
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 1)
    const [resource] = await store().findResources([vault], 'kv/a', 1)
    const { id } = sample.present(resource)
    await store().saveTags([{ id, description: 'The orders' }], at(2))
    expect(await said()).toBe('The orders')
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 10)
    expect(await said()).toBe('The orders')
    await store().saveTags([{ id }], at(11))
    expect(await said()).toBeUndefined()
    await passOver({ '/': { found: [secret('kv/a', { description: 'Listed' })] } }, 20)
    expect(await said()).toBe('Listed')
    await passOver({ '/': { found: [secret('kv/a')] } }, 30)
    expect(await said()).toBeUndefined()
  })

  test('a tag that a listing tells is taken from there, and a late answer does not replace it', async () => {
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 1)
    const [resource] = await store().findResources([vault], 'kv/a', 1)
    await passOver({ '/': { found: [secret('kv/a', { ownerTag: 'listed' })] } }, 10)
    await store().saveTags([{ id: sample.present(resource).id, ownerTag: 'late' }], at(11))
    expect([await tagsOf(), await stale(20)]).toEqual([{ 'kv/a': 'listed' }, []])
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 20)
    expect([await tagsOf(), await stale(20)]).toEqual([{ 'kv/a': 'listed' }, ['kv/a']])
  })

  test('tags found under another key are forgotten, and read anew', async () => {
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 1)
    await readTag('kv/a', 'payments', 2)
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 10, { ownerKey: 'team' })
    expect([await tagsOf(), await stale(2)]).toEqual([{ 'kv/a': undefined }, ['kv/a']])
  })

  test('the tag of what is gone is not read', async () => {
    await passOver({ '/': { found: [secret('kv/a', unread)] } }, 1)
    await passOver({ '/': {} }, 10)
    expect(await stale(20)).toEqual([])
  })

  test('whatever changes between passes, and wherever they are left, a complete one leaves exactly what is there', async () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
    const inside = fc.record({ names, tag: fc.constantFrom(undefined, 'x', 'y') })
    const vaults = fc.array(
      fc.record({ folders: fc.dictionary(fc.constantFrom('p/', 'q/', 'r/'), inside), looks: fc.nat(5) }),
      { minLength: 1, maxLength: 6 },
    )
    let second = 0
    await fc.assert(
      fc.asyncProperty(vaults, async (states) => {
        let before = await paths()
        for (const { folders, looks } of states) {
          const there = treeOf(folders)
          second += 2
          const walked = await walk(await open(second, { since: second }), there, second, looks)
          const shown = walked.flatMap((folder) => there[folder]?.found?.map(({ path }) => path) ?? [])
          // Nothing is hidden meanwhile, and what was seen is there at once.
          expect(await paths()).toEqual([...new Set([...before, ...shown])].sort())
          before = await paths()
        }
        const tree = treeOf(states.at(-1)?.folders ?? {})
        second += 2
        await passOver(tree, second, { since: second })
        const all = Object.values(tree).flatMap(({ found = [] }) => found)
        expect(await paths()).toEqual(all.map(({ path }) => path).sort())
        expect(await tagsOf()).toEqual(Object.fromEntries(all.map(({ path, ownerTag }) => [path, ownerTag])))
      }),
      { numRuns: 60 },
    )
  })
}
