import { afterAll, beforeAll, expect, test } from 'vitest'
import { billing, orders } from '../support/story.ts'
import { copies, startTeamsWorld } from '../support/teams-world.ts'

// The story of a request where Teams is the only chat.

let running: Awaited<ReturnType<typeof startTeamsWorld>>

beforeAll(async () => {
  running = await startTeamsWorld({
    durations: ['8s', '1h'],
    // Nothing may wait for the next look at the database: each step has to wake the one after it.
    settings: { reconcile: { discoverEvery: '5s', driftEvery: '10s', wake: '10m', claim: '30s' } },
  })
})
afterAll(() => running?.stop())

const everyCopy = [
  `channel ${copies}`,
  'owner database-owner',
  'owner second-database-owner',
  'requester developer',
] as const

test('a request gets a card for each owner, the channel and the requester, and an approval gives what was asked for', async () => {
  const { story } = running
  const { developer, owner } = story.cast
  const asked = await story.ask(developer, { length: '1 hour', reason: 'The orders queue is stuck.' })
  const shown = await story.untilAllSay(asked, 'Waiting until', 'The orders queue is stuck.', orders)
  expect([...shown].sort()).toEqual(everyCopy)
  const request = await story.approve(owner, asked)
  const { token } = await story.credential(developer, request)
  expect([await story.read(token, orders), await story.read(token, billing)]).toEqual([200, 403])
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  await story.untilRefused(token)
})

test('access ends by itself when its time is up, and every copy says so', async () => {
  const { story } = running
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { length: '8 seconds' }))
  const { token } = await story.credential(developer, request)
  await story.untilState(request, 'ended')
  await story.untilRefused(token)
  await story.untilAllSay(request, 'ended')
})

test('only owners decide, and a denial reaches the requester with its reason', async () => {
  const { story } = running
  const { developer, owner, lead } = story.cast
  const request = await story.ask(developer)
  const card = await story.cardOf(request, 'channel', copies)
  expect(await story.hear(developer, () => developer.hands.press(card, 'Approve'))).toContain('your own request')
  expect(await story.hear(lead, () => lead.hands.press(card, 'Approve'))).toContain('Only the owners')
  await story.deny(owner, request, 'Please use the read replica.')
  expect((await story.untilTold(developer, 'Please use the read replica.')).text).toContain('Database owner')
})

test('a late press on a decided request is answered in private, and changes nothing', async () => {
  const { story } = running
  const { developer, owner, secondOwner } = story.cast
  const request = await story.ask(developer)
  const seen = await story.cardOf(request, 'channel', copies)
  await story.deny(owner, request, 'Please use the read replica.')
  const said = await story.hear(secondOwner, () => secondOwner.hands.press(seen, 'Approve', { asSeen: true }))
  expect(said).toContain('already been denied')
  expect(story.records.request(request.id)).toMatchObject({ state: 'denied', decisions: 1 })
})
