import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { Event } from '../../src/domain/events.ts'
import { eventually } from '../support/eventually.ts'
import { runCli } from '../support/run-cli.ts'
import { orders, ordersApi, type Story, storyIn } from '../support/story.ts'

const key = 'the key of the audit receiver'
let world: World
let story: Story
let metricsPort = 0
const events: Event[] = []
const delivered: { sequence: number; hash: string; kind: string }[] = []
const unsigned: string[] = []
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const signed = `v1:${request.headers['x-latchkey-timestamp']}:${body}`
  const signature = `v1=${createHmac('sha256', key).update(signed).digest('hex')}`
  if (request.headers['x-latchkey-signature'] !== signature) unsigned.push(body)
  if (request.url === '/events') events.push(...JSON.parse(body).events)
  else delivered.push(...JSON.parse(body).events)
  response.end()
})

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  metricsPort = await freePort()
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  world = await startWorld({
    durations: ['1h'],
    environment: { AUDIT_WEBHOOK_SECRET: key, EVENTS_WEBHOOK_SECRET: key },
    settings: {
      metrics: { listen: `127.0.0.1:${metricsPort}` },
      audit: { webhook: { url }, headTo: channel.id },
      events: { webhook: { url: `${url}events` } },
    },
  })
  story = storyIn(world)
})
afterAll(async () => {
  await world?.stop()
  receiver.closeAllConnections()
  receiver.close()
})

const latchkey = async (...line: readonly string[]) => {
  const { code, out, err } = await runCli([...line, '--config', world.files.config])
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}
const json = async (...line: readonly string[]) => JSON.parse((await latchkey(...line, '--json')).out)
const scrape = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
const access = async (path = orders) => {
  const request = await story.ask(story.cast.developer, { path })
  await story.approve(path === ordersApi ? story.cast.lead : story.cast.owner, request)
  const { token } = await story.credential(story.cast.developer, request)
  return { request, token, grant: story.records.request(request.id).grant?.id ?? '' }
}

test('an operator ends access: the vault refuses the credential, the proof is shown, and the record has the operator', async () => {
  const { request, token, grant } = await access()
  expect((await latchkey('requests')).out).toMatch(
    new RegExp(`${request.id.slice(0, 8)} .*approved, access active .*developer`),
  )
  expect((await latchkey('grants', '--person', 'developer')).out).toMatch(
    new RegExp(`${grant.slice(0, 8)} .*active until`),
  )
  expect(await story.read(token)).toBe(200)

  const why = 'left the team'
  const { code, out } = await latchkey('revoke', grant.slice(0, 10), '--reason', why)
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(
      /ending \(revoked: “left the team”\), not proved yet\n.*ended .* proved by canary after \d+ ms\nEvery end is proved\.$/,
    ),
  ])
  expect(await story.read(token)).toBe(403)
  const [asked] = await json('audit', 'list', '--kind', 'access-ending', '--request', request.id)
  expect(asked.actor).toEqual({ kind: 'operator', name: expect.stringMatching(/^\S+@\S+/) })
  expect(asked.detail).toEqual({ because: 'revoked', note: why })
  await story.untilAllSay(request, 'Revoked by an operator of Latchkey', why)
  expect((await latchkey('grants', '--all')).out).toContain(`(revoked: “${why}”)`)
})

test('an operator ends everything of a person, and of an integration', async () => {
  const both = [await access(), await access(ordersApi)]
  const asked = await json('revoke', '--person', 'developer', '--integration', 'example')
  expect(new Set(asked.map(({ id }: { id: string }) => id))).toEqual(new Set(both.map(({ grant }) => grant)))
  expect(asked.map(({ state }: { state: string }) => state)).toEqual(['ended', 'ended'])
  expect(await Promise.all(both.map(({ token }) => story.read(token)))).toEqual([403, 403])
  expect(await latchkey('revoke', '--integration', 'example')).toMatchObject({
    code: 0,
    out: expect.stringContaining('no live access'),
  })
})

test('what cannot be ended is said, and nothing else is ended', async () => {
  const { grant } = await access()
  expect(await latchkey('revoke', grant, 'ffff')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no grant "ffff". Nothing was ended'),
  })
  expect(await latchkey('revoke', '--person', 'nobody')).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not know'),
  })
  expect(await latchkey('revoke', '--integration', 'other')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there are example'),
  })
  expect(await latchkey('revoke')).toMatchObject({ code: 2 })
  expect(await latchkey('revoke', grant, '--reason', 'no')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--reason: write 5 to 500 characters'),
  })
  expect(await latchkey('revoke', grant, '--person', 'developer')).toMatchObject({ code: 2 })
  const { code, err } = await runCli(['revoke', '--person', 'developer', '--config', world.files.config], {
    answers: ['no'],
  })
  expect([code, err]).toEqual([1, expect.stringContaining('Nothing was ended')])
  expect((await json('grants')).map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
    [grant, 'active'],
  ])
  expect((await latchkey('revoke', grant, '--no-wait')).out).toContain('The ends are requested')
  await eventually(async () => (await json('grants')).length === 0)
})

test('requests are found by state, and a table fits the terminal', async () => {
  const request = await story.ask(story.cast.developer)
  const [pending] = await json('requests', '--state', 'pending')
  expect(pending).toMatchObject({ id: request.id, owners: ['group:databases'], person: 'developer' })
  await story.deny(story.cast.owner, request, 'Not this week, sorry.')
  expect((await json('requests', '--state', 'denied')).map(({ id }: { id: string }) => id)).toEqual([request.id])
  expect(await json('requests')).toEqual([])
  expect((await json('requests', '--all', '--limit', '2')).length).toBe(2)
  const { out } = await runCli(['requests', '--all', '--config', world.files.config], { width: 80 })
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('status tells what waits, and the head of the log', async () => {
  const { out } = await latchkey('status')
  expect(out).toMatch(/^Latchkey \d+\.\d+\.\d+ at http/)
  expect(out).toContain('\nReady.\n')
  expect(out).toContain('example: the vault answers')
  const { audit } = await json('status')
  expect((await latchkey('audit', 'verify', '--head', `${audit.sequence}:${audit.hash}`)).code).toBe(0)
})

test('evidence names the decider’s entitlement by the very people file, and the proof', async () => {
  const { request, grant } = await access()
  await latchkey('revoke', grant)
  const evidence = JSON.parse((await latchkey('audit', 'evidence', request.id.slice(0, 12), '--format', 'json')).out)
  const people = createHash('sha256').update(readFileSync(world.files.people)).digest('hex')
  expect(evidence.decisions).toMatchObject([
    {
      by: 'database-owner',
      eligibility: {
        as: 'group:databases (tag)',
        memberCount: 2,
        members: ['database-owner', 'second-database-owner'],
        directory: people,
      },
    },
  ])
  expect(evidence.policy.isHashOfDocument).toBe(true)
  expect(evidence.access.ended.proof.means).toBe('canary')
  expect(evidence.audit.isWhole).toBe(true)
  const who = async (at: string) =>
    (await json('audit', 'who', '--resource', orders, '--at', at)).filter(
      (one: { request: string }) => one.request === request.id,
    )
  expect(await who(evidence.access.fetched.at(-1).at)).toMatchObject([
    { person: 'developer', credentialSince: evidence.access.fetched.at(-1).at },
  ])
  expect(await who('0s')).toEqual([])
})

test('metrics count what happened, and name nobody', async () => {
  const text = await scrape()
  expect(text).toMatch(/latchkey_requests_total\{integration="example",state="approved"\} [1-9]/)
  expect(text).toMatch(/latchkey_revocation_seconds_count\{integration="example",means="canary"\} [1-9]/)
  expect(text).toMatch(/latchkey_catalogue_resources\{integration="example"\} [1-9]/)
  expect(text).toContain('latchkey_audit_push_lag_rows{sink="webhook"}')
  expect(text).not.toMatch(/developer|database-owner|kv\/|apps\//)
  expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404)
})

test('the receiver has every audit row, in order, each once, signed', async () => {
  const { sequence, hash } = (await json('status')).audit
  await eventually(() => delivered.some((row) => row.sequence === sequence))
  expect(delivered.slice(0, sequence).map((row) => row.sequence)).toEqual(
    Array.from({ length: sequence }, (_, index) => index + 1),
  )
  expect(delivered[sequence - 1]?.hash).toBe(hash)
  expect(unsigned).toEqual([])
})

test('programs learn of an access from its request to its end, and again when an operator says so', async () => {
  const { request, grant } = await access()
  await latchkey('revoke', grant)
  const about = () => events.filter((event) => event.request === request.id)
  await eventually(() => about().at(-1)?.type === 'access.ended')
  const types = about().map(({ type }) => type)
  expect(types).toEqual([
    ...['request.submitted', 'request.approved', 'access.started', 'access.fetched'],
    ...['access.ending', 'access.ended'],
  ])
  const [submitted, approved] = about()
  expect(submitted).toMatchObject({ vault: 'example', items: [{ permission: 'read', path: orders }] })
  expect(approved).toMatchObject({ state: 'approved', actor: { kind: 'person', id: 'database-owner' } })
  expect(JSON.stringify(events)).not.toMatch(/accessor|hvs\.|"link"/)
  const { out } = await latchkey('events', 'replay', '--after', String((submitted?.sequence ?? 0) - 1))
  expect(out).toMatch(/^The events of rows \d+ to \d+ are sent again/)
  await eventually(() => about().length === 2 * types.length)
  expect(about().map(({ sequence }) => sequence)).toEqual(
    [...about().slice(0, types.length), ...about().slice(0, types.length)].map(({ sequence }) => sequence),
  )
  expect((await latchkey('status')).out).toMatch(/Events webhook: has every row\./)
  expect((await latchkey('events', 'replay', '--after', '999999')).out).toMatch(/^Nothing to send again/)
  expect(await latchkey('events', 'replay', '--after', '-1')).toMatchObject({ code: 2 })
})

test('erase says what it may, what must stay, and what has to be erased elsewhere', async () => {
  await access()
  const said = await latchkey('erase', 'developer', '--dry-run')
  expect(said.out).toMatch(
    /^Would be erased of developer: 0 reasons, 0 notes, and the words of 0 audit rows\.\nKept: \d+ requests?, /,
  )
  expect(said.out).toContain('Not in this database')
  expect(await latchkey('erase', 'nobody-at-all')).toMatchObject({
    code: 1,
    err: expect.stringContaining('ever asked'),
  })
  expect((await latchkey('erase', 'developer')).out).toMatch(/^Erased of developer: 0 reasons/)
  expect((await latchkey('audit', 'verify')).code).toBe(0)
})

test('the head of the log is in the log of the program and in the channel', async () => {
  const heads = readFileSync(world.files.log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"audit head"'))
  const { sequence, hash } = JSON.parse(heads[0] ?? '{}')
  expect((await latchkey('audit', 'verify', '--head', `${sequence}:${hash}`)).code).toBe(0)
  const words = `audit verify --head ${sequence}:${hash}`
  await eventually(() =>
    world.slack.messages(channel.id).some((message) => world.slack.textOf(message).includes(words)),
  )
})

test('after a kill the next process takes the socket over; without one the commands say how to start it', async () => {
  await world.latchkey().kill()
  expect(await latchkey('grants')).toMatchObject({
    code: 1,
    err: expect.stringContaining('Start it with "latchkey serve"'),
  })
  expect((await latchkey('audit', 'verify')).code).toBe(0)
  await world.restart()
  expect((await latchkey('status')).code).toBe(0)
})

test('whoever opens the socket and says nothing keeps the server from nothing', async () => {
  const guests = Array.from({ length: 5 }, () => connect(join(dirname(world.files.database), 'latchkey.sock')))
  await Promise.all(guests.map((guest) => once(guest, 'connect')))
  expect((await latchkey('status')).code).toBe(0)
  const stopped = Date.now()
  await world.latchkey().stop()
  expect(Date.now() - stopped).toBeLessThan(8_000)
  await world.restart()
})
