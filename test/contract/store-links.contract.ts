import { expect, test } from 'vitest'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample

/** One-time links, and the names behind their credentials. */
export function linksContract(store: Current): void {
  const held = async (now: number) => sample.present(await sample.claimAccount(store(), now))
  test('a link is stored open and read back by its hash', async () => {
    const loaded = await sample.activated(store())
    const link = sample.link(loaded, 'hash', at(30))
    await store().openLink(link, [])
    expect(await store().link({ hash: 'hash' })).toEqual(link)
    expect(await store().link({ hash: 'other' })).toBeUndefined()
  })

  test('a new link replaces the open ones of its grant and no others', async () => {
    const mine = await sample.activated(store())
    const theirs = await sample.activated(store(), { by: sample.linus })
    await store().openLink(sample.link(theirs, 'theirs', at(30)), [])
    for (const hash of ['one', 'two']) {
      const now = await sample.reload(store(), mine.request)
      await store().openLink(sample.link(now, hash, at(30)), [])
    }
    const states = await Promise.all(
      ['one', 'two', 'theirs'].map(async (hash) => (await store().link({ hash }))?.state),
    )
    expect(states).toEqual(['replaced', 'open', 'open'])
    expect(await store().redeem('one', 'browser', at(31))).toBe(false)
  })

  test('of twenty who redeem a link at once, one wins', async () => {
    const loaded = await sample.activated(store())
    await store().openLink(sample.link(loaded, 'hash', at(30)), [])
    const tries = Array.from({ length: 20 }, (_, each) => store().redeem('hash', `browser-${each}`, at(31)))
    const answers = await Promise.all(tries)
    expect(answers.filter(Boolean)).toHaveLength(1)
    const winner = { state: 'redeemed', redeemedAt: at(31), browser: `browser-${answers.indexOf(true)}` }
    expect(await store().link({ hash: 'hash' })).toMatchObject(winner)
  })

  test('a step of the mint is written whole, or not at all with the reason', async () => {
    const loaded = await sample.activated(store())
    const grant = sample.grantOf(loaded)
    const { held: lost } = await held(0)
    const { held: now } = await held(30)
    const [older, newer] = [sample.link(loaded, 'older', at(30)), sample.link(loaded, 'newer', at(32))]
    const about = { grant: grant.id, held: now, now: at(33), audit: [sample.event()] }
    const step = { ...about, link: older.id, to: 'drawn', handle: { policies: ['a'] } } as const
    for (const link of [older, newer]) {
      await store().openLink(link, [])
      await store().redeem(link.hash, 'browser', at(33))
    }
    expect(await store().mint({ ...step, held: lost })).toBe('lost')
    expect(await store().mint({ ...step, now: at(920) })).toBe('over')
    expect((await sample.reload(store(), loaded.request)).grant?.handle).toEqual(sample.handled)
    expect(await store().mint({ ...step, to: 'issued' })).toBe('done')
    expect(await store().mint({ ...step, link: newer.id, to: 'issued', handle: { policies: ['b'] } })).toBe('done')
    expect((await sample.reload(store(), loaded.request)).grant?.handle).toEqual({ policies: ['b'] })
    expect((await store().link({ hash: 'older' }))?.credential).toEqual({ state: 'superseded', since: at(33) })
    expect(await store().linksInUse(grant.id)).toMatchObject([{ id: newer.id, credential: { state: 'issued' } }])
    const { request } = await sample.reload(store(), loaded.request)
    await sample.mustCommit(store(), { request, audit: [], alarm: { link: newer.id, how: 'reported', at: at(34) } })
    expect(await store().mint({ ...step, link: newer.id })).toBe('misused')
    const changed = await sample.reload(store(), loaded.request)
    const withdrawn = { request: changed.request, audit: [], withdrawn: at(35), held: now }
    expect(await store().commit({ ...withdrawn, held: lost })).toBe('conflict')
    await sample.mustCommit(store(), withdrawn)
    expect(await store().linksInUse(grant.id)).toEqual([])
    expect(await store().link({ hash: 'newer' })).toMatchObject({
      misusedAt: at(34),
      credential: { state: 'withdrawn' },
    })
  })

  test('a used link that gave nothing is redeemed again by its own browser, once, and never after an alarm', async () => {
    const loaded = await sample.activated(store())
    const link = sample.link(loaded, 'hash', at(30))
    await store().openLink(link, [])
    expect(await store().letAgain(link.id, at(31))).toBe(false)
    const tryAgain = (browser: string) => store().redeem('hash', browser, at(32))
    for (let turn = 0; turn < 2; turn += 1) {
      expect([await tryAgain('hers'), await tryAgain('hers')]).toEqual([turn === 0, false])
      expect(await store().letAgain(link.id, at(31))).toBe(true)
      expect([await tryAgain('theirs'), await tryAgain('hers'), await tryAgain('hers')]).toEqual([false, true, false])
      expect(await store().letAgain(link.id, at(31))).toBe(true)
      expect(await tryAgain('hers')).toBe(true)
    }
    expect(await store().letAgain(link.id, at(31))).toBe(true)
    expect(await store().redeem('hash', 'hers', link.expiresAt)).toBe(false)
    const alarm = { link: link.id, how: 'reported', at: at(33) } as const
    await store().commit({ request: (await sample.reload(store(), loaded.request)).request, audit: [], alarm })
    expect([await tryAgain('hers'), await store().letAgain(link.id, at(34))]).toEqual([false, false])
  })

  test('a used link that gave nothing is spent for good once its grant has a newer link', async () => {
    const loaded = await sample.activated(store())
    const open = async (hash: string) => {
      const link = sample.link(loaded, hash, at(30))
      await store().openLink(link, [])
      return link
    }
    const [waiting, refused] = [await open('waiting'), await open('refused')]
    await store().redeem('refused', 'hers', at(31))
    expect(await store().letAgain(refused.id, at(31))).toBe(true)
    const tried = await open('tried')
    expect(await store().link({ hash: 'refused' })).not.toHaveProperty('unspentAt')
    expect(await store().redeem('refused', 'hers', at(32))).toBe(false)
    // The newer link is opened while the vault still refuses the older one.
    await store().redeem('tried', 'hers', at(32))
    const newest = await open('newest')
    for (const { id } of [waiting, refused, tried]) expect(await store().letAgain(id, at(33))).toBe(false)
    expect(await store().redeem('tried', 'hers', at(33))).toBe(false)
    await store().redeem('newest', 'hers', at(33))
    expect(await store().letAgain(newest.id, at(33))).toBe(true)
    expect(await store().redeem('newest', 'hers', at(34))).toBe(true)
  })

  test('a credential in its wrapping is due at its look, moves once, and nobody got it when nobody opened it', async () => {
    const loaded = await sample.activated(store())
    const link = sample.link(loaded, 'hash', at(30))
    await store().openLink(link, [])
    await store().redeem('hash', 'browser', at(31))
    const about = { link: link.id, grant: link.grant, held: (await held(30)).held, now: at(32), audit: [] }
    const wrapping = { integration: sample.vault.id, lookAt: at(50), spendBy: at(60) }
    await store().mint({ ...about, to: 'drawn', handle: { policies: ['a'] } })
    expect(await store().wrapping(link.id)).toBeUndefined()
    await store().mint({ ...about, to: 'issued', handle: { policies: ['a'] }, wrapping })
    const noted = { ...wrapping, link: link.id, grant: link.grant, state: 'waiting' }
    expect(await store().wrapping(link.id)).toEqual(noted)
    expect(await store().nextWrapping(sample.vault.id)).toBe(at(50))
    expect(await store().dueWrappings(sample.vault.id, at(49))).toEqual([])
    expect(await store().dueWrappings(sample.vault.id, at(50))).toEqual([noted])
    expect(await store().dueWrappings(sample.otherVault.id, at(50))).toEqual([])
    const move = (from: 'waiting' | 'closed', to: 'closed' | 'unopened') =>
      store().moveWrapping(link.id, { from, to, lookAt: at(51), now: at(52), audit: [sample.event()] })
    expect(await store().wasFetched(link.grant)).toBe(true)
    expect([await move('closed', 'unopened'), await move('waiting', 'closed')]).toEqual([false, true])
    const before = await sample.reload(store(), loaded.request)
    const answers = await Promise.all([move('closed', 'unopened'), move('closed', 'unopened')])
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await store().wasFetched(link.grant)).toBe(false)
    expect((await store().link({ id: link.id }))?.credential).toEqual({ state: 'withdrawn', since: at(52) })
    expect((await sample.reload(store(), loaded.request)).request.revision).toBe(before.request.revision + 1)
    expect(await store().nextWrapping(sample.vault.id)).toBeUndefined()
  })

  test('a link whose newer one led to a credential draws no names, and a link of another grant does', async () => {
    const [loaded, other] = [await sample.activated(store()), await sample.activated(store(), { by: sample.linus })]
    const { held: now } = await held(30)
    const [older, newer] = [sample.link(loaded, 'older', at(30)), sample.link(loaded, 'newer', at(31))]
    const theirs = sample.link(other, 'theirs', at(30))
    for (const link of [theirs, older, newer]) {
      await store().openLink(link, [])
      await store().redeem(link.hash, 'browser', at(32))
    }
    const about = { to: 'drawn', held: now, now: at(33), audit: [] } as const
    const draw = ({ id, grant }: typeof older, policy: string) =>
      store().mint({ ...about, link: id, grant, handle: { policies: [policy] } })
    expect([await draw(newer, 'b'), await draw(older, 'a'), await draw(theirs, 'c')]).toEqual(['done', 'lost', 'done'])
    expect((await sample.reload(store(), loaded.request)).grant?.handle).toEqual({ policies: ['b'] })
    expect(await store().link({ hash: 'older' })).not.toHaveProperty('credential')
  })

  test('a link under which names are drawn after all is not tried again', async () => {
    const loaded = await sample.activated(store())
    const link = sample.link(loaded, 'hash', at(30))
    await store().openLink(link, [])
    await store().redeem('hash', 'hers', at(31))
    await store().letAgain(link.id, at(32))
    const about = { link: link.id, grant: link.grant, held: (await held(30)).held, now: at(33), audit: [] }
    expect(await store().mint({ ...about, to: 'drawn', handle: { policies: ['a'] } })).toBe('done')
    expect(await store().redeem('hash', 'hers', at(34))).toBe(false)
  })

  test('a link is not redeemed once it has expired, nor when its grant is no longer active', async () => {
    const loaded = await sample.activated(store())
    const link = sample.link(loaded, 'hash', at(30))
    await store().openLink(link, [])
    expect(await store().redeem('hash', 'browser', link.expiresAt)).toBe(false)
    const now = await sample.reload(store(), loaded.request)
    await sample.mustCommit(store(), sample.after(now, { kind: 'revoke-asked', because: 'revoked' }, at(40)))
    expect(await store().redeem('hash', 'browser', at(41))).toBe(false)
    expect(await store().link({ hash: 'hash' })).toEqual(link)
    expect(await store().redeem('none', 'browser', at(41))).toBe(false)
  })

  test('a link is not redeemed after the end of its grant, even if nobody has ended it yet', async () => {
    const loaded = await sample.activated(store(), {}, at(20))
    await store().openLink(sample.link(loaded, 'hash', at(919)), [])
    expect(await store().redeem('hash', 'browser', at(920))).toBe(false)
    expect(await store().redeem('hash', 'browser', at(919.9))).toBe(true)
  })
}
