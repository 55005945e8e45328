import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers, team } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { runProcess } from '../support/cli-process.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

const { developer, databaseOwner } = slackUsers
const trying = (...line: readonly string[]) => runProcess(['slack', 'test', '--config', world.files.config, ...line])
const trials = () => world.slack.messages().filter((message) => world.slack.textOf(message).includes('Press me'))
const asked = () => world.slack.until(() => trials().at(-1))

test('a person presses the button, the message says so, and so does the command', async () => {
  const running = trying('--to', 'developer', '--timeout', '60s')
  const message = await asked()
  expect(await world.slack.person(developer.id).click(message, 'Press me')).toMatchObject({ ok: true })
  const done = await running
  expect(done).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^It works: pressed at .* by Developer on call\.\nThe message in the chat says so, too\.\n$/,
    ),
    err: expect.stringContaining(
      `Sent to Developer on call (${team.id}/${developer.id}). Press the button in Slack within 60s.`,
    ),
  })
  const now = world.slack.messages(message.channel).find(({ ts }) => ts === message.ts)
  expect(now && world.slack.textOf(now)).toMatch(/^It works: pressed .* by .*Developer on call/)
})

test('nobody else can press it: a wrong press is told to its person and recorded', async () => {
  const running = trying('--to', 'developer', '--timeout', '60s')
  const message = await asked()
  await world.slack.person(databaseOwner.id).click(message, 'Press me')
  await world.slack.until(() => world.slack.messages().find((one) => one.ephemeralFor === databaseOwner.id))
  const refused = ['audit', 'list', '--kind', 'refused', '--json', '--config', world.files.config]
  expect((await runProcess(refused)).out).toContain('foreign-message')
  await world.slack.person(developer.id).click(message, 'Press me')
  expect(await running).toMatchObject({ code: 0, out: expect.stringContaining('by Developer on call') })
})

test('without a press the command lists what to check, and the button goes', async () => {
  const running = trying('--to', 'developer', '--timeout', '5s')
  const message = await asked()
  const done = await running
  expect(done).toMatchObject({ code: 1, err: expect.stringContaining('no press has arrived within 5s') })
  expect(done.out).toContain(`Request URL ${world.latchkey().url}/slack/events`)
  expect(done.out).toContain('SLACK_SIGNING_SECRET is that of this app')
  const now = world.slack.messages(message.channel).find(({ ts }) => ts === message.ts)
  expect(now && world.slack.textOf(now)).toBe('This test is over: no press arrived in time.')
  // A picture of the old message may still be on a screen.
  await world.slack.person(developer.id).click(message, 'Press me', { asSeen: true })
  await world.slack.until(() =>
    world.slack
      .messages()
      .find((one) => one.ephemeralFor === developer.id && world.slack.textOf(one).includes('This test is over')),
  )
})

test('what cannot be sent is said: a person who is not there, without an account, or deactivated', async () => {
  expect(await trying('--to', 'nobody')).toMatchObject({
    code: 1,
    err: expect.stringContaining('"nobody" is not in the people file'),
  })
  const people = JSON.parse(await readFile(world.files.people, 'utf8'))
  people.people.silent = { name: 'Silent' }
  await writeFile(world.files.people, JSON.stringify(people))
  await expect
    .poll(() => trying('--to', 'silent', '--timeout', '5s').then(({ err }) => err), { timeout: 15_000 })
    .toContain('silent has no Slack account in the people file')
  world.slack.setUser(developer.id, { deleted: true })
  expect(await trying('--to', 'developer')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Slack does not take the message: .*deactivated/),
  })
  world.slack.setUser(developer.id, { deleted: false })
  expect(await trying('--to', 'developer', '--timeout', '1x')).toMatchObject({ code: 2 })
  await world.latchkey().stop()
  expect(await trying('--to', 'developer')).toMatchObject({ code: 1, err: expect.stringContaining('is not running') })
})

test('over Socket Mode the same press arrives, and other things are to be checked', async () => {
  const socket = await startWorld({ isSocketMode: true, vault: world.vault })
  try {
    const line = ['slack', 'test', '--config', socket.files.config, '--to', 'developer']
    const running = runProcess([...line, '--timeout', '60s'])
    const message = await socket.slack.until(() =>
      socket.slack.messages().find((one) => socket.slack.textOf(one).includes('Press me')),
    )
    await socket.slack.person(developer.id).click(message, 'Press me')
    expect(await running).toMatchObject({ code: 0, out: expect.stringContaining('It works') })
    const silent = await runProcess([...line, '--timeout', '5s'])
    expect(silent).toMatchObject({ code: 1, out: expect.stringContaining('- Socket Mode is switched on there.') })
  } finally {
    await socket.stop()
  }
})
