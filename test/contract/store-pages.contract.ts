import { expect, test } from 'vitest'
import { resourceId } from '../../src/domain/ids.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample

/** Lists that go on after an entry, and submissions under a key. */
export function pagesContract(store: Current): void {
  const found = async (...paths: readonly string[]) => {
    const opening = { now: at(paths.length), since: at(paths.length), ownerKey: '', roots: ['kv/'] }
    const pass = await store().openPass(sample.vault.id, opening)
    const secrets = paths.map((path) => ({ type: 'secret', path, permissions: ['read'] }))
    await store().saveLooks(pass, [{ folder: 'kv/', found: secrets, folders: [] }], at(paths.length))
    await store().closePass(pass, at(paths.length))
  }
  const pathsOf = async (words: string, limit: number, after?: string) => {
    const [beyond] = after === undefined ? [] : await store().resourcesAt(sample.vault.id, after)
    const page = { words, limit, beyond: beyond?.id }
    return (await store().resourcePage([sample.vault.id], page)).map(({ path }) => path)
  }

  test('resources come page by page in the order of paths, or with words the best first', async () => {
    await found('kv/c', 'kv/a', 'kv/b/c', 'kv/b')
    expect(await pathsOf('', 2)).toEqual(['kv/a', 'kv/b'])
    expect(await pathsOf('', 2, 'kv/b')).toEqual(['kv/b/c', 'kv/c'])
    expect(await pathsOf('c', 1)).toEqual(['kv/b/c'])
    expect(await pathsOf('c', 9, 'kv/b/c')).toEqual(['kv/c'])
    expect(await store().resourcePage([sample.otherVault.id], { words: '', limit: 9 })).toEqual([])
    expect(await store().resourcePage([], { words: '', limit: 9 })).toEqual([])
    const nowhere = { words: '', limit: 9, beyond: resourceId('none') }
    expect(await store().resourcePage([sample.vault.id], nowhere)).toEqual([])
  })

  test('a resource is found by its complete path alone', async () => {
    await found('kv/a', 'kv/a/b')
    expect(await store().resourcesAt(sample.vault.id, 'kv/a')).toHaveLength(1)
    expect(await store().resourcesAt(sample.vault.id, 'kv/')).toEqual([])
    expect(await store().resourcesAt(sample.otherVault.id, 'kv/a')).toEqual([])
  })

  test('the newest requests go on after one of them', async () => {
    const [first, second, third] = [
      await sample.submitted(store(), { now: at(1) }),
      await sample.submitted(store(), { now: at(2) }),
      await sample.submitted(store(), { now: at(3) }),
    ]
    const before = third.request.id
    expect(idsOf(await store().requests({ before, limit: 1 }))).toEqual(idsOf([second]))
    expect(idsOf(await store().requests({ before: first.request.id, limit: 9 }))).toEqual([])
  })

  test('what waits goes on after a deadline, even once that request is decided', async () => {
    const early = await sample.submitted(store(), { now: at(1) })
    const same = await sample.submitted(store(), { now: at(1) })
    const late = await sample.submitted(store(), { now: at(2) })
    const beyond = { decideBy: at(601), request: early.request.id }
    await sample.mustCommit(store(), sample.denial(early.request))
    const filter = { besides: sample.linus, after: at(3), skip: 0, limit: 9, beyond }
    expect(idsOf(await store().requestsAsking(['group:platform'], filter))).toEqual(idsOf([same, late]))
  })

  test('the first submission under a person’s key counts, for a day', async () => {
    const one = { person: sample.ada, key: 'k', body: 'b', draft: 'd', now: at(0) }
    expect(await store().keySubmission(one)).toEqual({ body: 'b', draft: 'd' })
    const other = { ...one, body: 'other', draft: 'e' }
    expect(await store().keySubmission({ ...other, now: at(86_399) })).toEqual({ body: 'b', draft: 'd' })
    expect(await store().keySubmission({ ...other, person: sample.linus })).toEqual({ body: 'other', draft: 'e' })
    expect(await store().keySubmission({ ...other, now: at(86_400) })).toEqual({ body: 'other', draft: 'e' })
  })
}
