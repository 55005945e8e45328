import { expect, test } from 'vitest'
import type { Use } from '../../src/domain/receipt.ts'
import type { NotedUses } from '../../src/domain/receipt-memory.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, vault } = sample

/** What the vault's audit log tells about accesses, and how far it was read. */
export function receiptsContract(store: Current): void {
  const noted = (over: Partial<NotedUses> = {}): NotedUses => ({
    ...{ integration: vault.id, after: 0, now: at(50), position: '{"offset":1}', readTo: at(49) },
    ...{ uses: [], gaps: [], alarms: [], ...over },
  })
  const activated = async () => {
    const loaded = await sample.activated(store())
    return { ...loaded, id: sample.grantOf(loaded).id }
  }
  const use = (grant: Use['grant'], over: Partial<Use> = {}): Use => ({
    ...{ grant, path: 'kv/data/apps/db', operation: 'read', outcome: 'allowed', at: at(40), address: '10.1.2.3' },
    ...over,
  })

  test('uses are counted by path, verb and outcome, in the transaction that moves the cursor', async () => {
    const { id } = await activated()
    const again = use(id, { at: at(45), address: '10.9.9.9' })
    const refused = use(id, { outcome: 'refused', operation: 'update', at: at(46) })
    expect(await store().noteUses(noted({ uses: [use(id), again, refused] }))).toEqual([])
    await store().noteUses(noted({ after: 1, position: '{"offset":2}', uses: [use(id, { at: at(47) })] }))
    expect(await store().receiptsOf(id)).toEqual([
      {
        ...{ grant: id, path: 'kv/data/apps/db', operation: 'read', outcome: 'allowed' },
        ...{ count: 3, first: at(40), last: at(47), addresses: ['10.1.2.3', '10.9.9.9'] },
      },
      {
        ...{ grant: id, path: 'kv/data/apps/db', operation: 'update', outcome: 'refused' },
        ...{ count: 1, first: at(46), last: at(46), addresses: ['10.1.2.3'] },
      },
    ])
    expect(await store().auditWatch(vault.id)).toEqual({ revision: 2, position: '{"offset":2}', readTo: at(49) })
  })

  test('a batch that was read twice is counted once, and an unknown access stops the whole batch', async () => {
    const { id } = await activated()
    const batch = noted({ uses: [use(id)] })
    await store().noteUses(batch)
    expect(await store().noteUses(batch)).toBeUndefined()
    expect((await store().receiptsOf(id)).map(({ count }) => count)).toEqual([1])
    const unknown = { ...use(id), grant: sample.grantOf(await sample.approved(store())).id, path: 'kv/x' }
    await store().noteUses(noted({ after: 1, uses: [unknown] }))
    expect((await store().auditWatch(vault.id))?.revision).toBe(2)
  })

  test('gaps are found by their end, and a doubt is a gap that goes on', async () => {
    const gaps = [
      { from: at(0), to: at(10) },
      { from: at(20), to: at(30) },
    ]
    await store().noteUses(noted({ gaps, doubtSince: at(60) }))
    expect(await store().auditGaps(vault.id, at(10))).toEqual([gaps[1], { from: at(60) }])
    await store().noteUses(noted({ after: 1, gaps: [{ from: at(60), to: at(70) }] }))
    expect(await store().auditGaps(vault.id, at(30))).toEqual([{ from: at(60), to: at(70) }])
    expect(await store().auditGaps(sample.otherVault.id, at(0))).toEqual([])
  })

  test('an alarm is told once, and at most twenty in an hour are', async () => {
    const alarm = (key: string, card = sample.card({ audience: 'notice', notice: { about: 'welcome' } })) => ({
      ...{ key, event: sample.event({ kind: 'access-missing', detail: { key } }), cards: [card] },
    })
    const [first, same] = [alarm('foreign a'), alarm('foreign a')]
    expect(await store().noteUses(noted({ alarms: [first, same] }))).toEqual([first.event])
    expect(await store().card(first.cards[0]?.id ?? sample.card().id)).toBeDefined()
    expect(await store().card(same.cards[0]?.id ?? sample.card().id)).toBeUndefined()
    const many = Array.from({ length: 30 }, (_, index) => alarm(`foreign b${index}`))
    expect(await store().noteUses(noted({ after: 1, alarms: many }))).toHaveLength(19)
    // The noise of one kind hides none of the other.
    expect(await store().noteUses(noted({ after: 2, alarms: [alarm('unapproved c')] }))).toHaveLength(1)
    expect(await store().noteUses(noted({ after: 3, now: at(9_000), alarms: many }))).toHaveLength(11)
  })

  test('a use makes the cards stale at once, and constant use in a pace that slows down', async () => {
    const { id, request } = await activated()
    const read = async (now: number) => {
      const after = (await store().auditWatch(vault.id))?.revision ?? 0
      await store().noteUses(noted({ after, now: at(now), uses: [use(id, { at: at(now) })] }))
    }
    const revision = async () => (await sample.reload(store(), request)).request.revision
    expect(await store().showReceipts(at(50), 9)).toEqual({ shown: 0 })
    const before = await revision()
    await read(50)
    expect(await store().showReceipts(at(50), 9)).toEqual({ shown: 1 })
    await read(50)
    expect(await store().showReceipts(at(50), 9)).toEqual({ shown: 0, next: at(51) })
    expect(await store().showReceipts(at(51), 9)).toEqual({ shown: 1 })
    await read(150)
    expect(await store().showReceipts(at(150), 9)).toEqual({ shown: 1 }) // nothing was shown for long
    await read(151)
    expect(await store().showReceipts(at(151), 9)).toEqual({ shown: 0, next: at(153) + 367 })
    expect(await revision()).toBe(before + 3)
    await sample.mustCommit(store(), sample.after(await sample.reload(store(), request), { kind: 'came-due' }, at(920)))
  })

  test('addresses are erased with what a person wrote, once the access is over', async () => {
    const over = await sample.ended(store())
    const { id } = sample.grantOf(over)
    const live = await sample.activated(store(), { items: [sample.item('apps/other')] })
    await store().noteUses(noted({ uses: [use(id), use(sample.grantOf(live).id)] }))
    const found = await store().eraseWords(sample.ada, at(900), () => [])
    expect(found.addresses).toBe(1)
    expect((await store().receiptsOf(id)).map(({ addresses, count }) => [addresses, count])).toEqual([[[], 1]])
    expect((await store().receiptsOf(sample.grantOf(live).id))[0]?.addresses).toEqual(['10.1.2.3'])
  })
}
