import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkPress, type Press } from '../../src/app/check-press.ts'
import { cardId } from '../../src/domain/ids.ts'
import type { NewCard, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const { ada, grace, linus } = sample
const direct = { conversation: 'D-grace', message: '1700000000.000100' }
const inChannel = { conversation: 'C1', message: '1700000000.000200' }
const toGrace = { to: 'person', person: grace, identity: { platform: 'slack', tenant: 'T1', subject: 'U1' } } as const
const toChannel = { to: 'channel', channel: { platform: 'slack', id: 'C1' } } as const

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
})
afterEach(() => store.close())

/** A pending request with a card in a conversation and one in a channel, and how a press on the first looks. */
const kept = async () => {
  const { request } = await sample.submitted(store)
  const card: NewCard = sample.card({ request: request.id, recipient: toGrace })
  const shared: NewCard = sample.card({ request: request.id, audience: 'channel', recipient: toChannel })
  await store.addCards([card, shared])
  const show = async () => {
    await store.recordCard(card.id, { kind: 'rendered', revision: 1, message: direct })
    await store.recordCard(shared.id, { kind: 'rendered', revision: 1, message: inChannel })
  }
  const press: Press = { card: card.id, message: direct, about: { request: request.id }, by: grace }
  return { request, card, shared, press, show }
}
const isTaken = async (press: Press): Promise<boolean> => {
  const outcome = await checkPress({ store })(press)
  if (!outcome.ok) expect(outcome.refusal).toEqual({ code: 'foreign-message' })
  return outcome.ok
}

describe('a button counts', () => {
  test('in the very message that is kept as its card, for the person that the card is for', async () => {
    const { press, show } = await kept()
    await show()
    expect(await isTaken(press)).toBe(true)
    expect(await isTaken({ ...press, by: linus })).toBe(false)
    expect(await isTaken({ ...press, message: { ...direct, message: '1700000000.000999' } })).toBe(false)
    expect(await isTaken({ ...press, message: { ...direct, conversation: 'D-linus' } })).toBe(false)
  })

  test('in a channel for anybody, and only there', async () => {
    const { press, shared, show } = await kept()
    await show()
    const there = { ...press, card: shared.id, message: inChannel }
    for (const by of [ada, grace, linus]) expect(await isTaken({ ...there, by })).toBe(true)
    expect(await isTaken({ ...there, message: direct })).toBe(false)
    expect(await isTaken({ ...there, card: press.card })).toBe(false)
  })

  test('while the message is being posted and nobody has noted which one it is', async () => {
    const { press, shared } = await kept()
    expect(await isTaken(press)).toBe(true)
    expect(await isTaken({ ...press, by: linus })).toBe(false)
    const there = { ...press, card: shared.id, message: inChannel }
    expect(await isTaken(there)).toBe(true)
    expect(await isTaken({ ...there, message: { ...inChannel, conversation: 'C2' } })).toBe(false)
  })

  test('only about the request of its card, and of that request’s grant', async () => {
    const { press, show } = await kept()
    await show()
    const other = await sample.activated(store)
    expect(await isTaken({ ...press, about: { request: other.request.id } })).toBe(false)
    expect(await isTaken({ ...press, about: { grant: sample.grantOf(other).id } })).toBe(false)
    expect(await isTaken({ ...press, about: { grant: 'no-such-grant' as never } })).toBe(false)
    const card = sample.card({ request: other.request.id, recipient: toGrace })
    await store.addCards([card])
    expect(await isTaken({ ...press, card: card.id, about: { grant: sample.grantOf(other).id } })).toBe(true)
  })

  test('not any more when the card is forgotten, and never for a card that does not exist', async () => {
    const { press, show } = await kept()
    await show()
    await store.recordCard(press.card, { kind: 'gone' })
    expect(await isTaken(press)).toBe(false)
    expect(await isTaken({ ...press, card: cardId('invented') })).toBe(false)
  })
})
