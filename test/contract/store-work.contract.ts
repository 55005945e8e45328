import { expect, test } from 'vitest'
import { evolve } from '../../src/domain/grant.ts'
import type { Timestamp } from '../../src/domain/time.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample
const mine = { integration: sample.vault.id, person: sample.ada }

/** Claims on grants and accounts. */
export function workContract(store: Current): void {
  test('a due grant is claimed once, with its attempt counted, until the claim runs out', async () => {
    const { request } = await sample.approved(store(), {}, at(10))
    const claim = (now: number) => store().claimGrants(sample.vault.id, at(now), at(now + 60), 9)
    expect(await claim(9)).toEqual([])
    const [first] = await claim(10)
    expect([first?.request.id, first?.grant?.attempts]).toEqual([request.id, 1])
    expect(first).toEqual(await sample.reload(store(), request))
    expect(await claim(69)).toEqual([])
    const [second] = await claim(70)
    expect(second?.grant?.attempts).toBe(2)
  })

  test('of many who claim at once, each grant goes to one', async () => {
    for (let count = 0; count < 10; count++) await sample.approved(store())
    const claims = Array.from({ length: 20 }, () => store().claimGrants(sample.vault.id, at(10), at(70), 3))
    const claimed = (await Promise.all(claims)).flatMap(idsOf)
    expect([claimed.length, new Set(claimed).size]).toEqual([10, 10])
  })

  test('only so many are claimed as asked for, the longest overdue first, of that integration', async () => {
    const late = await sample.approved(store(), {}, at(20))
    const early = await sample.approved(store(), {}, at(10))
    await sample.approved(store(), { integration: sample.otherVault }, at(5))
    const claim = () => store().claimGrants(sample.vault.id, at(30), at(90), 1)
    expect([idsOf(await claim()), idsOf(await claim()), await claim()]).toEqual([idsOf([early]), idsOf([late]), []])
  })

  test('a commit ends the claim that it names, and no other', async () => {
    const loaded = await sample.approved(store())
    await store().claimGrants(sample.vault.id, at(10), at(70), 9)
    const revoked = evolve(sample.grantOf(loaded), { kind: 'revoke-asked', because: 'revoked' }, at(20))
    await sample.mustCommit(store(), { request: loaded.request, grant: revoked, audit: [] })
    expect(await store().claimGrants(sample.vault.id, at(20), at(80), 9)).toEqual([])
    const release = async (claim: Timestamp) => {
      const { request } = await sample.reload(store(), loaded.request)
      await sample.mustCommit(store(), { request, audit: [], release: claim })
    }
    await release(at(69)) // by whoever held it before and was too slow
    expect(await store().claimGrants(sample.vault.id, at(20), at(80), 9)).toEqual([])
    await release(at(70))
    const now = await sample.reload(store(), loaded.request)
    expect(idsOf(await store().claimGrants(sample.vault.id, at(20), at(80), 9))).toEqual(idsOf([now]))
  })

  test('an account is drawn once and lent to one at a time', async () => {
    const names = ['first', 'second', 'third']
    const claim = (now: number, who = sample.ada, where = sample.vault.id) =>
      store().claimAccount(
        { integration: where, person: who },
        () => names.shift() ?? 'too many',
        at(now),
        at(now + 30),
      )
    expect([await claim(0), await claim(1), await claim(1, sample.grace)]).toEqual(['first', undefined, 'second'])
    expect(await claim(30)).toBe('first')
    await store().releaseAccount(mine, at(30)) // by whoever held it before and was too slow
    expect(await claim(31)).toBeUndefined()
    await store().releaseAccount(mine, at(60))
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
    const claim = (name: string) => store().claimAccount(mine, () => name, at(0), at(30))
    expect(await claim('first')).toBe('first')
    await store().forgetAccount(mine)
    expect(await store().accounts(sample.vault.id)).toEqual([])
    expect(await claim('second')).toBe('second')
  })

  test('of many who claim one account at once, one gets it', async () => {
    const claim = () => store().claimAccount(mine, () => 'name', at(0), at(30))
    const answers = await Promise.all(Array.from({ length: 20 }, claim))
    expect(answers.filter((answer) => answer === 'name')).toHaveLength(1)
  })

  test('names are saved only while the account is held, and added whoever holds it', async () => {
    const grant = sample.grantOf(await sample.activated(store()))
    await store().claimAccount(mine, () => 'name', at(0), at(30))
    await store().claimAccount(mine, () => 'name', at(31), at(61))
    const slow = { of: mine, claim: at(30) }
    expect(await store().saveHandle(grant.id, { policies: ['lost'] }, slow)).toBe(false)
    expect([await store().isHeld(slow), await store().isHeld({ of: mine, claim: at(61) })]).toEqual([false, true])
    await store().keepNames(grant.id, (stored) => ({ ...stored, added: 'name' }))
    expect((await store().requestOfGrant(grant.id))?.grant?.handle).toEqual({ ...sample.handled, added: 'name' })
  })
}
