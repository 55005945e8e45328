import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { orders, ordersApi, type Story, storyIn } from '../support/story.ts'

// A whole Latchkey whose bot only lends: set up by the real command, and used by people in chat.

const lends = {
  policies: [{ name: 'lend-orders', gives: [{ type: 'secret', path: 'kv/apps/orders/*', permissions: ['read'] }] }],
  roles: [{ name: 'lend-read', policies: ['lend-orders'], longest: '8h', aliases: true }],
}

let world: World
let story: Story
beforeAll(async () => {
  world = await startWorld({ chat, durations: ['1h'], preparation: { lends } })
  story = storyIn(world)
})
afterAll(() => world?.stop())

test('access by a lent policy is asked for, approved by both owners, fetched, used and ended with proof, and the bot writes nothing', async () => {
  const { developer, owner, lead } = story.cast
  const names = z.object({ data: z.object({ keys: z.array(z.string()) }) })
  const listed = async () => names.parse(await world.admin('GET', 'sys/policies/acl?list=true')).data.keys
  expect(await listed()).toEqual(['default', 'latchkey_management', 'lend-orders', 'root'])
  const request = await story.ask(developer)
  const card = await story.cardOf(request, 'owner', owner.key)
  expect(card.text).toMatch(/lend-orders/)
  expect(card.text).toMatch(/also opens? .*kv\/data\/apps\/orders\/\*/)
  await story.press(owner, request, 'Approve')
  await story.untilAllSay(request, 'Approved by')
  expect(story.records.request(request.id)).toMatchObject({ state: 'pending' })
  await story.approve(lead, request)
  const { token } = await story.credential(developer, request)
  expect([await story.read(token), await story.read(token, ordersApi)]).toEqual([200, 200]) // as the card had said
  expect(await story.read(token, 'kv/apps/billing/database')).toBe(403)
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
  expect(story.records.request(request.id).grant?.proof).toBe('canary')
  await story.untilAllSay(request, 'Proved: a trial token with the same rights was refused')
  expect(await listed()).toEqual(['default', 'latchkey_management', 'lend-orders', 'root'])
})
