import { afterAll, beforeAll, expect, test } from 'vitest'
import { orders, type Story, storyIn } from '../support/story.ts'
import { type ChartWorld, startChartWorld } from './chart-world.ts'

let world: ChartWorld
let story: Story

beforeAll(async () => {
  world = await startChartWorld('latchkey-chart')
  const began = Date.now()
  await world.deploy()
  console.log(`installed and ready after ${seconds(began)} s`)
  story = storyIn(world)
})
afterAll(() => world?.stop())

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(1)

test('the chart gives a Latchkey that runs, is ready, and gives access that the vault takes back', async () => {
  expect(await world.latchkeyIn('status')).toContain('example')
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, orders)).toBe(200)
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
})
