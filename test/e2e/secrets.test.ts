import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretWords } from '../../src/demo/example.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { type BreakingProxy, breakingProxy } from '../support/breaking-proxy.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story
let proxy: BreakingProxy
const treasure = 'kv/canary/treasure'
const canary = `canary-${randomBytes(12).toString('hex')}`

/** Everything that must not be found anywhere, by what it is. */
const secrets = new Map<string, Set<string>>()
const keep = (what: string, ...values: (string | undefined)[]) => {
  const known = secrets.get(what) ?? new Set()
  secrets.set(what, known)
  for (const value of values) if (value) known.add(value)
}
const nonceOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)
let reads = 0
const read = (token: string) => {
  reads += 1
  return story.read(token, treasure)
}

beforeAll(async () => {
  world = await startWorld({
    chat,
    durations: ['6s', '1h'],
    settings: { logLevel: 'debug', reconcile: { discoverEvery: '1s', driftEvery: '2s', wake: '2s', claim: '2s' } },
    preparation: { optionalRights: ['list-policies', 'revoke-tokens', 'bulk-owner-tags'] },
    more: { secrets: { 'canary/treasure': { data: { password: canary }, owner: 'databases' } } },
    vaultAddress: async (real) => {
      proxy = await breakingProxy(real, '/v1/', (call, headers, body) => {
        keep('a token of Latchkey’s own', String(headers['x-vault-token'] ?? ''))
        if (call.includes('/login/')) keep('a password of a person’s account', JSON.parse(body).password)
      })
      return proxy.address
    },
  })
  story = storyIn(world)
  const secretId = (await readFile(join(world.prepared.credentialsFolder, 'secret_id'), 'utf8')).trim()
  keep('a secret', canary, ...secretWords)
  keep('a bot’s credential', world.slackSecrets.botToken, world.slackSecrets.signingSecret, secretId)
  keep('a bot’s credential', world.slackSecrets.appToken)
  if (world.teams) keep('a bot’s credential', world.teamsSecret)
  await playEverything()
  for (const { answer } of world.teams?.calls('token') ?? []) keep('a bot’s credential', String(answer.access_token))
})
afterAll(async () => {
  await world?.stop()
  await proxy?.stop()
})

const approved = async (length = '1 hour'): Promise<RequestRecord> => {
  const { developer, owner } = story.cast
  return story.approve(owner, await story.ask(developer, { path: treasure, length }))
}
const fetchAndRead = async (request: RequestRecord) => {
  const got = await story.credential(story.cast.developer, request)
  keep('a wrapping token', got.wrappingToken)
  keep('a token of a person', got.token)
  keep('a one-time link', nonceOf(got.url))
  expect(await read(got.token)).toBe(200)
  return got
}

const playEverything = async () => {
  const { developer, owner } = story.cast
  // An end by itself, after two credentials.
  const first = await approved('6 seconds')
  await fetchAndRead(first)
  await fetchAndRead(first)
  await story.untilState(first, 'ended')

  // A credential that is revealed on the page, a link that is misused, an owner who revokes.
  const second = await approved()
  const url = await story.link(developer, second)
  const browser = newBrowser()
  const page = await browser.redeem(url)
  const shown = await browser.reveal(url, page.html)
  const token = shown.html.match(/\bs\.[\w-]{20,}|\bhvs\.[\w-]{20,}/)?.[0] ?? ''
  keep('a one-time link', nonceOf(url))
  keep('a wrapping token', page.wrappingToken)
  keep('a token of a person', token)
  expect(await read(token)).toBe(200)
  await newBrowser().redeem(url)
  await story.untilTold(owner, 'A one-time link was ')
  await eventually(async () => (await read(token)) === 403)
  await fetchAndRead(second)
  await story.press(owner, second, 'Revoke')
  await story.untilState(second, 'ended')

  // A vault that goes away in the middle of issuing, and in the middle of an end.
  const third = await approved()
  const lost = await story.link(developer, third)
  keep('a one-time link', nonceOf(lost))
  const cut = proxy.once({ when: 'after', call: /\/login\/latchkey-/ }, () => 'cut')
  const failed = await newBrowser().redeem(lost)
  expect([await cut, failed.status]).toEqual(['cut', 503])
  await fetchAndRead(third)
  const gone = proxy.once({ when: 'after', call: /^DELETE sys\/policies/ }, () => 'cut')
  await story.press(developer, third, 'Give back now')
  expect(await gone).toBe('cut')
  await story.untilState(third, 'ended')

  await story.deny(owner, await story.ask(developer, { path: treasure }), 'That is enough for today.')
}

/** Which of the secrets stand in the text, by what they are: the values themselves must not get into a report. */
const foundIn = (text: string): readonly string[] =>
  [...secrets].flatMap(([what, values]) => ([...values].some((value) => text.includes(value)) ? [what] : []))

/** All that went over the wire of the chat, both ways, but what proves to the platform who the bot is. */
const wire = () => {
  const { slack, teams } = world
  if (teams) {
    const traffic = teams.traffic().filter((body) => !body.includes('"access_token"'))
    return {
      dialogs: traffic.filter((body) => body.includes('"task"')),
      calls: teams.calls().filter(({ method }) => method !== 'token'),
      deliveries: teams.deliveries().map(({ body }) => body),
      messages: teams.messages(),
      ...{ traffic, timesOfLink: 1 }, // the dialog is the answer to a delivery
    }
  }
  return {
    dialogs: slack.calls('views.open').map((call) => JSON.stringify(call)),
    calls: slack.calls().filter(({ method }) => method !== 'views.open'),
    deliveries: slack.deliveries().map(({ body }) => decodeURIComponent(body)),
    messages: slack.messages(),
    traffic: slack.traffic().map((body) => body.replace(/(^|&)token=[^&]*/, '')),
    timesOfLink: 2, // what opens the dialog, and Slack's answer to it
  }
}

describe('after whole stories, with failures and a reveal', () => {
  test('what must not be found is known, and the search finds it where it does stand', () => {
    const counts = Object.fromEntries([...secrets].map(([what, values]) => [what, values.size]))
    expect(counts).toMatchObject({
      'a secret': 5,
      'a bot’s credential': world.teams ? 6 : 4,
      'a one-time link': 6,
      'a wrapping token': 5,
      'a token of a person': 5,
    })
    expect(counts['a token of Latchkey’s own']).toBeGreaterThan(0)
    expect(counts['a password of a person’s account']).toBeGreaterThan(5)
    expect(foundIn(wire().dialogs.join())).toEqual(['a one-time link'])
  })

  test('no secret stands in the audit rows', () => {
    const rows = story.records.rows('SELECT * FROM audit')
    expect(rows.length).toBeGreaterThan(30)
    expect(foundIn(JSON.stringify(rows))).toEqual([])
  })

  test('no secret stands in any chat message, delivery or answer, but each link in the dialog that shows it', () => {
    const { calls, deliveries, traffic, messages, timesOfLink } = wire()
    expect(foundIn(JSON.stringify(calls))).toEqual([])
    expect(foundIn(deliveries.join('\n'))).toEqual([])
    const links = secrets.get('a one-time link') ?? new Set()
    for (const nonce of links) expect(traffic.filter((body) => body.includes(nonce))).toHaveLength(timesOfLink)
    const rest = traffic.filter((body) => ![...links].some((nonce) => body.includes(nonce)))
    expect(foundIn(rest.join('\n'))).toEqual([])
    expect(foundIn(JSON.stringify(messages))).toEqual([])
  })

  test('at the vault nobody but the person ever read what was granted', async () => {
    const lines = (await readFile(world.vault.auditFile, 'utf8')).trim().split('\n')
    const requests = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'request')
    const own = requests.filter(({ request }) => request.path.startsWith('kv/data/') && request.operation === 'read')
    expect(own.length).toBe(reads)
    const names = new Set(own.map(({ auth }) => auth.display_name?.split('-u-')[1]?.replace(/-[a-z2-7]{16}$/, '')))
    expect([...names].filter(Boolean)).toEqual(['developer'])
  })

  test('no secret stands in the database files, while Latchkey runs and after it has stopped', async () => {
    expect(foundIn(await databaseBytes())).toEqual([])
    await world.latchkey().stop()
    expect(foundIn(await databaseBytes())).toEqual([])
  })

  test('no secret stands in the log, although it says everything that it can', async () => {
    const log = await readFile(world.files.log, 'utf8')
    expect(log).toContain('no credential could be issued')
    expect(foundIn(log)).toEqual([])
  })
})

const databaseBytes = async (): Promise<string> => {
  const name = basename(world.files.database)
  const files = (await readdir(world.folder)).filter((file) => file.startsWith(name))
  const contents = await Promise.all(files.map((file) => readFile(join(world.folder, file), 'latin1')))
  expect(contents.join('').length).toBeGreaterThan(100_000)
  return contents.join('\n')
}
