import { describe, expect, test } from 'vitest'
import { beneath } from '../../../src/connectors/vault/beneath.ts'
import type { VaultContext } from '../../../src/connectors/vault/context.ts'
import { pathFilter } from '../../../src/connectors/vault/path-filter.ts'

// How much a look beneath a folder does before it refuses, with a vault that only lists names.

const never = new AbortController().signal

/** A context whose vault lists each folder by a rule; counts its calls and the names that were judged. */
const vaultOf = (names: (folder: string) => readonly string[], exclude: readonly string[] = []) => {
  const done = { calls: 0, names: 0 }
  const filter = pathFilter([], exclude)
  const context = {
    mounts: { kv: ['kv'], transit: [] },
    params: { discovery: { concurrency: 8 } },
    filter: {
      ...filter,
      covers: (path: string) => {
        done.names += 1
        return filter.covers(path)
      },
    },
    flavour: async () => 'vault',
    rights: async () => new Set(),
    send: async ({ path }: { readonly path: string }) => {
      done.calls += 1
      return { status: 200, body: { data: { keys: names(path.replace(/^kv\/metadata\//, '')) } } }
    },
  }
  const look = (limits?: { readonly entries: number; readonly milliseconds: number }) =>
    beneath(context as unknown as VaultContext, { type: 'management', path: 'kv/' }, undefined, never, limits)
  return { look, done }
}
const numbered = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index))

describe('a look beneath a folder', () => {
  test('counts folders as it counts secrets, so that few secrets in deep folders do not outlast it', async () => {
    const wide = vaultOf(() => ['secret', ...numbered(500, (index) => `f${index}/`)])
    expect(await wide.look()).toEqual({ ok: false, refusal: { code: 'too-much-beneath', most: 5_000 } })
    expect(wide.done.calls).toBeLessThan(20)
    const deep = vaultOf(() => ['f/'])
    expect(await deep.look({ entries: 50, milliseconds: 20_000 })).toMatchObject({
      refusal: { code: 'too-much-beneath', most: 50 },
    })
    expect(deep.done.calls).toBe(51)
  })

  test('takes secrets, folders and exceptions up to the limit together', async () => {
    const listing = (count: number) => (folder: string) =>
      folder === '' ? ['a/', 'two  blanks', ...numbered(count, (index) => `s${index}`)] : []
    const limits = { entries: 10, milliseconds: 20_000 }
    expect(await vaultOf(listing(8)).look(limits)).toMatchObject({ ok: true })
    expect(await vaultOf(listing(9)).look(limits)).toMatchObject({ refusal: { code: 'too-much-beneath' } })
  })

  test('stops at the first exception that no policy can hold besides', async () => {
    const { look, done } = vaultOf(() => numbered(20_000, (index) => `two  blanks ${index}`))
    expect(await look()).toEqual({ ok: false, refusal: { code: 'policy-too-large' } })
    expect(done.names).toBe(2_001)
  })

  test('of a folder that is not on offer any more finds what lies in it as before', async () => {
    const secrets = [{ path: 'kv/a' }]
    const found = { ok: true, value: { secrets, except: [] } }
    expect(await vaultOf(() => ['a'], ['kv/*']).look()).toEqual(found)
    const without = { secrets: [], except: [{ path: 'kv/a*', why: 'excluded' }] }
    expect(await vaultOf(() => ['a'], ['kv/a*']).look()).toEqual({ ok: true, value: without })
  })

  test('leaves out a folder as a whole once something in it has a name for no rule', async () => {
    const { look } = vaultOf((folder) => (folder === '' ? ['a/', 'b'] : folder === 'a/' ? ['c', 'd/', '+'] : ['e']))
    expect(await look()).toEqual({
      ok: true,
      value: { secrets: [{ path: 'kv/b' }], except: [{ path: 'kv/a/', why: 'unnameable' }] },
    })
  })
})
