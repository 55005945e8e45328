import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld, type World } from '../../src/demo/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ isSocketMode: true, durations: ['15m', '1h'] })
})
afterAll(() => world?.stop())

const quiet = {
  chapter: () => {},
  say: () => {},
  proof: (text: string, isTrue: boolean) => expect(isTrue, text).toBe(true),
}

test('the whole story works over Socket Mode, with no way in from outside', async () => {
  const story = storyOf(world, quiet)
  await story.approve(await story.ask('15 minutes'))
  const { token } = await story.fetchCredential()
  await story.proveReads(token)
  await story.giveBack()
  await story.proveRefused(token)
  expect(world.slack.deliveries()).toEqual([])
})

test('when Slack asks to connect anew, or cuts the line, the connection comes back by itself', async () => {
  const { slack } = world
  const developer = slack.person(slackUsers.developer.id)
  for (const end of [() => slack.sockets.disconnect('refresh_requested'), () => slack.sockets.cut()]) {
    end()
    const started = Date.now()
    await slack.until(() => slack.sockets.count() === 0 || undefined, 10_000)
    await slack.until(() => slack.sockets.count() > 0 || undefined, 30_000)
    console.log(`Socket Mode was away for ${((Date.now() - started) / 1000).toFixed(1)} s`)
    const answer = await developer.command('help')
    expect(JSON.stringify(answer)).not.toContain('dispatch_failed')
  }
})
