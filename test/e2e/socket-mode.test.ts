import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { storyOf } from '../../src/demo/tour.ts'
import type { World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'

let fragile: FragileWorld
let world: World
beforeAll(async () => {
  fragile = await fragileWorld({ isSocketMode: true, durations: ['15m', '1h'] })
  world = fragile.world
})
afterAll(() => fragile?.stop())

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

test('when Slack announces the end of its lines, everybody is served without a gap', async () => {
  const { slack } = world
  const developer = slack.person(slackUsers.developer.id)
  await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
  slack.sockets.disconnect('warning', 1_000)
  await slack.until(() => slack.sockets.count() > 2 || undefined)
  for (let isOver = false; !isOver; isOver = slack.sockets.count() === 2) {
    expect(JSON.stringify(await developer.command('help'))).not.toContain('dispatch_failed')
  }
})

test('when Slack cuts all lines, they come back by themselves', async () => {
  const { slack } = world
  slack.sockets.cut()
  await slack.until(() => slack.sockets.count() === 0 || undefined, 10_000)
  await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
  const answer = await slack.person(slackUsers.developer.id).command('help')
  expect(JSON.stringify(answer)).not.toContain('dispatch_failed')
})

test('when Slack cannot be reached at all, Latchkey lives on, says so, and connects when Slack is back', async () => {
  const { slack, files } = world
  const ready = async () => (await fetch(`${world.latchkey().url}/readyz`)).text()
  const said = async () => (await readFile(files.log, 'utf8')).split('"msg":"no line to Slack"').length - 1
  const before = await said()
  fragile.chat.breakDown('refuse')
  slack.sockets.cut()
  await eventually(async () => (await said()) > before + 1, { about: () => 'it has tried twice' })
  expect(await ready()).toContain('slack')
  fragile.chat.heal()
  await slack.until(() => slack.sockets.count() > 0 || undefined, 30_000)
  await eventually(async () => !(await ready()).includes('slack'), { about: () => 'it is ready again' })
  const answer = await slack.person(slackUsers.developer.id).command('help')
  expect(JSON.stringify(answer)).not.toContain('dispatch_failed')
})
