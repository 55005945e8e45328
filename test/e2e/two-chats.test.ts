import { afterAll, beforeAll, expect, test } from 'vitest'
import { teamsAccountOf, teamsChannel, tenant } from '../../src/demo/chats.ts'
import { slackUsers } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { runProcess } from '../support/cli-process.ts'
import { eventually } from '../support/eventually.ts'
import type { Hands } from '../support/hands.ts'
import { type Actor, orders, type Story, storyIn } from '../support/story.ts'
import { teamsHands } from '../support/teams-hands.ts'

// One Latchkey on Slack and Teams at once. The developer has an account in each, and is one of the owners.

let world: World
let teams: TeamsSimulator
let story: Story
let developer: Hands
let owner: Actor
let newcomer: Actor

beforeAll(async () => {
  world = await startWorld({
    chat: 'both',
    integration: { channel: { teams: teamsChannel.id } },
    more: { groups: { databases: ['developer', 'database-owner'] } },
  })
  if (!world.teams) throw new Error('this world has both chats')
  teams = world.teams
  story = storyIn(world)
  const inTeams = (slackId: string) => teamsHands(teams, teamsAccountOf(slackId))
  developer = inTeams(slackUsers.developer.id)
  owner = { key: 'database-owner', hands: inTeams(slackUsers.databaseOwner.id) }
  newcomer = { key: 'newcomer', hands: inTeams(slackUsers.newcomer.id) }
})
afterAll(() => world?.stop())

/** The copy in the channel of Teams, where everybody sees the buttons. */
const copyOf = (path: string) =>
  eventually(
    () => developer.messages(teamsChannel.id).findLast(({ text }) => text.includes(path) && text.includes('[Approve]')),
    {
      limit: 60_000,
      about: () =>
        `a copy of the request stands in Teams, and not ${developer.messages(teamsChannel.id).map(({ text }) => text)}`,
    },
  )

test('who asks in Slack cannot approve or deny in Teams; an owner can, and both chats show it', async () => {
  const request = await story.ask(story.cast.developer)
  const copy = await copyOf(orders)
  for (const button of ['Approve', 'Deny']) {
    const heard = await story.hear({ key: 'developer', hands: developer }, () => developer.press(copy, button))
    expect(heard).toContain('You cannot decide on your own request')
  }
  expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })

  await developer.command('mine')
  const list = await eventually(() => developer.inbox().findLast(({ text }) => text.includes(orders)), {
    about: () => `the request is on the list in Teams, and not only ${developer.inbox().map(({ text }) => text)}`,
  })
  expect(list.text).not.toContain('Waits for you')
  expect(list.text).not.toContain('[Approve]')

  await owner.hands.command('mine') // from now on Latchkey can write to this person in Teams
  expect((await story.untilTold(owner, 'Waits for you')).text).toContain(orders)
  await owner.hands.press(await copyOf(orders), 'Approve')
  await eventually(() => owner.hands.view() !== undefined, { about: () => 'the owner is asked in Teams' })
  expect((await owner.hands.submit()).closed).toBe(true)
  await story.untilState(request, 'active')
  const inSlack = story.cast.owner.hands
  await eventually(() => inSlack.inbox().some(({ text }) => text.includes(orders) && !text.includes('[Approve]')), {
    limit: 60_000,
    about: () => `the card in Slack shows the decision: ${inSlack.inbox().map(({ text }) => text)}`,
  })
})

test('a test message reaches a person in Teams, and their press comes back', async () => {
  const running = runProcess([
    'teams',
    'test',
    '--config',
    world.files.config,
    '--to',
    'database-owner',
    '--timeout',
    '60s',
  ])
  const message = await story.untilTold(owner, 'Press me')
  await owner.hands.press(message, 'Press me')
  expect(await running).toMatchObject({
    code: 0,
    out: expect.stringContaining('It works: pressed'),
    err: expect.stringContaining(`(${tenant.id}/${owner.hands.id}). Press the button in Microsoft Teams within 60s.`),
  })
})

test('a newcomer in Teams gets lines that suffice, and an owner in Slack the command that does the same', async () => {
  await newcomer.hands.command('mine')
  const lines = await story.untilTold(newcomer, 'teams:')
  expect(lines.text).toContain(`teams: [${tenant.id}/${newcomer.hands.id}]`)
  expect(lines.text).toContain('engineers: [newcomer]')
  await newcomer.hands.press(lines, 'Ask the administrators')
  const told = await story.untilTold(story.cast.lead, 'Somebody asks to use Latchkey')
  const command = `latchkey people add ${tenant.id}/${newcomer.hands.id} --group engineers --name 'Newcomer'`
  expect(told.text).toContain(command)

  // As a shell takes it apart.
  const [, ...line] = command.match(/'[^']*'|\S+/g)?.map((part) => part.replaceAll("'", '')) ?? []
  const environment = { TEAMS_APP_SECRET: world.teamsSecret }
  const added = await runProcess([...line, '--config', world.files.config], { environment })
  expect(added).toMatchObject({ code: 0, err: expect.stringContaining('people.yaml has newcomer now') })
  await eventually(
    async () => {
      await newcomer.hands.command('request')
      return newcomer.hands.view()?.title === 'Request access'
    },
    { limit: 60_000, about: () => 'the newcomer may request' },
  )
})

test('doctor is content with both chats, and with people who have an account in each', async () => {
  const environment = {
    TEAMS_APP_SECRET: world.teamsSecret,
    SLACK_BOT_TOKEN: world.slackSecrets.botToken,
    SLACK_SIGNING_SECRET: world.slackSecrets.signingSecret,
  }
  const done = await runProcess(['doctor', '--json', '--config', world.files.config], { environment })
  const rows: readonly { readonly what: string; readonly state: string; readonly found: string }[] = JSON.parse(
    done.out,
  )
  expect(rows.filter(({ what }) => what.startsWith('Teams')).map(({ what, state }) => `${what} ${state}`)).toEqual([
    'Teams: app secret ok',
    'Teams: connector ok',
    'Teams: keys of deliveries ok',
    'Teams: clock ok',
  ])
  expect(rows.filter(({ what }) => what === 'people')).toEqual([])
})
