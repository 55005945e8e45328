import { expect, test } from 'vitest'
import type { CardOutcome } from '../../src/domain/card.ts'
import { type CardId, cardId, requestId } from '../../src/domain/ids.ts'
import type { Claim } from '../../src/domain/lease-memory.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const message = { conversation: 'D1', message: '1700000000.000100' }
const inChannel = { to: 'channel', channel: { platform: 'teams', id: 'C1' } } as const

/** Cards, and the signatures of requests. */
export function chatContract(store: Current): void {
  let held: Claim | undefined
  const claim = async (now = 0, limit = 9) => {
    const taken = await sample.claimCards(store(), now, 60, limit)
    if (taken.things.length > 0) held = taken.claim
    return taken.things
  }
  /** What came of a card, whether it is claimed or not. */
  const record = async (id: CardId, outcome: CardOutcome) =>
    (await store().recordCard(id, outcome, held)) || (await store().recordCard(id, outcome))
  const claimedIds = async (now = 0, limit = 9) => (await claim(now, limit)).map(({ id }) => id)

  test('cards that come with a request are out of date until they have been rendered', async () => {
    const change = sample.submission()
    const card = sample.card({ request: change.request.id })
    await sample.mustCommit(store(), { ...change, cards: [card] })
    expect(await claim()).toEqual([{ ...card, rendered: 0, attempts: 1 }])
    await record(card.id, { kind: 'rendered', revision: 1, message })
    expect(await claim(600)).toEqual([])
  })

  test('a change makes every card of its request out of date, and ten changes make it so once', async () => {
    const { request } = await sample.submitted(store(), { approvals: 9 })
    const [one, two] = [
      sample.card({ request: request.id }),
      sample.card({ request: request.id, audience: 'requester' }),
    ]
    await store().addCards([one, two])
    for (const { id } of await claim()) await record(id, { kind: 'rendered', revision: 1, message })
    expect(await claim()).toEqual([])
    for (let count = 0; count < 10; count++) {
      const now = await sample.reload(store(), request)
      await sample.mustCommit(store(), { request: now.request, audit: [] })
    }
    const stale = { rendered: 1, attempts: 1, message }
    expect(await claim()).toEqual([
      { ...one, ...stale },
      { ...two, ...stale },
    ])
    await record(one.id, { kind: 'rendered', revision: 11, message })
    await record(two.id, { kind: 'rendered', revision: 10, message })
    expect(await claimedIds()).toEqual([two.id])
  })

  test('a change of another request leaves a card alone', async () => {
    const { request } = await sample.submitted(store())
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    await record(card.id, { kind: 'rendered', revision: 1, message })
    await sample.approved(store())
    expect(await claim()).toEqual([])
  })

  test('a claimed card is not claimed again until the claim runs out', async () => {
    const card = sample.card({ audience: 'notice', notice: { about: 'access-missing' } })
    await store().addCards([card])
    expect([await claimedIds(0), await claimedIds(59), await claimedIds(60)]).toEqual([[card.id], [], [card.id]])
  })

  test('of many who claim at once, each card goes to one', async () => {
    const { request } = await sample.submitted(store())
    await store().addCards(Array.from({ length: 10 }, () => sample.card({ request: request.id })))
    const claimed = (await Promise.all(Array.from({ length: 20 }, () => claimedIds(0, 3)))).flat()
    expect([claimed.length, new Set(claimed).size]).toEqual([10, 10])
  })

  test('a card that failed waits for its retry and counts the attempts until it is rendered', async () => {
    const { request } = await sample.submitted(store())
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    expect(await store().nextCard('slack')).toBe(0) // at once
    await claim(0)
    expect(await store().nextCard('slack')).toBe(at(60))
    await record(card.id, { kind: 'failed', retryAt: at(30) })
    expect([await store().nextCard('slack'), await store().nextCard('teams')]).toEqual([at(30), undefined])
    expect(await claim(29)).toEqual([])
    expect((await claim(30))[0]?.attempts).toBe(2)
    await record(card.id, { kind: 'rendered', revision: 1, message })
    expect(await store().nextCard('slack')).toBeUndefined()
    await sample.mustCommit(store(), sample.approval(request))
    expect((await claim(31))[0]?.attempts).toBe(1)
  })

  test('a card that is refused for good says why and since when, until it is delivered', async () => {
    const { request } = await sample.submitted(store())
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    await claim(0)
    const refused = (code: string, now: number) =>
      record(card.id, { kind: 'refused', code, at: at(now), retryAt: at(now + 3600) })
    await refused('account-deactivated', 1)
    await refused('account-deactivated', 2)
    const [row] = (await store().tally(at(2), at(0))).refused
    const { recipient } = card
    expect(row).toEqual({ platform: 'slack', recipient, code: 'account-deactivated', since: at(1), count: 1 })
    expect([await claim(3601), (await claim(3602))[0]?.trouble]).toEqual([[], { since: at(1), code: row?.code }])
    await refused('account-unknown', 3)
    expect((await store().cardsOf(request.id))[0]?.trouble).toEqual({ since: at(3), code: 'account-unknown' })
    await record(card.id, { kind: 'rendered', revision: 1, message })
    expect((await store().tally(at(4), at(0))).refused).toEqual([])
  })

  test('what was refused is tried again as soon as its recipient takes a message, and at each start', async () => {
    const { request } = await sample.submitted(store())
    const recipient = { to: 'channel', channel: { platform: 'slack', id: 'C1' } } as const
    const cards = [recipient, recipient, sample.card({ request: request.id }).recipient].map((to) =>
      sample.card({ request: request.id, recipient: to, ...(to === recipient && { audience: 'channel' }) }),
    )
    await store().addCards(cards)
    await claim(0)
    const [one, two, other] = cards.map(({ id }) => id)
    if (!one || !two || !other) throw new Error('there are three')
    for (const id of [one, two, other]) {
      await record(id, { kind: 'refused', code: 'channel-archived', at: at(0), retryAt: at(3600) })
    }
    expect(await claimedIds(10)).toEqual([])
    await record(one, { kind: 'rendered', revision: 1, message })
    expect(await claimedIds(10)).toEqual([two])
    await store().releaseClaims()
    await store().retryRefused()
    expect((await claimedIds(10)).sort()).toEqual([two, other].sort())
  })

  test('pending requests of which an owner has not heard are found, others are not', async () => {
    const [heard, lost, none] = await Promise.all([1, 2, 3].map(() => sample.submitted(store())))
    const decided = await sample.approved(store())
    if (!heard || !lost || !none) throw new Error('there are three')
    const cards = [heard, lost, decided].map(({ request }) => sample.card({ request: request.id }))
    await store().addCards(cards)
    for (const { id } of cards.slice(1)) {
      await record(id, { kind: 'refused', code: 'account-unknown', at: at(0), retryAt: at(0) })
    }
    expect([...(await store().unheard())].sort()).toEqual([lost.request.id, none.request.id].sort())
  })

  test('a slow report does not turn a card back', async () => {
    const { request } = await sample.submitted(store())
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    await sample.mustCommit(store(), sample.approval(request))
    await record(card.id, { kind: 'rendered', revision: 2, message })
    await record(card.id, { kind: 'rendered', revision: 1, message })
    expect(await claim()).toEqual([])
  })

  test('news about a request follow it like any card, and other news are shown once', async () => {
    const { request } = await sample.submitted(store())
    const notices = [
      sample.card({ audience: 'notice', notice: { about: 'directory-rejected', problem: 'no such group' } }),
      sample.card({ audience: 'notice', notice: { about: 'not-revoked', code: 'sealed' }, request: request.id }),
    ]
    await store().addCards(notices)
    expect(await claim()).toEqual(notices.map((notice) => ({ ...notice, rendered: 0, attempts: 1 })))
    for (const { id } of notices) await record(id, { kind: 'rendered', revision: 1, message })
    expect(await claim(600)).toEqual([])
    await sample.mustCommit(store(), sample.approval(request))
    expect((await claim(600)).map(({ id }) => id)).toEqual([notices[1]?.id])
  })

  test('a card that is gone is never claimed again', async () => {
    const { request } = await sample.submitted(store())
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    await record(card.id, { kind: 'gone' })
    await sample.mustCommit(store(), sample.approval(request))
    expect(await claim()).toEqual([])
    await record(card.id, { kind: 'failed', retryAt: at(0) })
  })

  test('each platform claims its own cards', async () => {
    const { request } = await sample.submitted(store())
    const here = sample.card({ request: request.id })
    const there = sample.card({ request: request.id, audience: 'channel', recipient: inChannel })
    await store().addCards([here, there])
    expect(await claimedIds()).toEqual([here.id])
    expect((await store().claimCards('teams', at(0), seconds(60), 9)).things).toEqual([
      { ...there, rendered: 0, attempts: 1 },
    ])
  })

  test('cards are added all or none, and only to a request that exists', async () => {
    const good = sample.card({ audience: 'notice', notice: { about: 'access-missing' } })
    const bad = sample.card({ id: cardId('bad'), request: requestId('none') })
    await expect(store().addCards([good, bad])).rejects.toThrow()
    expect(await claim()).toEqual([])
  })

  const ada = { platform: 'teams', tenant: 'T1', subject: 'U1' } as const

  test('the newest conversation of a person is kept, for each platform and tenant', async () => {
    expect(await store().conversation(ada)).toBeUndefined()
    expect(await store().saveConversation(ada, '{"id":"a"}')).toBe(true)
    expect(await store().saveConversation(ada, '{"id":"a"}')).toBe(false)
    expect(await store().saveConversation(ada, '{"id":"b"}')).toBe(true)
    const others = [{ platform: 'slack' }, { tenant: 'T2' }, { subject: 'U2' }] as const
    for (const other of others) expect(await store().conversation({ ...ada, ...other })).toBeUndefined()
    expect(await store().conversation(ada)).toBe('{"id":"b"}')
  })

  test('what a person could not be told is due once they have written, and nobody else’s', async () => {
    const { request } = await sample.submitted(store())
    const cardTo = (subject: string) =>
      sample.card({
        request: request.id,
        recipient: { to: 'person', person: sample.ada, identity: { ...ada, subject } },
      })
    const [own, other] = [cardTo('U1'), cardTo('U2')]
    await store().addCards([own, other])
    const due = async (second: number) =>
      (await store().claimCards('teams', at(second), seconds(0), 9)).things.map(({ id }) => id)
    const refuse = (id: CardId, code: string) =>
      store().recordCard(id, { kind: 'refused', code, at: at(1), retryAt: at(3600) })
    for (const { id } of [own, other]) await refuse(id, 'app-missing')
    expect(await due(2)).toEqual([])
    expect(await store().saveConversation(ada, 'a')).toBe(true)
    expect(await due(2)).toEqual([own.id])
    await refuse(own.id, 'account-blocked')
    expect(await store().saveConversation(ada, 'a')).toBe(true) // whoever writes again can be written to again
    expect(await due(3)).toEqual([own.id])
  })

  test('a signature is seen for the first time once, until it is too old to matter', async () => {
    const sight = (signature: string, now: number) => store().isFirstSight(signature, at(now), at(now - 300))
    expect([await sight('v0=a', 0), await sight('v0=a', 1), await sight('v0=b', 1)]).toEqual([true, false, true])
    expect([await sight('v0=a', 300), await sight('v0=a', 301), await sight('v0=b', 301)]).toEqual([false, true, false])
  })

  test('of equal signatures at the same instant, one is the first', async () => {
    const sights = ['v0=a', 'v0=b', 'v0=a', 'v0=a', 'v0=c'].map(
      async (each) => (await store().isFirstSight(each, at(0), at(-300))) && each,
    )
    const first = (await Promise.all(sights)).filter((each) => each !== false)
    expect(first.sort()).toEqual(['v0=a', 'v0=b', 'v0=c'])
  })
}
