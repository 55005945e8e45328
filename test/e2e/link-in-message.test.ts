import { expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld } from '../../src/demo/world.ts'

const quiet = {
  chapter: () => {},
  say: () => {},
  proof: (text: string, isTrue: boolean) => expect(isTrue, text).toBe(true),
}

test('where the operator chose it, the message itself holds a link, which works once', async () => {
  const port = await freePort()
  const link = { baseUrl: `http://127.0.0.1:${port}`, inMessage: true }
  const world = await startWorld({ port, settings: { link } })
  try {
    const story = storyOf(world, quiet)
    await story.approve(await story.ask('15 minutes'))
    const developer = world.slack.person(slackUsers.developer.id)
    const links = () => JSON.stringify(developer.inbox()).match(/http:\/\/[^"\\]+\/fetch\/[\w-]+/g)
    const url = (await world.slack.until(() => links()?.at(-1))) ?? ''
    expect((await newBrowser().redeem(url)).wrappingToken).toBeDefined()
    expect((await newBrowser().redeem(url)).wrappingToken).toBeUndefined()
  } finally {
    await world.stop()
  }
})
