import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story

/** Waits until each message shows what it should. */
const untilSettled = () =>
  eventually(() => story.records.rows('SELECT id FROM cards WHERE rendered < wanted').length === 0, {
    about: () => 'every card is up to date',
  })

/** Plays a story, and counts the new messages of both people; and of the requester's, those that still have buttons. */
const countsOf = async (play: () => Promise<RequestRecord>) => {
  const { developer, owner } = story.cast
  const [hers, theirs] = [story.inbox(developer), story.inbox(owner)]
  await play()
  await untilSettled()
  const seen = (before: ReadonlySet<string>, { hands }: typeof developer) =>
    hands.inbox().filter(({ id }) => !before.has(id))
  const own = seen(hers, developer)
  return {
    requester: own.length,
    withButtons: own.filter(({ text }) => text.includes('[')).length,
    owner: seen(theirs, owner).length,
  }
}

const approved = async (length = '1 hour') => {
  const { developer, owner } = story.cast
  return story.approve(owner, await story.ask(developer, { length }))
}

describe('from asking to the end', () => {
  beforeAll(async () => {
    world = await startWorld({ chat, durations: ['8s', '1h'] })
    story = storyIn(world)
    // The welcome comes once in a person's life.
    await story.deny(story.cast.owner, await story.ask(story.cast.developer), 'Only to meet each other.')
    await story.untilTold(story.cast.developer, 'Welcome')
    await untilSettled()
  })
  afterAll(() => world?.stop())

  test('a denial is two messages to the requester and one to the owner', async () => {
    const { developer, owner } = story.cast
    const play = async () => story.deny(owner, await story.ask(developer), 'Please use the read replica.')
    expect(await countsOf(play)).toEqual({ requester: 2, withButtons: 1, owner: 1 })
  })

  test('so is an access that is given back', async () => {
    const play = async () => {
      const request = await approved()
      await story.press(story.cast.developer, request, 'Give back now')
      return story.untilState(request, 'ended')
    }
    expect(await countsOf(play)).toEqual({ requester: 2, withButtons: 1, owner: 1 })
  })

  test('an owner’s revoke tells the requester in a third one', async () => {
    const play = async () => {
      const request = await approved()
      await story.press(story.cast.owner, request, 'Revoke')
      return story.untilState(request, 'ended')
    }
    expect(await countsOf(play)).toEqual({ requester: 3, withButtons: 1, owner: 1 })
  })

  test('a planned end is told before it and when it is there', async () => {
    const play = async () => story.untilState(await approved('8 seconds'), 'ended')
    expect(await countsOf(play)).toEqual({ requester: 4, withButtons: 1, owner: 1 })
  })
})

describe('without a decision', () => {
  beforeAll(async () => {
    world = await startWorld({ chat, durations: ['1h'], integration: { decideWithin: '3s' } })
    story = storyIn(world)
    await story.untilState(await story.ask(story.cast.developer), 'expired')
    await untilSettled()
  })
  afterAll(() => world?.stop())

  test('the requester is told, and the owner’s card changes', async () => {
    const play = async () => story.untilState(await story.ask(story.cast.developer), 'expired')
    expect(await countsOf(play)).toEqual({ requester: 2, withButtons: 1, owner: 1 })
  })
})
