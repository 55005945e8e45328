import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileCards } from '../../src/app/reconcile-cards.ts'
import type { MessageRef } from '../../src/domain/card.ts'
import { after, seconds, type Timestamp } from '../../src/domain/time.ts'
import { type ChatPlatform, ExternalError, type Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const card = sample.card({ audience: 'notice', notice: { about: 'directory-rejected', problem: 'no such group' } })
const log = { info: () => {}, warn: () => {}, error: () => {} }

let now: Timestamp
let store: Store
beforeEach(async () => {
  now = sample.at(100)
  store = await openStore(':memory:', { newId: randomUUID, now: () => now })
  await store.addCards([card])
})
afterEach(() => store.close())

/** A chat whose first answer comes when the test says; later ones come at once. */
const slowChat = (over: Partial<Store> = {}) => {
  const first = Promise.withResolvers<MessageRef>()
  let posts = 0
  const platform: ChatPlatform = {
    name: 'slack',
    post: () => {
      posts += 1
      return posts === 1 ? first.promise : Promise.resolve({ conversation: 'D1', message: String(posts) })
    },
    update: async () => {},
    admits: async () => ({ ok: true, value: undefined }),
  }
  const deps: Deps = {
    ...{ store: { ...store, ...over }, clock: { now: () => now, sleep: async () => {} }, log },
    ...{ newId: randomUUID, newNonce: randomUUID, hash: (text: string) => text, random: () => 0 },
    directory: { person: () => undefined, find: () => undefined, members: () => [], partiesOf: () => [] },
    ...{ integrations: new Map(), platforms: new Map([[platform.name, platform]]) },
    ...{ nudge: () => {}, troubleAt: () => undefined },
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
  const pool = newPool(8, log)
  const reconcile = reconcileCards(deps, platform, pool)
  return {
    turn: () => reconcile(() => {}),
    later: (wait: number) => {
      now = after(now, seconds(wait))
    },
    answer: async () => {
      first.resolve({ conversation: 'D1', message: '1' })
      await pool.settled()
    },
    refuse: async () => {
      first.reject(new ExternalError('failing', 'The chat is not well.', { transient: true }))
      await pool.settled()
    },
    settled: pool.settled,
    posts: () => posts,
    noted: async () => (await store.card(card.id))?.message?.message,
  }
}

test('a message whose post outlives its claim is posted once, and noted', async () => {
  const chat = slowChat()
  await chat.turn()
  for (let count = 0; count < 3; count += 1) {
    chat.later(61)
    await chat.turn()
  }
  await chat.answer()
  expect([chat.posts(), await chat.noted()]).toEqual([1, '1'])
  chat.later(61)
  await chat.turn()
  await chat.settled()
  expect(chat.posts()).toBe(1)
})

test('a message is noted though its card was claimed again just before the note', async () => {
  let isFirst = true
  const chat = slowChat({
    recordCard: async (...note) => {
      if (isFirst) {
        isFirst = false
        chat.later(61)
        await chat.turn()
      }
      return store.recordCard(...note)
    },
  })
  await chat.turn()
  await chat.answer()
  expect([chat.posts(), await chat.noted()]).toEqual([1, '1'])
})

test('a card that is due again just after its note is not kept from the next turn', async () => {
  let isFirst = true
  const chat = slowChat({
    recordCard: async (...note) => {
      const isNoted = await store.recordCard(...note)
      if (isFirst) {
        isFirst = false
        chat.later(3600)
        await chat.turn()
      }
      return isNoted
    },
  })
  await chat.turn()
  await chat.refuse()
  expect([chat.posts(), await chat.noted()]).toEqual([1, undefined])
  await chat.turn()
  await chat.settled()
  expect([chat.posts(), await chat.noted()]).toEqual([2, '2'])
})

test('a message that arrives after the claims were given back at a stop is noted', async () => {
  const chat = slowChat()
  await chat.turn()
  await store.releaseClaims()
  await chat.answer()
  expect([chat.posts(), await chat.noted()]).toEqual([1, '1'])
})
