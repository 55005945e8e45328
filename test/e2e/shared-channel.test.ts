import { afterAll, beforeAll, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndAnswer } from '../support/hands.ts'
import { stageOf } from '../support/stage.ts'
import { orders, type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story
beforeAll(async () => {
  world = await startWorld({ chat, integration: { channel: channel.id } })
  story = storyIn(world)
})
afterAll(() => world?.stop())

test('a channel that another organisation joins loses what and why, and its owners decide there all the same', async () => {
  const { developer, owner } = story.cast
  const request = await story.ask(developer, { reason: 'The queue is stuck.' })
  const open = (await story.cardOf(request, 'channel', world.channel.id)).text
  expect(open).toContain(orders)
  expect(open).toContain('The queue is stuck.')

  stageOf(world).shareChannel()
  await world.latchkey().stop()
  await world.restart() // a start looks at once, later looks come every ten minutes
  const card = await eventually(
    async () => {
      const seen = await story.cardOf(request, 'channel', world.channel.id)
      return seen.text.includes('shared with another organisation') && seen
    },
    { about: () => 'the card in the channel is drawn again' },
  )
  expect(JSON.stringify(card)).not.toMatch(/apps\/orders|queue is stuck/)

  const { asked } = await pressAndAnswer(owner.hands, card, 'Approve')
  expect(asked?.text).toContain(orders)
  expect(asked?.text).toContain('The queue is stuck.')
  await story.untilState(request, 'active')
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  expect(JSON.stringify(await story.cardOf(request, 'channel', world.channel.id))).not.toMatch(
    /apps\/orders|queue is stuck/,
  )
})
