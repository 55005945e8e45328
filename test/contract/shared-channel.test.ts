import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkChannels, lookAtChannel } from '../../src/app/check-channels.ts'
import type { Reach } from '../../src/domain/card.ts'
import { seconds } from '../../src/domain/time.ts'
import { type ChatPlatform, ExternalError, type Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const inChannel = { to: 'channel', channel: { platform: 'slack', id: 'C1' } } as const
const message = { conversation: 'C1', message: '1700000000.000100' }

let store: Store
let reach: Reach | 'away'
let nudges: number
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  reach = 'inside'
  nudges = 0
})
afterEach(() => store.close())

const slack: ChatPlatform = {
  name: 'slack',
  post: () => Promise.reject(new Error('nothing is posted here')),
  update: () => Promise.reject(new Error('nothing is edited here')),
  admits: async () => ({ ok: true, value: undefined }),
  reach: async () => {
    if (reach === 'away') throw new ExternalError('chat-unreachable', 'away', { transient: true })
    return reach
  },
}
const c1 = { platform: 'slack', id: 'C1' } as const
const deps = () => ({
  store,
  platforms: new Map([['slack' as const, slack]]),
  integrations: new Map([
    [sample.vault.id, { integration: { ...sample.vault, channel: c1 }, connector: undefined as never }],
  ]),
  log: { info: () => {}, warn: () => {}, error: () => {} },
  nudge: () => {
    nudges += 1
  },
})
const look = () => checkChannels(deps())()

/** A card in the channel and one of a person, both shown. */
const shownCards = async () => {
  const { request } = await sample.submitted(store)
  const shared = sample.card({ request: request.id, audience: 'channel', recipient: inChannel })
  const own = sample.card({ request: request.id })
  await store.addCards([shared, own])
  const show = (now: Reach = 'inside') =>
    store.recordCard(shared.id, { kind: 'rendered', revision: 1, message, reach: now })
  await show()
  await store.recordCard(own.id, { kind: 'rendered', revision: 1, message })
  return { shared, own, show }
}
const due = async (second: number) =>
  (await store.claimCards('slack', sample.at(second), seconds(0), 9)).things.map(({ id }) => id)

test('a channel that becomes shared has all its cards drawn again, and only its', async () => {
  const { shared, show } = await shownCards()
  await look()
  expect(await due(10)).toEqual([])
  reach = 'outside'
  await look()
  expect(await due(20)).toEqual([shared.id])
  expect(nudges).toBe(2)
  await show('outside')
  reach = 'unknown' // says no more than before
  await look()
  expect(await due(30)).toEqual([])
  reach = 'inside'
  await look()
  expect(await due(40)).toEqual([shared.id])
})

test('a card that was drawn for fewer readers than there are now stays due, whichever came first', async () => {
  const { shared, show } = await shownCards()
  reach = 'outside'
  await look()
  expect(await due(10)).toEqual([shared.id])
  await show('inside') // drawn before the look, noted after it
  expect(await due(20)).toEqual([shared.id])
  await show('outside')
  expect(await due(30)).toEqual([])
})

test('while the platform does not answer, what was noted stays, and a new message waits', async () => {
  reach = 'outside'
  await look()
  reach = 'away'
  await look()
  expect(await store.channelReach(c1)).toBe('outside')
  await expect(lookAtChannel(deps(), c1)).rejects.toMatchObject({ transient: true })
})

test('a platform that tells nothing of channels counts as one where others may read along', async () => {
  const { reach: _, ...silent } = slack
  expect(await lookAtChannel({ ...deps(), platforms: new Map([['slack', silent]]) }, c1)).toBe('unknown')
})
