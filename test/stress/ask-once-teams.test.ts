import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { Activity } from '../../src/simulator/teams/activities.ts'
import type { TeamsHands } from '../../src/simulator/teams/person.ts'
import { type Story, storyIn } from '../support/story.ts'
import { trials } from '../support/trials.ts'

let world: World
let story: Story
let person: TeamsHands

beforeAll(async () => {
  world = await startWorld({
    chat: 'teams',
    settings: { limits: { requestsAnHour: 10_000, refusalsAnHour: 10_000 } },
  })
  story = storyIn(world)
  if (!world.teams) throw new Error('this world has Teams')
  person = world.teams.person(story.cast.developer.hands.id)
})
afterAll(() => world?.stop())

/** The sent form, as if it had been opened on another device. */
const asAnother = (activity: Activity): Activity => {
  const draft = randomUUID().replaceAll('-', '')
  return JSON.parse(JSON.stringify(activity).replace(/(\\"draft\\":\\")[^"\\]+/, `$1${draft}`))
}
const refused = () => story.records.audit().filter(({ detail }) => detail.code === 'already-asked').length

test('three forms of one person for one thing, sent to Teams at the same instant, are one request and two refusals', async () => {
  const { developer } = story.cast
  for (let trial = 0; trial < trials; trial += 1) {
    const [before, refusedBefore] = [story.records.requests().length, refused()]
    await story.openForm(developer)
    const answers = await Promise.all([1, 2, 3].map(() => person.submit('Send request', { change: asAnother })))
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true])
    await developer.hands.closeView()
    const [asked, ...others] = story.records.requests().slice(before)
    expect([asked?.state, others, refused() - refusedBefore]).toEqual(['pending', [], 2])
    if (!asked) continue
    await story.press(developer, asked, 'Cancel request')
    await story.untilState(asked, 'cancelled')
  }
})
