import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story

beforeAll(async () => {
  world = await startWorld({ durations: ['1h'] })
  story = storyIn(world)
})
afterAll(() => world?.stop())

/** How many messages a person got about the request, and how many of them are still more than a line. */
const countsOf = (request: RequestRecord, to: string) => {
  const own = story.records.cardsOf(request.id).filter((card) => card.to === to)
  return { posted: own.length, whole: own.filter((card) => !story.textOf(card).includes('see below')).length }
}
const approved = async () => {
  const { developer, owner } = story.cast
  return story.approve(owner, await story.ask(developer, { length: '1 hour' }))
}

test('from asking to the end nobody gets a message twice, and one card about it stays whole', async () => {
  const { developer, owner } = story.cast
  const denied = await story.deny(owner, await story.ask(developer), 'Please use the read replica.')
  await story.untilAllSay(denied, 'denied by')

  const given = await approved()
  await story.press(developer, given, 'Give back now')
  await story.untilState(given, 'ended')
  await story.untilAllSay(given, 'Given back by')

  const revoked = await approved()
  await story.press(owner, revoked, 'Revoke')
  await story.untilState(revoked, 'ended')
  await story.untilAllSay(revoked, 'Revoked by')

  const counts = [denied, given, revoked].map((each) => [countsOf(each, developer.key), countsOf(each, owner.key)])
  expect(counts).toEqual([
    [
      { posted: 2, whole: 1 },
      { posted: 1, whole: 1 },
    ],
    [
      { posted: 2, whole: 1 },
      { posted: 1, whole: 1 },
    ],
    [
      { posted: 3, whole: 1 },
      { posted: 1, whole: 1 },
    ],
  ])
})
