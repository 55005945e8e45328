import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { pressAndConfirm } from '../support/hands.ts'
import { type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story
beforeAll(async () => {
  world = await startWorld({ chat })
  story = storyIn(world)
})
afterAll(() => world?.stop())

test('a person with two browsers says so, and the owners read who said it; what was withdrawn stays dead', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const { url, token } = await story.credential(developer, request)
  await newBrowser().redeem(url)
  const alarm = await story.untilTold(developer, 'Your one-time link was opened in two browsers')
  await story.untilTold(owner, 'If it was not')
  await story.untilRefused(token)
  const withdrawn = await story.untilTold(owner, 'The credential is withdrawn: it was proved')
  expect(withdrawn.text).not.toContain('not yet proved')

  expect((await pressAndConfirm(developer.hands, alarm, 'It was me')).closed).toBe(true)
  const cleared = await story.untilTold(owner, 'Cleared up: a one-time link was opened in two browsers')
  expect(cleared.id).toBe(withdrawn.id)
  expect(cleared.text).toMatch(/Developer on call.* said .* that it was them/s)
  expect(cleared.text).not.toContain('If it was not')
  expect((await story.untilTold(developer, 'You said')).text).not.toContain('[It was me]')
  expect(await story.read(token)).toBe(403)

  const said = await story.hear(developer, () => developer.hands.press(alarm, 'It was me', { asSeen: true }))
  expect(said).toContain('You have already said so')
  const kinds = story.records.auditOf(request.id).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'link-explained')).toHaveLength(1)
  await story.credential(developer, request)
})
