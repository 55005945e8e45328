import { expect, test } from 'vitest'
import { denied, looked, nextLook } from '../../src/domain/control-group.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const message = { conversation: 'D1', message: '1700000000.000100' }

/** What waits for control groups of the vaults. */
export function controlGroupsContract(store: Current): void {
  const added = async (over: Parameters<typeof sample.controlGroup>[0] = {}) => {
    const group = sample.controlGroup(over)
    const news = sample.card({
      audience: 'notice',
      notice: { about: 'control-group', controlGroup: group.id, as: 'decider' },
    })
    expect(await store().addControlGroup(group, [], [news])).toBe(true)
    return { group, news }
  }

  test('a control group is stored once for each accessor, and found by that and by its id', async () => {
    const { group } = await added()
    const { accessor, integration } = group
    expect(await store().addControlGroup(sample.controlGroup({ accessor }), [], [])).toBe(false)
    expect(await store().controlGroup({ id: group.id })).toEqual(group)
    expect(await store().controlGroup({ integration, accessor })).toEqual(group)
    expect(await store().controlGroup({ integration: sample.otherVault.id, accessor })).toBeUndefined()
  })

  test('its news are out of date after each change of it, and only then', async () => {
    const { group, news } = await added()
    const claim = async () => (await sample.claimCards(store(), 0, 60, 9)).things.map(({ id }) => id)
    const taken = await sample.claimCards(store(), 0, 60, 9)
    await store().recordCard(news.id, { kind: 'rendered', revision: 1, message }, taken.claim)
    expect(await claim()).toEqual([])
    const next = looked(group, { approved: true, approvals: [{ id: 'e2', name: 'userpass-bob' }] }, at(5))
    expect(await store().saveControlGroup(next, [], [])).toBe('saved')
    expect(await store().saveControlGroup(next, [], [])).toBe('conflict')
    expect(await store().controlGroup({ id: group.id })).toEqual(next)
    expect(await claim()).toEqual([news.id])
  })

  test('it is due when it must be looked at, the longest due first, until it is over', async () => {
    const [first, second] = [(await added()).group, (await added()).group]
    const due = async (second: number) =>
      (await store().dueControlGroups(sample.vault.id, at(second), 9)).map(({ id }) => id)
    expect(await due(0)).toEqual([first.id, second.id])
    await store().postponeControlGroup(first, nextLook(first, at(0)))
    expect([await due(0), await store().nextControlGroup(sample.vault.id)]).toEqual([[second.id], at(0)])
    const over = looked(second, undefined, at(1))
    await store().saveControlGroup(over, [], [])
    // A look that began before does not make it due again.
    await store().postponeControlGroup(second, at(2))
    expect([await due(9), await store().nextControlGroup(sample.vault.id)]).toEqual([[first.id], at(5)])
    expect(await store().nextControlGroup(sample.otherVault.id)).toBeUndefined()
    expect((await store().controlGroups(9)).map(({ id }) => id)).toEqual([first.id, second.id])
  })

  test('whoever told of it, asked for it or denied it was named, so nobody else gets their key', async () => {
    const { group } = await added({ requester: { id: 'e1', name: 'userpass-ann', person: sample.ada } })
    const named = () => Promise.all([sample.linus, sample.ada, sample.grace].map((one) => store().wasNamed(one)))
    expect(await named()).toEqual([true, true, false])
    const denial = denied(group, [sample.grace], { by: sample.grace, note: 'not now', at: at(1) })
    if (!denial.ok) throw new Error(denial.refusal.code)
    await store().saveControlGroup(denial.value, [], [])
    expect(await named()).toEqual([true, true, true])
  })

  test('the note of a denial can be erased once it is over', async () => {
    const { group } = await added()
    const denial = denied(group, [sample.grace], { by: sample.grace, note: 'Ann left us', at: at(1) })
    if (!denial.ok) throw new Error(denial.refusal.code)
    await store().saveControlGroup(denial.value, [], [])
    expect(await store().eraseWords(sample.grace, at(99))).toMatchObject({ notes: 0 })
    await store().saveControlGroup(looked(denial.value, undefined, at(2)), [], [])
    expect(await store().eraseWords(sample.grace, at(99), () => [])).toMatchObject({ notes: 1 })
    expect(await store().controlGroup({ id: group.id })).toMatchObject({ denied: { note: '(erased)' } })
  })
}
