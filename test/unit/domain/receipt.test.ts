import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grantId } from '../../../src/domain/ids.ts'
import { furtherPaths, gapsWithin, type Use, usedSoFar, withUses } from '../../../src/domain/receipt.ts'
import { timestamp } from '../../../src/domain/time.ts'

const grant = grantId('g')
const at = timestamp
const use = (over: Partial<Use> = {}): Use => ({
  ...{ grant, path: 'kv/data/db', operation: 'read', outcome: 'allowed', at: at(10), ...over },
})
const anyUse = fc.record({
  path: fc.constantFrom('kv/data/db', 'kv/data/other', 'kv/metadata/db'),
  operation: fc.constantFrom('read', 'update'),
  outcome: fc.constantFrom('allowed' as const, 'refused' as const),
  at: fc.integer({ min: 1, max: 50 }).map(at),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
})

describe('receipts', () => {
  test('lose and double no use, however the log is cut into batches', () => {
    fc.assert(
      fc.property(fc.array(anyUse), fc.nat(), (made, cut) => {
        const uses = made.map((one) => ({ grant, ...one }))
        const part = uses.length === 0 ? 0 : cut % uses.length
        const whole = withUses([], uses).all
        const first = withUses([], uses.slice(0, part))
        expect(withUses(first.all, uses.slice(part)).all).toEqual(whole)
        for (const outcome of ['allowed', 'refused'] as const) {
          const own = uses.filter((one) => one.outcome === outcome)
          const sum = usedSoFar(whole, [], { from: at(0) })
          expect(outcome === 'allowed' ? sum.times : sum.refused).toBe(own.length)
          const last = own.length === 0 ? undefined : Math.max(...own.map((one) => one.at))
          expect(outcome === 'allowed' ? sum.last : sum.lastRefused).toBe(last)
        }
      }),
    )
  })

  test('of many paths are kept one by one up to a limit, and then in one', () => {
    const many = Array.from({ length: 500 }, (_, index) => use({ path: `kv/data/${index}` }))
    const { all } = withUses([], many)
    expect(all).toHaveLength(201)
    expect(all.find(({ path }) => path === furtherPaths)?.count).toBe(300)
    expect(withUses(all, [use({ path: 'kv/data/3' })]).changed).toMatchObject([{ path: 'kv/data/3', count: 2 }])
  })

  test('of refused attempts leave the room of what was allowed', () => {
    const refused = Array.from({ length: 500 }, (_, index) => use({ path: `made/up/${index}`, outcome: 'refused' }))
    const { all } = withUses(withUses([], refused).all, [use({ path: 'kv/data/shop' })])
    expect(all.filter(({ outcome }) => outcome === 'allowed')).toMatchObject([{ path: 'kv/data/shop', count: 1 }])
  })

  test('name the latest addresses, and a late line does not push a newer one out', () => {
    const from = (address: string, moment: number) => use({ address, at: at(moment) })
    const early = ['a', 'b', 'c', 'd', 'e', 'f'].map((address, index) => from(address, 10 + index))
    const { all } = withUses([], [...early, from('late', 1)])
    expect(all[0]).toMatchObject({ addresses: ['f', 'e', 'd', 'c', 'b'], first: 1, last: 15, count: 7 })
  })
})

describe('gaps', () => {
  test('count for an access as far as they lie in its time, joined where they touch', () => {
    const gaps = [
      { from: at(0), to: at(10) },
      { from: at(20), to: at(30) },
      { from: at(30), to: at(40) },
      { from: at(90), to: at(95) },
    ]
    expect(gapsWithin(gaps, { from: at(5), to: at(50) })).toEqual([
      { from: 5, to: 10 },
      { from: 20, to: 40 },
    ])
    expect(gapsWithin(gaps, { from: at(10), to: at(20) })).toEqual([])
    expect(gapsWithin([{ from: at(15) }], { from: at(10), to: at(20) })).toEqual([{ from: 15, to: 20 }])
    expect(gapsWithin([{ from: at(15) }], { from: at(20) })).toEqual([{ from: 20 }])
  })
})
