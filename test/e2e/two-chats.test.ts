import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers, team } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { runProcess } from '../support/cli-process.ts'
import { eventually } from '../support/eventually.ts'
import type { Hands } from '../support/hands.ts'
import { type Actor, orders, type Story, storyIn } from '../support/story.ts'
import { teamsHands } from '../support/teams-hands.ts'

// One Latchkey on Slack and Teams at once. The developer has an account in each, and is one of the owners.

const tenant = '22222222-2222-4222-8222-222222222222'
const app = '11111111-1111-4111-8111-111111111111'
const oid = {
  developer: 'aaaaaaaa-0000-4000-8000-000000000001',
  owner: 'bbbbbbbb-0000-4000-8000-000000000002',
  newcomer: 'cccccccc-0000-4000-8000-000000000003',
}
const copies = '19:copies@thread.tacv2'

let world: World
let teams: TeamsSimulator
let story: Story
let developer: Hands
let owner: Actor

beforeAll(async () => {
  const port = await freePort()
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret: 'client secret of this test' },
    people: [
      { oid: oid.developer, name: 'Developer on call' },
      { oid: oid.owner, name: 'Database owner' },
      { oid: oid.newcomer, name: 'New colleague' },
    ],
    chats: [{ id: copies, kind: 'channel', name: 'copies', members: Object.values(oid) }],
    endpoint: `http://127.0.0.1:${port}/teams/messages`,
  })
  const both = (name: string, slack: string, object: string) => ({
    ...{ name, slack: [`${team.id}/${slack}`], teams: [`${tenant}/${object}`] },
  })
  world = await startWorld({
    port,
    settings: { teams: { app, tenant, simulatorUrl: teams.url } },
    integration: { channel: { teams: copies } },
    environment: { TEAMS_APP_SECRET: 'client secret of this test' },
    more: {
      people: {
        developer: both('Developer on call', slackUsers.developer.id, oid.developer),
        'database-owner': both('Database owner', slackUsers.databaseOwner.id, oid.owner),
      },
      groups: { databases: ['developer', 'database-owner'] },
    },
  })
  story = storyIn(world)
  developer = teamsHands(teams, oid.developer)
  owner = { key: 'database-owner', hands: teamsHands(teams, oid.owner) }
})
afterAll(async () => {
  await world?.stop()
  await teams?.close()
})

/** The copy in the channel of Teams, where everybody sees the buttons. */
const copyOf = (path: string) =>
  eventually(
    () => developer.messages(copies).findLast(({ text }) => text.includes(path) && text.includes('[Approve]')),
    {
      limit: 20_000,
      about: () =>
        `a copy of the request stands in Teams, and not ${developer.messages(copies).map(({ text }) => text)}`,
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
    limit: 20_000,
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
    err: expect.stringContaining(`(${tenant}/${oid.owner}). Press the button in Microsoft Teams within 60s.`),
  })
})

test('a newcomer in Teams gets lines that suffice, and an owner in Slack the command that does the same', async () => {
  const newcomer = { key: 'new-colleague', hands: teamsHands(teams, oid.newcomer) }
  await newcomer.hands.command('mine')
  const lines = await story.untilTold(newcomer, 'teams:')
  expect(lines.text).toContain(`teams: [${tenant}/${oid.newcomer}]`)
  expect(lines.text).toContain('engineers: [new-colleague]')
  await newcomer.hands.press(lines, 'Ask the administrators')
  const told = await story.untilTold(story.cast.lead, 'Somebody asks to use Latchkey')
  const command = `latchkey people add ${tenant}/${oid.newcomer} --group engineers --name 'New colleague'`
  expect(told.text).toContain(command)

  // As a shell takes it apart.
  const [, ...line] = command.match(/'[^']*'|\S+/g)?.map((part) => part.replaceAll("'", '')) ?? []
  const environment = { TEAMS_APP_SECRET: 'client secret of this test' }
  const added = await runProcess([...line, '--config', world.files.config], { environment })
  expect(added).toMatchObject({ code: 0, err: expect.stringContaining('people.yaml has new-colleague now') })
  await eventually(
    async () => {
      await newcomer.hands.command('request')
      return newcomer.hands.view()?.title === 'Request access'
    },
    { limit: 30_000, about: () => 'the newcomer may request' },
  )
})

test('doctor is content with both chats, and with people who have an account in each', async () => {
  const environment = {
    TEAMS_APP_SECRET: 'client secret of this test',
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
