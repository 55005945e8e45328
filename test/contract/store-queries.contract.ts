import { expect, test } from 'vitest'
import type { Grant } from '../../src/domain/grant.ts'
import { grantId, personId, requestId, resourceId } from '../../src/domain/ids.ts'
import type { Party } from '../../src/domain/integration.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample

/** Which requests are found. */
export function queriesContract(store: Current): void {
  test('what was never stored is not found', async () => {
    expect(await store().request(requestId('none'))).toBeUndefined()
    expect(await store().requestByDraft('none')).toBeUndefined()
    expect(await store().requestOfGrant(grantId('none'))).toBeUndefined()
    expect(await store().requestsOf(personId('none'), 9)).toEqual([])
    expect(await store().requestsFor(resourceId('none'))).toEqual([])
    expect(await store().liveAt(sample.vault.id)).toEqual([])
    expect(await store().pendingPast(at(9_999_999))).toEqual([])
    expect(await store().nextDue([sample.vault.id])).toBeUndefined()
  })

  test('everybody whom a request ever named stays named: who asked, was asked by name, decided or ended it', async () => {
    const named = (key: string) => store().wasNamed(personId(key))
    expect([await named('ada'), await named('grace'), await named('bob')]).toEqual([false, false, false])
    await sample.submitted(store(), { routes: ['person:bob'] })
    await sample.submitted(store(), { routes: ['group:platform'] })
    expect([await named('ada'), await named('bob'), await named('platform')]).toEqual([true, true, false])
    await sample.approved(store())
    expect(await named('grace')).toBe(true)
  })

  test("a person's open requests all come first, then the newest others up to the limit", async () => {
    const old = await sample.activated(store(), { now: at(0) })
    const past = [
      await sample.ended(store(), { now: at(1) }),
      await sample.ended(store(), { now: at(2) }),
      await sample.ended(store(), { now: at(3) }),
    ]
    const fresh = await sample.submitted(store(), { now: at(4) })
    await sample.submitted(store(), { by: sample.linus, now: at(5) })
    const newest = past.map(({ request }) => request.id).reverse()
    const open = [fresh.request.id, old.request.id]
    expect(idsOf(await store().requestsOf(sample.ada, 4))).toEqual([...open, ...newest.slice(0, 2)])
    expect(idsOf(await store().requestsOf(sample.ada, 99))).toEqual([...open, ...newest])
    expect(idsOf(await store().requestsOf(sample.ada, 1))).toEqual(open)
  })

  test('a resource finds the pending requests and live grants that name it, among all of their items', async () => {
    const items = [sample.item('a'), sample.item('b')] as const
    const pending = await sample.submitted(store(), { items })
    const by = sample.linus
    const live = await sample.activated(store(), { by, items: [sample.item('b')] })
    await sample.ended(store(), { by, items })
    const denied = await sample.submitted(store(), { by, items })
    await sample.mustCommit(store(), sample.denial(denied.request))
    expect(new Set(idsOf(await store().requestsFor(sample.item('b').resource)))).toEqual(
      new Set(idsOf([pending, live])),
    )
    expect(idsOf(await store().requestsFor(sample.item('a').resource))).toEqual(idsOf([pending]))
  })

  test('an owner finds the pending requests of others that ask them, the earliest deadline first', async () => {
    const filter = { besides: sample.linus, after: at(1), skip: 0, limit: 9 }
    const asking = async (more: Partial<typeof filter> = {}, ...parties: readonly Party[]) =>
      idsOf(await store().requestsAsking(parties, { ...filter, ...more }))
    const late = await sample.submitted(store(), { now: at(5) })
    const early = await sample.submitted(store(), { now: at(4) })
    const own = await sample.submitted(store(), { by: sample.linus, now: at(3) })
    const denied = await sample.submitted(store(), { by: sample.grace })
    await sample.mustCommit(store(), sample.denial(denied.request, sample.linus))
    const both = ['group:platform', 'person:linus'] as const
    expect(await asking({}, ...both)).toEqual(idsOf([early, late]))
    expect(await asking({ besides: sample.ada }, ...both)).toEqual(idsOf([own]))
    expect(await asking({ skip: 1 }, 'person:linus')).toEqual(idsOf([late]))
    expect(await asking({ limit: 1 }, 'person:linus')).toEqual(idsOf([early]))
    expect(await asking({ after: at(604) }, ...both)).toEqual(idsOf([late]))
    expect(await asking({}, 'group:other')).toEqual([])
    expect(await asking({})).toEqual([])
  })

  test('a request that changed hands waits for the new owners alone', async () => {
    const { request } = await sample.submitted(store())
    const requirements = [{ owners: ['group:other'], approvals: 1, by: 'tag' }] as const
    await sample.mustCommit(store(), { request: { ...request, requirements }, audit: [] })
    const filter = { besides: sample.linus, after: at(0), skip: 0, limit: 9 }
    expect(await store().requestsAsking(['group:platform'], filter)).toEqual([])
    expect(idsOf(await store().requestsAsking(['group:other'], filter))).toEqual([request.id])
  })

  test('one resource with two permissions is found once', async () => {
    const twice = await sample.submitted(store(), {
      items: [sample.item('a'), { ...sample.item('a'), permission: 'write' }],
    })
    expect(idsOf(await store().requestsFor(sample.item('a').resource))).toEqual(idsOf([twice]))
  })

  test('an ended grant whose access turns up after all is open again', async () => {
    const gone = await sample.ended(store())
    await sample.mustCommit(store(), sample.after(gone, { kind: 'provisioned', handle: sample.handled }, at(40)))
    const found = [
      await store().requestsFor(sample.item('apps/db').resource),
      await store().liveAt(sample.vault.id),
      await store().requestsOf(sample.ada, 0),
      (await sample.claimGrants(store(), 40)).things,
    ]
    expect(found.map(idsOf)).toEqual(found.map(() => [gone.request.id]))
  })

  test('live grants are found per integration', async () => {
    const here = [await sample.approved(store()), await sample.activated(store())]
    const there = await sample.activated(store(), { integration: sample.otherVault })
    await sample.ended(store())
    await sample.submitted(store())
    expect(new Set(idsOf(await store().liveAt(sample.vault.id)))).toEqual(new Set(idsOf(here)))
    expect(idsOf(await store().liveAt(sample.otherVault.id))).toEqual(idsOf([there]))
  })

  test('active grants whose time is up are found per integration, also while something else is owed for them', async () => {
    const one = await sample.activated(store())
    const withdrawing = await sample.activated(store(), { now: at(1) })
    await sample.mustCommit(store(), sample.after(withdrawing, { kind: 'withdraw-asked' }, at(30)))
    const over = await sample.activated(store(), { now: at(2) })
    await sample.mustCommit(store(), sample.after(over, { kind: 'revoke-asked', because: 'revoked' }, at(30)))
    await sample.activated(store(), { integration: sample.otherVault })
    const { grant } = one
    const end = grant?.state === 'active' ? grant.expiresAt : at(0)
    expect(await store().overdue(sample.vault.id, timestamp(end - 1))).toEqual([])
    expect(idsOf(await store().overdue(sample.vault.id, at(10_000_000)))).toEqual(idsOf([one, withdrawing]))
  })

  test('grants of which the holder must be told that the end is near are found, the earliest first, until that is noted', async () => {
    const later = await sample.activated(store(), { now: at(1) }, at(21))
    const earlier = await sample.activated(store(), { now: at(0), integration: sample.otherVault })
    const lapsed = await sample.activated(store())
    const why = 'requester-removed'
    await sample.mustCommit(store(), sample.after(lapsed, { kind: 'lapsed', why }, at(25)))
    expect([await store().nextToTell(), await store().toTell(at(829))]).toEqual([at(830), []])
    expect(await store().toTell(at(831))).toEqual([earlier, later])
    const { tellAt: _, ...grant } = sample.grantOf(earlier) as Grant & { state: 'active' }
    await sample.mustCommit(store(), { request: earlier.request, grant, audit: [] })
    expect([await store().nextToTell(), sample.idsOf(await store().toTell(at(9_999)))]).toEqual([
      at(831),
      sample.idsOf([later]),
    ])
  })

  test('requests whose deadline has come are found, the earliest first', async () => {
    const later = await sample.submitted(store(), { now: at(5) })
    const earlier = await sample.submitted(store(), { now: at(0) })
    await sample.activated(store(), { now: at(0) })
    expect(await store().pendingPast(at(599))).toEqual([])
    expect(await store().pendingPast(at(600))).toEqual([earlier.request])
    expect(await store().pendingPast(at(605))).toEqual([earlier.request, later.request])
  })

  test('grants that are owed a step and do not say what is wrong now are found, of one integration', async () => {
    const fresh = await sample.approved(store())
    const ending = await sample.activated(store())
    await sample.mustCommit(store(), sample.after(ending, { kind: 'revoke-asked', because: 'revoked' }, at(30)))
    await sample.activated(store())
    await sample.ended(store())
    await sample.approved(store(), { integration: sample.otherVault })
    expect(new Set(await store().unexplained(sample.vault.id, 'sealed'))).toEqual(
      new Set([sample.grantOf(fresh).id, sample.grantOf(ending).id]),
    )
    const waits = { kind: 'must-wait', since: at(35), code: 'sealed' } as const
    for (const each of [fresh, ending]) {
      await sample.mustCommit(store(), sample.after(await sample.reload(store(), each.request), waits, at(40)))
    }
    expect(await store().unexplained(sample.vault.id, 'sealed')).toEqual([])
    expect(await store().unexplained(sample.vault.id, 'bad-credentials')).toHaveLength(2)
    expect((await sample.reload(store(), fresh.request)).grant?.trouble).toEqual({ since: at(35), code: 'sealed' })
    const alarming = { since: at(35), code: 'sealed', alerted: true }
    expect((await sample.reload(store(), ending.request)).grant?.trouble).toEqual(alarming)
  })

  test('an outage is known until its end is told, and its beginning stays', async () => {
    await store().beginOutage(sample.vault.id, { since: at(10), code: 'sealed' })
    await store().beginOutage(sample.vault.id, { since: at(20), code: 'timeout' })
    expect(await store().outages()).toEqual([{ integration: sample.vault.id, since: at(10), code: 'sealed' }])
    const news = { about: 'vault-back', integration: sample.vault.id, since: at(10), count: 0, code: 'sealed' } as const
    await store().endOutage(sample.vault.id, [sample.card({ audience: 'notice', notice: news })])
    expect(await store().outages()).toEqual([])
    expect((await sample.claimCards(store(), 30)).things).toMatchObject([{ notice: news }])
  })

  test('what a vault gave up is known until it is gone, with the news of both', async () => {
    const lease = { lease: 'database/creds/app/x', path: 'database/app', reason: 'it owns a table', command: 'revoke' }
    const news = { about: 'lease-stuck', integration: sample.vault.id, path: lease.path, count: 1 } as const
    const told = {
      audit: [sample.event()],
      cards: [
        sample.card({ audience: 'notice', notice: { ...news, reason: lease.reason, commands: [lease.command] } }),
      ],
    }
    await store().saveStuckLeases(sample.vault.id, [{ ...lease, since: at(10) }], told)
    expect(await store().stuckLeases(sample.vault.id)).toEqual([{ ...lease, since: at(10) }])
    expect((await sample.claimCards(store(), 30)).things).toMatchObject([{ notice: news }])
    await store().saveStuckLeases(sample.vault.id, [], { audit: [], cards: [] })
    expect(await store().stuckLeases(sample.vault.id)).toEqual([])
  })

  test('the next due moment is the earliest of deadlines, unclaimed grants and claims that run out', async () => {
    await sample.submitted(store(), { now: at(0) })
    expect(await store().nextDue([sample.vault.id])).toBe(at(600))
    const { request } = await sample.activated(store(), { now: at(0) }, at(20))
    expect(await store().nextDue([sample.vault.id])).toBe(at(600))
    const { grant } = await sample.approved(store(), {}, at(30))
    expect(await store().nextDue([sample.vault.id])).toBe(at(30))
    const { claim, things } = await sample.claimGrants(store(), 30)
    const [claimed] = things
    expect(claimed?.grant?.id).toBe(sample.present(grant).id)
    expect(await store().nextDue([sample.vault.id])).toBe(at(90))
    await sample.mustCommit(store(), { ...sample.present(claimed), audit: [], release: claim })
    expect(await store().nextDue([sample.vault.id])).toBe(at(30))
    expect((await sample.reload(store(), request)).grant?.dueAt).toBe(at(920))
  })

  test('what is due at integrations that are not asked for does not count, deadlines do', async () => {
    const { vault, otherVault } = sample
    await sample.approved(store(), { integration: otherVault }, at(30))
    expect(await store().nextDue([vault.id])).toBeUndefined()
    expect(await store().nextDue([])).toBeUndefined()
    await sample.approved(store(), {}, at(40))
    expect(await store().nextDue([vault.id])).toBe(at(40))
    expect(await store().nextDue([vault.id, otherVault.id])).toBe(at(30))
    await sample.claimGrants(store(), 30, 5, 9, otherVault.id)
    expect(await store().nextDue([otherVault.id])).toBe(at(35))
    expect(await store().nextDue([vault.id])).toBe(at(40))
    await sample.submitted(store(), { now: at(0), integration: otherVault })
    expect(await store().nextDue([])).toBe(at(600))
  })

  test('the instance has one id for good', async () => {
    const id = await store().instance()
    expect(id).not.toBe('')
    expect(await store().instance()).toBe(id)
  })
}
