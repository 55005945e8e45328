import { expect, test } from 'vitest'
import { type AccessRequest, cancel, expire } from '../../src/domain/access-request.ts'
import type { Save } from '../../src/ports.ts'
import { useProcesses, wins } from './store-postgres-processes.ts'
import * as sample from './store-samples.ts'

// Several processes race each verb over one database. What may win is free; what must hold afterwards is not.

const { at } = sample
const { one, race } = useProcesses()

test('of twenty decisions from one revision, one is committed, with one grant and one row of the log', async () => {
  const { request } = await sample.submitted(one())
  const before = (await one().auditOf(request.id)).length
  const answers = await race((store) => store.commit(sample.approval(request)))
  expect(wins(answers)).toBe(1)
  const { request: decided, grant } = await sample.reload(one(), request)
  expect([decided.state, decided.revision, decided.decisions.length, grant?.state]).toEqual([
    ...['approved', request.revision + 1, 1, 'provisioning'],
  ])
  const made = sample.approval(request).audit.length
  expect((await one().auditOf(request.id)).length).toBe(before + made)
  expect((await one().grants({ limit: 9 })).length).toBe(1)
})

test('an approval, a denial, a cancellation and an expiry at once end a request in one way', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { request } = await sample.submitted(one())
    const changes: readonly Save[] = [
      sample.approval(request),
      sample.denial(request),
      sample.granted(cancel(request, request.requester, at(10))),
      sample.present(expire(request, at(700))),
    ]
    const answers = await race((store, racer) => store.commit(sample.present(changes[racer % 4])), 8)
    expect(wins(answers)).toBe(1)
    const winner = sample.present(changes[answers.indexOf('committed') % 4])
    const { request: now, grant } = await sample.reload(one(), request)
    expect([now.state, grant !== undefined]).toEqual([winner.request.state, now.state === 'approved'])
  }
})

test('twenty submissions of one person stay within the cap', async () => {
  const cap = { waiting: 5, recent: 7, since: at(-60) }
  const answers = await race((store) => store.commit({ ...sample.submission(), cap }))
  expect(wins(answers)).toBe(5)
  expect(await one().askedBy(sample.ada, cap.since)).toMatchObject({ waiting: 5, recent: 5 })
})

test('a person who asks for the same thing twenty times at once asks once', async () => {
  const items = [sample.item('apps/db'), sample.item('apps/other')] as const
  const mine = (racer: number): Save => sample.submission({ items: racer % 2 ? [items[0]] : [items[1], items[0]] })
  const answers = await race((store, racer) => store.commit(mine(racer)))
  expect(wins(answers)).toBe(1)
  expect((await one().requestsFor(items[0].resource)).length).toBe(1)
})

test('a draft that arrives twenty times is one request', async () => {
  const change = sample.submission()
  const answers = await race((store) => store.commit({ ...change, request: { ...change.request } }))
  expect([wins(answers), (await one().requests({ limit: 9 })).length]).toEqual([1, 1])
})

test('of twenty extensions of one access, one is under way, and both requests count it', async () => {
  const { request, grant } = await sample.activated(one())
  const follow = (): Save => {
    const change = sample.submission()
    return { ...change, request: { ...change.request, extends: sample.present(grant).id } }
  }
  const answers = await race((store) => store.commit(follow()))
  expect(wins(answers)).toBe(1)
  expect((await one().extensionsOf(sample.present(grant).id)).length).toBe(1)
  expect((await sample.reload(one(), request)).request.revision).toBe(request.revision + 1)
})

test('an access and its extension that change at once both count each change, and their cards show the last one', async () => {
  const access = await sample.activated(one())
  const change = sample.submission()
  const extension = { ...change.request, extends: sample.grantOf(access).id }
  await sample.mustCommit(one(), { ...change, request: extension })
  const both = [access.request, extension]
  for (const { id } of both) await one().addCards([sample.card({ request: id })])
  const revisions = () => Promise.all(both.map(async (each) => (await sample.reload(one(), each)).request.revision))
  const before = await revisions()
  const answers = await race(async (store, racer) =>
    store.commit({ ...(await sample.reload(store, sample.present(both[racer % 2]))), audit: [sample.event()] }),
  )
  expect(wins(answers)).toBeGreaterThan(0)
  expect(await revisions()).toEqual(before.map((revision) => revision + wins(answers)))
  await showNewest(...both)
})

/** Every card of the requests wants the newest revision, and nothing more once it shows that. */
const showNewest = async (...of: readonly Pick<AccessRequest, 'id'>[]): Promise<void> => {
  const { claim, things } = await sample.claimCards(one(), 1000, 60, 500)
  for (const { id } of of) {
    const { request } = await sample.reload(one(), { id })
    const all = await one().cardsOf(id)
    expect(things.map((card) => card.id)).toEqual(expect.arrayContaining(all.map((card) => card.id)))
    for (const { id: card } of all) {
      const message = { conversation: 'C', message: card }
      await one().recordCard(card, { kind: 'rendered', revision: request.revision, message }, claim)
    }
  }
  expect((await sample.claimCards(one(), 2000)).things).toEqual([])
}

test('a card that is added while its request changes never stays behind', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { request } = await sample.submitted(one())
    await race(async (store, racer) => {
      if (racer === 3) await store.commit(sample.approval(request))
      else await store.addCards([sample.card({ request: request.id, audience: 'channel' })])
    }, 8)
    await showNewest(request)
  }
})

test('of twenty claims each due grant and each stale card goes to one', async () => {
  for (let each = 0; each < 10; each += 1) {
    const { request } = await sample.approved(one())
    await one().addCards([sample.card({ request: request.id })])
  }
  const grants = (await race((store) => sample.claimGrants(store, 10, 60, 3))).flatMap(({ things }) => things)
  const cards = (await race((store) => sample.claimCards(store, 10, 60, 3))).flatMap(({ things }) => things)
  expect([grants.length, new Set(sample.idsOf(grants)).size]).toEqual([10, 10])
  expect(grants.map(({ grant }) => grant?.attempts)).toEqual(grants.map(() => 1))
  expect([cards.length, new Set(cards.map(({ id }) => id)).size]).toEqual([10, 10])
})

test('claims and changes at once lose neither an attempt nor a change', async () => {
  const loaded = await Promise.all(Array.from({ length: 6 }, () => sample.approved(one())))
  await Promise.all([
    race((store) => sample.claimGrants(store, 10, 60, 2)),
    race<unknown>(async (store, racer) => {
      const of = sample.present(loaded[racer % loaded.length])
      await store.saveHandle(sample.grantOf(of).id, sample.handled)
      return store.commit(sample.after(of, { kind: 'provisioned', handle: sample.handled }, at(20)))
    }),
  ])
  for (const { request } of loaded) {
    const { grant } = await sample.reload(one(), request)
    expect([grant?.state, grant?.handle]).toEqual(['active', sample.handled])
  }
})
