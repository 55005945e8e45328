import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { at, vault } from './store-samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-search-'))
afterAll(() => rmSync(folder, { recursive: true }))

const here = Number.POSITIVE_INFINITY
const inThread = 0
const open = (searchThreadFrom: number, file = join(folder, `${randomUUID()}.db`)) =>
  openSqliteStore({ file, newId: randomUUID, searchThreadFrom })

const discover = async (store: Store, paths: readonly string[], second = 0): Promise<void> => {
  const opening = { now: at(second), since: at(second), ownerKey: 'owner', roots: ['kv/'] }
  const pass = await store.openPass(vault.id, opening)
  const found = paths.map((path) => ({ type: 'secret', path, permissions: ['read'] }))
  await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(second))
  await store.closePass(pass, at(second))
}
const find = async (store: Store, words: string) =>
  (await store.findResources([vault.id], words, 5_000)).map(({ path }) => path).sort()

test('a thread finds what a search here finds, at every letter that is typed', async () => {
  const file = join(folder, 'both.db')
  const before = await open(here, file)
  await discover(before, ['kv/orders/database', 'kv/orders/redis', 'kv/mail', 'kv/team-7/red', 'kv/équipe/réseau'])
  const typed = 'orders re'
  const asked = [...typed].map((_, index) => typed.slice(0, index + 1))
  const all = async (store: Store) => ({
    found: await Promise.all(asked.map((words) => store.findResources([vault.id], words, 9))),
    similar: await store.findSimilar([vault.id], 'databse', 9),
    page: await store.resourcePage([vault.id], { words: 'red', limit: 9 }),
  })
  const expected = await all(before)
  await before.close()
  const store = await open(inThread, file)
  expect(expected.similar).toHaveLength(1)
  expect(await all(store)).toEqual(expected)
  await store.close()
})

test('a thread finds what was saved a moment ago, and nothing that is gone', async () => {
  const store = await open(inThread)
  await discover(store, ['kv/first'])
  expect(await find(store, 'kv')).toEqual(['kv/first'])
  await discover(store, ['kv/second'], 1)
  expect(await find(store, 'kv')).toEqual(['kv/second'])
  await store.close()
})

test('a store closes while somebody searches, and that search fails', async () => {
  const store = await open(inThread)
  await discover(store, ['kv/first'])
  const search = find(store, 'first')
  const isRefused = expect(search).rejects.toThrow('has ended')
  await store.close()
  await isRefused
})

test('a search that the thread cannot do fails alone', async () => {
  const store = await open(inThread)
  await discover(store, ['kv/first'])
  await expect(store.findResources([vault.id], 'first', 0.5)).rejects.toThrow()
  expect(await find(store, 'first')).toEqual(['kv/first'])
  await store.close()
})

test.each([
  ['rare', 0],
  ['common', 2_500],
])('short words that are %s find beginnings of words among the matches of the long ones', async (_, others) => {
  const store = await open(here)
  const filling = Array.from({ length: others }, (_, index) => `kv/other/re-du-${index}`)
  const paths = ['kv/team-7/red', 'kv/team-7/blue_red.x', 'kv/team-7/shared', 'kv/équipe-team/réseau', 'kv/team/cure']
  await discover(store, [...paths, ...filling])
  expect(await find(store, 'team re')).toEqual(['kv/team-7/blue_red.x', 'kv/team-7/red', 'kv/équipe-team/réseau'])
  expect(await find(store, 'team ré')).toEqual(await find(store, 'team re'))
  expect(await find(store, 'équipe re')).toEqual(['kv/équipe-team/réseau'])
  expect(await find(store, 'team zz')).toEqual([])
  await store.close()
})

test('whatever a plain path holds, a common short word is a beginning of its words', async () => {
  const store = await open(here)
  const name = fc.string({ unit: fc.constantFrom(...'abAB1-_. /*[?"\\'), minLength: 1, maxLength: 12 })
  const paths = [...new Set(fc.sample(name, 150).map((each) => `kv/xlong${each}`))]
  const common = Array.from({ length: 2_000 }, (_, index) => `kv/x/a-ab-b-1-${index}`)
  await discover(store, [...paths, ...common])
  for (const word of ['a', 'ab', 'b', '1']) {
    const begins = new RegExp(`[^a-z0-9]${word}`, 'i')
    expect(await find(store, `long ${word}`)).toEqual(paths.filter((path) => begins.test(path)).sort())
  }
  await store.close()
})
