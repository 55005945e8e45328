import { expect, test } from 'vitest'
import { evolve } from '../../src/domain/grant.ts'
import type { Claim } from '../../src/domain/lease-memory.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample
const mine = { integration: sample.vault.id, person: sample.ada }

/** Claims on grants, accounts and cards. */
export function workContract(store: Current): void {
  test('a due grant is claimed once, with its attempt counted, until the claim runs out', async () => {
    const { request } = await sample.approved(store(), {}, at(10))
    const claim = async (now: number) => (await sample.claimGrants(store(), now)).things
    expect(await claim(9)).toEqual([])
    const [first] = await claim(10)
    expect([first?.request.id, first?.grant?.attempts]).toEqual([request.id, 1])
    expect(first).toEqual(await sample.reload(store(), request))
    expect(await claim(69)).toEqual([])
    const [second] = await claim(70)
    expect(second?.grant?.attempts).toBe(2)
  })

  test('of many who claim at once, each grant goes to one, and every claim has a name of its own', async () => {
    for (let count = 0; count < 10; count++) await sample.approved(store())
    const claims = Array.from({ length: 20 }, () => sample.claimGrants(store(), 10, 60, 3))
    const taken = await Promise.all(claims)
    const claimed = taken.flatMap(({ things }) => idsOf(things))
    expect([claimed.length, new Set(claimed).size]).toEqual([10, 10])
    expect(new Set(taken.map(({ claim }) => claim)).size).toBe(20)
  })

  test('only so many are claimed as asked for, the longest overdue first, of that integration', async () => {
    const late = await sample.approved(store(), {}, at(20))
    const early = await sample.approved(store(), {}, at(10))
    await sample.approved(store(), { integration: sample.otherVault }, at(5))
    const claim = async () => (await sample.claimGrants(store(), 30, 60, 1)).things
    expect([idsOf(await claim()), idsOf(await claim()), await claim()]).toEqual([idsOf([early]), idsOf([late]), []])
  })

  test('a commit ends the claim that it names, and no other', async () => {
    const loaded = await sample.approved(store())
    const slow = await sample.claimGrants(store(), 10, 5)
    const { claim } = await sample.claimGrants(store(), 15)
    const revoked = evolve(sample.grantOf(loaded), { kind: 'revoke-asked', because: 'revoked' }, at(20))
    await sample.mustCommit(store(), { request: loaded.request, grant: revoked, audit: [] })
    expect((await sample.claimGrants(store(), 20)).things).toEqual([])
    const release = async (name: Claim) => {
      const { request } = await sample.reload(store(), loaded.request)
      await sample.mustCommit(store(), { request, audit: [], release: name })
    }
    await release(slow.claim) // by whoever held it before and was too slow
    expect((await sample.claimGrants(store(), 20)).things).toEqual([])
    await release(claim)
    const now = await sample.reload(store(), loaded.request)
    expect(idsOf((await sample.claimGrants(store(), 20)).things)).toEqual(idsOf([now]))
  })

  test('an account is drawn once and lent to one at a time', async () => {
    const names = ['first', 'second', 'third']
    const draw = () => names.shift() ?? 'too many'
    const take = (now: number, by = sample.ada, where = sample.vault.id) =>
      sample.claimAccount(store(), now, 30, { by, at: where, draw })
    const claim = async (...of: Parameters<typeof take>) => (await take(...of))?.account
    const slow = sample.present(await take(0))
    expect([slow.account, await claim(1), await claim(1, sample.grace)]).toEqual(['first', undefined, 'second'])
    const now = sample.present(await take(30))
    expect(now.account).toBe('first')
    await store().releaseAccount(slow.held) // by whoever held it before and was too slow
    expect(await claim(31)).toBeUndefined()
    await store().releaseAccount(now.held)
    expect(await claim(31)).toBe('first')
    expect(await claim(31, sample.ada, sample.otherVault.id)).toBe('third')
    await store().releaseClaims()
    expect([await claim(32), await claim(32, sample.grace)]).toEqual(['first', 'second'])
    expect(await store().accounts(sample.vault.id)).toEqual([
      { person: sample.ada, name: 'first' },
      { person: sample.grace, name: 'second' },
    ])
  })

  test('a forgotten account is drawn anew', async () => {
    const claim = async (name: string) => (await sample.claimAccount(store(), 0, 30, { draw: () => name }))?.account
    expect(await claim('first')).toBe('first')
    await store().forgetAccount(mine)
    expect(await store().accounts(sample.vault.id)).toEqual([])
    expect(await claim('second')).toBe('second')
  })

  test('of many who claim one account at once, one gets it', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => sample.claimAccount(store(), 0)))
    expect(answers.filter((answer) => answer?.account === 'name')).toHaveLength(1)
  })

  test('names are saved only while the account is held, and added whoever holds it', async () => {
    const grant = sample.grantOf(await sample.activated(store()))
    const { held: slow } = sample.present(await sample.claimAccount(store(), 0))
    expect(await store().isHeld(slow)).toBe(true)
    const { held } = sample.present(await sample.claimAccount(store(), 31))
    expect(await store().saveHandle(grant.id, { policies: ['lost'] }, slow)).toBe(false)
    expect([await store().isHeld(slow), await store().isHeld(held)]).toEqual([false, true])
    await store().keepNames(grant.id, (stored) => ({ ...stored, added: 'name' }))
    expect((await store().requestOfGrant(grant.id))?.grant?.handle).toEqual({ ...sample.handled, added: 'name' })
  })

  test('a first message is noted though its claim was released meanwhile, unless somebody took the card', async () => {
    const cards = [1, 2].map(() =>
      sample.card({ audience: 'notice', notice: { about: 'directory-rejected', problem: 'no such group' } }),
    )
    await store().addCards(cards)
    const { claim: released } = await sample.claimCards(store(), 0)
    await store().releaseClaims()
    const [taken] = (await sample.claimCards(store(), 0, 60, 1)).things
    const free = cards.find(({ id }) => id !== taken?.id)
    if (!taken || !free) throw new Error('one of two was taken')
    const message = { conversation: 'D1', message: '1' }
    const outcome = { kind: 'rendered', revision: 1, message } as const
    expect(await store().recordCard(free.id, { kind: 'failed', retryAt: at(0) }, released)).toBe(false)
    expect(await store().recordCard(free.id, outcome, released)).toBe(true)
    expect(await store().recordCard(free.id, outcome, released)).toBe(false)
    expect(await store().recordCard(taken.id, outcome, released)).toBe(false)
    expect([(await store().card(free.id))?.message, (await store().card(taken.id))?.message]).toEqual([
      message,
      undefined,
    ])
  })
}
