import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { signatureOf } from '../../src/simulator/slack/signing.ts'
import { eventually } from '../support/eventually.ts'
import { type Story, storyIn } from '../support/story.ts'
import { trials } from '../support/trials.ts'

let world: World
let story: Story

beforeAll(async () => {
  world = await startWorld({ settings: { limits: { requestsAnHour: 10_000, refusalsAnHour: 10_000 } } })
  story = storyIn(world)
})
afterAll(() => world?.stop())

/** Sends one body as Slack would. */
const send = async (body: string): Promise<void> => {
  const time = Math.floor(Date.now() / 1000)
  const answer = await fetch(`${world.latchkey().url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-signature': signatureOf(world.slackSecrets.signingSecret, time, body),
      'x-slack-request-timestamp': String(time),
    },
  })
  expect(answer.status).toBe(200)
}

/** How often the person was told that they already asked: the form closes, and a private message has the buttons. */
const refusalsTold = (): number => {
  const { hands } = story.cast.developer
  const seen = new Map([...hands.inbox(), ...hands.whispers()].map((message) => [message.id, message.text]))
  return [...seen.values()].filter((text) => text.includes('You already asked')).length
}

const isRequestForm = (body: string) => body.includes('view_submission') && body.includes('draft')

test('three forms of one person for one thing, sent at the same instant, are one request and two polite refusals', async () => {
  const { developer } = story.cast
  const first = await story.ask(developer)
  await story.press(developer, first, 'Cancel request')
  await story.untilState(first, 'cancelled')
  const sample = world.slack.deliveries().findLast(({ body }) => isRequestForm(body))?.body ?? ''
  const draft = /draft[^a-z0-9-]+([a-z0-9-]{16,})/i.exec(decodeURIComponent(sample))?.[1] ?? 'no draft'

  for (let trial = 0; trial < trials; trial += 1) {
    const before = story.records.requests().length
    const bodies = [1, 2, 3].map(() => sample.replaceAll(draft, randomUUID().replaceAll('-', '')))
    const toldBefore = refusalsTold()
    await Promise.all(bodies.map(send))
    await eventually(() => refusalsTold() === toldBefore + 2, { about: () => 'two forms are answered with a refusal' })
    const [asked, ...others] = story.records.requests().slice(before)
    expect([asked?.state, others]).toEqual(['pending', []])
    if (!asked) continue
    await story.press(developer, asked, 'Cancel request')
    await story.untilState(asked, 'cancelled')
  }
})
