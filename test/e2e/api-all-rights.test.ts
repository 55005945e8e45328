import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examplePeople } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { root } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { findsNothing } from '../support/schemathesis.ts'
import { smallIssuer } from '../support/small-issuer.ts'

// The API of the running process for programs with access tokens of the issuer: all rights, so decisions, too.

const run = promisify(execFile)
const lead = 'platform-lead'
let world: World
let issuer: ReturnType<typeof smallIssuer>
const server = createServer((request, response) => issuer.listener(request, response))

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  issuer = smallIssuer(address, lead)
  const linked = (key: keyof typeof examplePeople.people) => ({
    [key]: { ...examplePeople.people[key], oidc: [{ issuer: address, claim: 'sub', value: key }] },
  })
  world = await startWorld({
    settings: {
      signIn: { issuer: address, clientId: 'latchkey' },
      api: { audience: 'latchkey-api', clients: ['robot'] },
      auditors: [`person:${lead}`],
    },
    environment: { OIDC_CLIENT_SECRET: 'of this test' },
    more: { people: { ...linked(lead), ...linked('developer') } },
  })
})
afterAll(async () => {
  await world?.stop()
  server.close()
})

const bearer = (sub: string) =>
  `Bearer ${issuer.signed({ sub, aud: 'latchkey-api', client_id: 'robot' }, { typ: 'at+jwt' })}`
const call = async (who: string, path: string, sent?: object) => {
  const answer = await fetch(`${world.latchkey().url}/api/v1${path}`, {
    headers: { authorization: bearer(who), ...(sent && { 'content-type': 'application/json' }) },
    ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: this test reads any field of any answer
  return { status: answer.status, body: (await answer.json()) as any }
}
const filed = async (words: string): Promise<string> => {
  const search = `/resources?text=${encodeURIComponent(words)}`
  const found = await eventually(async () => (await call('developer', search)).body.items[0])
  const items = [{ resource: found.id, permission: found.permissions[0] }]
  const wish = { vault: 'example', items, duration: '15m', reason: 'The queue is stuck.' }
  return (await call('developer', '/requests', wish)).body.id
}

test('an owner decides by API, and an auditor reads what happened', async () => {
  const id = await filed('cloud-root')
  const waiting = (await call(lead, '/requests?which=waiting')).body.items
  expect(waiting).toMatchObject([{ id, state: 'pending' }])
  const decided = await call(lead, `/requests/${id}/decision`, { verdict: 'deny', note: 'Not this week.' })
  expect(decided.body).toMatchObject({ state: 'denied', decisions: [{ by: { id: lead } }] })
  const rows = (await call(lead, '/audit?limit=100')).body.items
  expect(rows).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'request-denied', request: id })]))
  const events = (await call(lead, '/events?limit=100')).body.items
  expect(events).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'request.denied', request: id })]))
  expect((await call('developer', '/audit')).body.error.code).toBe('not-an-auditor')
})

/** What each line of a block of the README answers, typed into a shell. */
const followed = async (block: string, who: string, request = '') => {
  const readme = await readFile(join(root, 'src/http/api/README.md'), 'utf8')
  const [, lines = 'false'] = new RegExp(`followed: ${block} -->\\s*\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  const [, TOKEN = ''] = bearer(who).split(' ')
  const env = { PATH: process.env.PATH, TOKEN, LATCHKEY: world.latchkey().url, REQUEST: request }
  const { stdout } = await run('sh', ['-euc', lines.replaceAll(/^curl /gm, 'echo; curl ')], { env })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

test('the README is followed with curl, from a request to an access', async () => {
  const [found, asked] = await followed('asking', 'developer')
  expect(found.items.map(({ path }: { path: string }) => path)).toContain('kv/apps/orders/api')
  const [waiting, decided] = await followed('deciding', lead, asked.id)
  expect(waiting.items).toMatchObject([{ id: asked.id }])
  expect(decided).toMatchObject({ state: 'approved', decisions: [{ note: 'Go on.' }] })
  const [seen, grants] = await followed('using', 'developer', asked.id)
  const { name } = examplePeople.people[lead]
  expect(seen.timeline.map(({ text }: { text: string }) => text)).toContainEqual(
    expect.stringContaining(`${name} approved`),
  )
  expect(grants.items).toMatchObject([{ request: asked.id }])
})

test('schemathesis finds nothing with all rights, either', { timeout: 600_000 }, async () => {
  // Decisions are about a request that exists. Its id gets about, so waiting for a change of it must be short.
  const settings = [
    '[[operations]]',
    'include-operation-id = "decideRequest"',
    `parameters = { "path.id" = "${await filed('cloud-root')}" }`,
    '[[operations]]',
    'include-operation-id = "showRequest"',
    'parameters = { "query.wait" = 1 }',
  ]
  const url = `${world.latchkey().url}/api/v1`
  const { isClean, said } = await findsNothing(
    [`${url}/openapi.json`, '--url', url, '-H', `Authorization: ${bearer(lead)}`],
    world.folder,
    settings,
  )
  expect(isClean, said.slice(-6000)).toBe(true)
})
