import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { runProcess } from '../support/cli-process.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type SetUpDatabase, setUpDatabase } from '../support/set-up-database.ts'
import { billing, orders, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned } from '../support/vault-truth.ts'

// One Latchkey whose rows are in PostgreSQL, as an administrator and an operator set it up by the commands alone.

let postgres: PostgresServer
let database: SetUpDatabase
let world: World
let story: Story

beforeAll(async () => {
  postgres = await startPostgres()
  database = await setUpDatabase(postgres, 'latchkey')
  const { url, server, environment } = database
  const migrated = await runProcess(['database', 'migrate'], { environment })
  expect(migrated).toMatchObject({ code: 0, out: expect.stringContaining(`${server} has its rights`) })
  world = await startWorld({
    chat,
    durations: ['1h'],
    environment: { DATABASE_URL: url(server) },
    settings: { database: url(server).replace(/:[^:@]*@/, '@'), dataFolder: 'data' },
  })
  story = storyIn(world, undefined, () => postgres.url(postgres.owner, 'latchkey'))
})
afterAll(async () => {
  await world?.stop()
  await postgres?.stop()
})

/** As the operator types it, on the machine of the server. */
const latchkey = (...line: readonly string[]) => {
  const { signingSecret, botToken } = world.slackSecrets
  const ofChats = {
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_BOT_TOKEN: botToken,
    TEAMS_APP_SECRET: world.teamsSecret,
  }
  const environment = { DATABASE_URL: database.environment.DATABASE_URL, ...ofChats }
  return runProcess([...line, '--config', world.files.config], { environment })
}

test('an access is asked for, approved, fetched, used and given back, and its end is proved', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  await story.untilAllSay(request, 'Approved by')
  const { token } = await story.credential(developer, request)
  expect([await story.read(token, orders), await story.read(token, billing)]).toEqual([200, 403])
  await story.press(developer, request, 'Give back now')
  const ended = await story.untilState(request, 'ended')
  expect(ended).toMatchObject({ state: 'approved', grant: { because: 'given-back', proof: 'canary' } })
  expect(await story.read(token, orders)).toBe(403)
  await story.untilAllSay(request, ' ended ', 'Given back by')
  await untilNothingIsOrphaned(world, story.records)
})

test('the operator’s commands tell it: the server, the request, and a whole audit log', async () => {
  const status = await latchkey('status')
  expect(status).toMatchObject({ code: 0, err: '' })
  expect(status.out).toContain('Ready.')
  expect(status.out).toContain('0 being set up, 0 active, 0 ending.')
  const requests = await latchkey('requests', '--all', '--json')
  expect(JSON.parse(requests.out)).toMatchObject([
    { person: 'developer', state: 'approved', grant: { state: 'ended' } },
  ])
  const before = story.records.audit().length
  const verified = JSON.parse((await latchkey('audit', 'verify', '--json')).out)
  expect(verified).toMatchObject({ isWhole: true })
  expect(verified.rows).toBeGreaterThanOrEqual(before)
})

test('doctor finds PostgreSQL in order, and names what a failover may lose', async () => {
  const { out } = await latchkey('doctor', '--json', '--all')
  const rows: readonly { readonly what: string; readonly state: string; readonly found: string }[] = JSON.parse(out)
  const ofDatabase = rows.filter(({ what }) => what.startsWith('database'))
  expect(ofDatabase.map(({ what, state }) => `${what}: ${state}`)).toEqual([
    'database: ok',
    'database server: ok',
    'database news: ok',
    'database clock: ok',
    'database commits: ok',
    'database standby: optional',
  ])
  expect(out).not.toContain(encodeURIComponent(`of ${database.server}`))
})
