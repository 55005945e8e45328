import { expect, test } from 'vitest'
import type { Identity } from '../../src/domain/card.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const hers: Identity = { platform: 'slack', tenant: 'T1', subject: 'U1' }
const others: Identity = { ...hers, subject: 'U2' }

/** Which homes must be shown again, and who was welcomed. */
export function homesContract(store: Current): void {
  const stale = async (now = 100, since = 0) =>
    (await store().staleHomes('slack', at(since), at(now), 9)).map(({ identity, wanted }) => [identity.subject, wanted])
  const open = (of: Identity, now: number, forgetBefore = 0) => store().openHome(of, at(now), at(forgetBefore))
  const shown = async (of: Identity) => {
    const all = await store().staleHomes('slack', at(0), at(999), 9)
    const wanted = all.find(({ identity }) => identity.subject === of.subject)?.wanted ?? 0
    await store().recordHome(of, { kind: 'shown', wanted })
  }

  test('a home is shown whenever it is opened, and on its own platform only', async () => {
    await open(hers, 1)
    expect([await stale(), await store().nextHome('slack', at(0))]).toEqual([[['U1', 1]], 0])
    expect(await store().staleHomes('toy', at(0), at(9), 9)).toEqual([])
    await shown(hers)
    expect([await stale(), await store().nextHome('slack', at(0))]).toEqual([[], undefined])
    await open(hers, 2)
    expect(await stale()).toEqual([['U1', 2]])
  })

  test('a new or outdated card of the person makes the home stale, and no other home', async () => {
    await open(hers, 1)
    await open(others, 1)
    await Promise.all([shown(hers), shown(others)])
    const { request } = await sample.submitted(store())
    await store().addCards([
      sample.card({ request: request.id, recipient: { to: 'person', person: sample.grace, identity: hers } }),
    ])
    expect(await stale()).toEqual([['U1', 2]])
    await shown(hers)
    await sample.mustCommit(store(), sample.approval(request))
    expect(await stale()).toEqual([['U1', 3]])
  })

  test('a change while a home is being shown keeps it stale', async () => {
    await open(hers, 1)
    await store().addCards([sample.card({ audience: 'notice', notice: { about: 'welcome' } })])
    await store().recordHome(hers, { kind: 'shown', wanted: 1 })
    expect(await stale()).toEqual([['U1', 2]])
    await store().recordHome(hers, { kind: 'shown', wanted: 2 })
    expect(await stale()).toEqual([])
  })

  test('a home is shown again where an older picture of it arrived last', async () => {
    await open(hers, 1)
    await open(hers, 2)
    await store().recordHome(hers, { kind: 'shown', wanted: 2 })
    await store().recordHome(hers, { kind: 'shown', wanted: 1 })
    expect(await stale()).toEqual([['U1', 2]])
  })

  test('a failed home waits, and opening it ends the wait', async () => {
    await open(hers, 1)
    await store().recordHome(hers, { kind: 'failed', retryAt: at(50) })
    expect([await stale(49), await stale(50)]).toEqual([[], [['U1', 1]]])
    expect(await store().nextHome('slack', at(0))).toBe(at(50))
    await open(hers, 2)
    expect(await stale(2)).toEqual([['U1', 2]])
  })

  test('a home that nobody looks at is not shown, and is forgotten in time', async () => {
    await open(hers, 10)
    expect([await stale(100, 11), await store().nextHome('slack', at(11))]).toEqual([[], undefined])
    await open(others, 20, 11)
    expect(await stale()).toEqual([['U2', 1]])
    await store().recordHome(others, { kind: 'gone' })
    expect(await stale()).toEqual([])
  })

  test('a person is welcomed once', async () => {
    const card = () => sample.card({ audience: 'notice', notice: { about: 'welcome' } })
    expect(await store().isWelcomed(sample.ada)).toBe(false)
    expect(await store().welcome(sample.ada, at(1), [card()])).toBe(true)
    expect(await store().isWelcomed(sample.ada)).toBe(true)
    expect(await store().welcome(sample.ada, at(2), [card()])).toBe(false)
    expect(await store().welcome(sample.grace, at(2), [])).toBe(true)
    expect((await sample.claimCards(store(), 5)).things.map((one) => one.audience)).toEqual(['notice'])
  })
}
