import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seconds, type Timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { eventually } from '../support/eventually.ts'
import * as sample from './store-samples.ts'

const { at, databaseClock, idsOf } = sample

/**
 * What a store must do for processes that share it. `open` opens one and the same database each time, which is empty the
 * first time after `fresh`; `now` is its clock.
 */
export function sharedContract(name: string, fresh: () => (now: () => Timestamp) => Promise<Store>): void {
  describe(`two processes that share a store, ${name},`, () => {
    const opened: Store[] = []
    let open: () => Promise<Store>
    let one: Store
    let other: Store
    beforeEach(async () => {
      databaseClock.now = at(0)
      const openWith = fresh()
      open = async () => {
        const store = await openWith(() => databaseClock.now)
        opened.push(store)
        return store
      }
      one = await open()
      other = await open()
    })
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })
    const all = async () => ({
      grants: (await sample.claimGrants(one, 10, 600)).things.length,
      cards: (await sample.claimCards(one, 10, 600)).things.length,
      account: (await sample.claimAccount(one, 10, 600))?.account,
      lease: await one.lease('drift', seconds(600)),
    })
    /** What is free for the other one, a moment later. */
    const free = async (now: number) => ({
      grants: (await sample.claimGrants(other, now, 1)).things.length,
      cards: (await sample.claimCards(other, now, 1)).things.length,
      account: (await sample.claimAccount(other, now, 1))?.account,
      lease: await other.lease('drift', seconds(1)),
    })
    const everything = { grants: 1, cards: 1, account: 'name', lease: true }
    const nothing = { grants: 0, cards: 0, account: undefined, lease: false }
    /** A due grant, a card that is out of date and an account. */
    const setUp = async () => {
      const { request } = await sample.approved(one, {}, at(10))
      const card = sample.card({ request: request.id })
      await one.addCards([card])
      return { request, card }
    }

    test('each claim is held by one of them', async () => {
      const { request } = await sample.submitted(one)
      await one.addCards(Array.from({ length: 10 }, () => sample.card({ request: request.id })))
      for (let count = 0; count < 10; count += 1) await sample.approved(one)
      const both = Array.from({ length: 20 }, (_, each) => (each % 2 === 0 ? one : other))
      const grants = await Promise.all(both.map((store) => sample.claimGrants(store, 10, 60, 3)))
      const cards = await Promise.all(both.map((store) => sample.claimCards(store, 10, 60, 3)))
      const accounts = await Promise.all(both.map((store) => sample.claimAccount(store, 10)))
      const leases = await Promise.all([one, other].map((store) => store.lease('drift', seconds(60))))
      const taken = [
        grants.flatMap(({ things }) => idsOf(things)),
        cards.flatMap(({ things }) => things.map(({ id }) => id)),
      ]
      for (const ids of taken) expect([ids.length, new Set(ids).size]).toEqual([10, 10])
      expect(accounts.filter((account) => account !== undefined)).toHaveLength(1)
      expect(leases.filter(Boolean)).toHaveLength(1)
      expect(new Set([...grants, ...cards].map(({ claim }) => claim)).size).toBe(40)
    })

    test('one that starts, stops or gives back its own frees nothing of the other’s', async () => {
      await setUp()
      expect(await all()).toEqual(everything)
      const third = await open()
      await third.stayAlive(seconds(20))
      expect(await free(20)).toEqual(nothing)
      await third.releaseClaims()
      await other.releaseClaims()
      await third.endLease('drift')
      await third.close()
      expect(await free(21)).toEqual(nothing)
      await one.releaseClaims()
      expect(await free(22)).toEqual(everything)
    })

    test('what one held that says no more that it lives is free, and it writes nothing any more', async () => {
      const { request, card } = await setUp()
      databaseClock.now = at(10)
      await one.stayAlive(seconds(20))
      const grants = await sample.claimGrants(one, 10, 600)
      const cards = await sample.claimCards(one, 10, 600)
      const { held } = sample.present(await sample.claimAccount(one, 10, 600))
      await one.lease('drift', seconds(600))
      databaseClock.now = at(29)
      expect(await other.stayAlive(seconds(20))).toBe(0)
      expect(await free(29)).toEqual(nothing)
      databaseClock.now = at(31)
      expect(await other.stayAlive(seconds(20))).toBe(1)
      expect(await free(31)).toEqual(everything)

      const { grant } = sample.present(grants.things[0])
      expect(await one.isHeld(held)).toBe(false)
      expect(await one.saveHandle(sample.present(grant).id, { policies: ['late'] }, held)).toBe(false)
      const loaded = await sample.reload(one, request)
      expect(await one.commit({ request: loaded.request, audit: [], held })).toBe('conflict')
      const message = { conversation: 'D1', message: 'late' }
      const outcome = { kind: 'rendered', revision: 2, message } as const
      expect(await one.recordCard(card.id, outcome, cards.claim)).toBe(false)
      expect((await one.card(card.id))?.message).toBeUndefined()
      await sample.mustCommit(one, { request: loaded.request, audit: [], release: grants.claim })
      expect((await sample.claimGrants(one, 31)).things).toEqual([]) // the other one holds it
    })

    test('while the database was away nobody said so, so the first that does buries nobody but those who stay silent', async () => {
      await setUp()
      const beat = async (store: Store, now: number) => {
        databaseClock.now = at(now)
        return store.stayAlive(seconds(20))
      }
      await beat(one, 10)
      await beat(other, 11)
      expect(await all()).toEqual(everything)
      expect([await beat(other, 60), await beat(one, 70), await beat(other, 79)]).toEqual([0, 0, 0])
      expect(await free(79)).toEqual(nothing)
      expect([await beat(other, 89), await beat(other, 91)]).toEqual([0, 1])
      expect(await free(91)).toEqual(everything)
    })

    test('one that has just started buries nobody', async () => {
      await setUp()
      databaseClock.now = at(10)
      await one.stayAlive(seconds(20))
      databaseClock.now = at(31)
      expect([await other.stayAlive(seconds(20)), await other.stayAlive(seconds(20))]).toEqual([0, 1])
    })

    test('a lease is held by one until it runs out, is renewed by it alone, and is given back by it alone', async () => {
      const lease = (store: Store, now: number) => {
        databaseClock.now = at(now)
        return store.lease('discovery', seconds(60))
      }
      expect([await lease(one, 0), await lease(other, 1), await lease(one, 50)]).toEqual([true, false, true])
      expect(await lease(other, 109)).toBe(false)
      await other.endLease('discovery')
      expect([await lease(other, 109), await lease(other, 110), await lease(one, 111)]).toEqual([false, true, false])
      await other.endLease('discovery')
      expect(await lease(one, 112)).toBe(true)
    })

    test('the audit log stays one chain while both append to it', async () => {
      const appends = Array.from({ length: 40 }, (_, each) => (each % 2 === 0 ? one : other).audit([sample.event()]))
      await Promise.all(appends)
      expect([await one.verifyAudit(), await other.verifyAudit()]).toEqual([undefined, undefined])
      expect(await one.auditHead()).toEqual(await other.auditHead())
      expect((await one.auditHead()).sequence).toBe(40)
    })

    test('the cursor of a receiver is moved by who read it last, and the end of an outage is told by one', async () => {
      expect(await one.moveAuditCursor('webhook', 0, 5)).toBe(true)
      expect(await other.moveAuditCursor('webhook', 0, 9)).toBe(false)
      expect(await other.auditCursor('webhook')).toBe(5)
      await one.beginOutage(sample.vault.id, { since: at(0), code: 'sealed' })
      const news = () => [sample.card({ audience: 'notice', notice: { about: 'access-missing' } })]
      const told = await Promise.all([one, other].map((store) => store.endOutage(sample.vault.id, news())))
      expect(told.filter(Boolean)).toHaveLength(1)
      expect((await sample.claimCards(one, 10)).things).toHaveLength(1)
    })

    test('forms that ask both for the same thing at the same instant are one request', async () => {
      const items = [sample.item('apps/db')] as const
      const both = Array.from({ length: 10 }, (_, each) => (each % 2 === 0 ? one : other))
      const answers = await Promise.all(both.map((store) => store.commit(sample.submission({ items }))))
      expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1)
      expect(await one.requests({ limit: 9 })).toHaveLength(1)
    })

    test('of presses of one link at both, one wins', async () => {
      const loaded = await sample.activated(one)
      await one.openLink(sample.link(loaded, 'hash', at(30)), [])
      const both = Array.from({ length: 10 }, (_, each) => (each % 2 === 0 ? one : other))
      const answers = await Promise.all(both.map((store, each) => store.redeem('hash', `browser-${each}`, at(31))))
      expect(answers.filter(Boolean)).toHaveLength(1)
    })

    test('each hears that the other wrote, and not what it wrote itself', async () => {
      const stopping = new AbortController()
      const heard = { one: 0, other: 0 }
      const listen = async (who: keyof typeof heard, store: Store) => {
        for await (const _ of store.changes(stopping.signal)) heard[who] += 1
      }
      const listening = [listen('one', one), listen('other', other)]
      await sample.approved(one)
      await eventually(() => heard.other > 0)
      expect(heard.one).toBe(0)
      await other.audit([sample.event()])
      await eventually(() => heard.one > 0)
      stopping.abort()
      await Promise.all(listening)
    })
  })
}
