import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { findsNothing } from '../support/schemathesis.ts'
import { signHere, signingProxy } from '../support/signing-proxy.ts'
import { type Story, storyIn } from '../support/story.ts'
import { newTerminalKey } from '../support/terminal-key.ts'

// The API of the running process, with a session that a person opened with a code in chat.

let world: World
let story: Story
const by = newTerminalKey()
let token = ''
let proxy: Awaited<ReturnType<typeof signingProxy>>

beforeAll(async () => {
  world = await startWorld()
  story = storyIn(world)
  token = await signedIn()
  proxy = await signingProxy(world.latchkey().url, by, () => token)
})
afterAll(async () => {
  await proxy?.stop()
  await world?.stop()
})

const sessions = () => `${world.latchkey().url}/api/v1/sessions`
const post = (url: string, body: object) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', dpop: by.proof({ url }) },
    body: JSON.stringify(body),
  })

const signedIn = async (): Promise<string> => {
  const { hands } = story.cast.developer
  const started = await post(`${sessions()}/start`, { key: by.thumbprint, host: 'laptop' })
  const { id, code } = (await started.json()) as { id: string; code: string }
  await eventually(async () => {
    await hands.command(`terminal ${code}`)
    return hands.view() !== undefined
  })
  await hands.submit()
  return eventually(async () => {
    const answer = await post(`${sessions()}/token`, { grant_type: 'device_code', id })
    return answer.ok && ((await answer.json()) as { access_token: string }).access_token
  })
}

const call = async (path: string, sent?: object) => {
  const answer = await fetch(`${proxy.url}/api/v1${path}`, {
    headers: { authorization: signHere, ...(sent && { 'content-type': 'application/json' }) },
    ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: this test reads any field of any answer
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }
}

test('a person asks by API, an owner approves in chat, and the link by API opens the secret', async () => {
  const me = await call('/me')
  expect(me.headers.get('cache-control')).toBe('no-store')
  const [vault] = me.body.vaults
  const found = (await call('/resources?text=orders%20database')).body.items[0]
  const items = [{ path: found.path, permission: 'read' }]
  const filed = await call('/requests', {
    vault: vault.id,
    items,
    duration: vault.durations[0],
    reason: 'The queue is stuck.',
  })
  expect(filed.status).toBe(201)
  const { id, revision } = filed.body
  const record = await story.untilState({ id } as never, 'pending')
  const waits = call(`/requests/${id}?wait=25&revision=${revision}`)
  await story.approve(story.cast.owner, record)
  expect((await waits).body.revision).toBeGreaterThan(revision)
  const grant = (await call('/grants')).body.items[0]
  expect(grant).toMatchObject({ request: id, state: 'active' })
  const { url } = (await call(`/grants/${grant.id}/link`, {})).body
  const redeemed = await call('/links/redeem', { link: url })
  expect(redeemed.body).toMatchObject({ grant: grant.id, address: world.vault.address })
})

test('schemathesis finds no error and no answer that the document does not describe', {
  timeout: 600_000,
}, async () => {
  const url = `${proxy.url}/api/v1`
  const { isClean, said } = await findsNothing(
    // Operators need all rights: elsewhere their calls are tried with these, here each is one refusal.
    [`${url}/openapi.json`, '--url', url, '-H', `Authorization: ${signHere}`, '--exclude-path-regex', '^/operator/'],
    world.folder,
  )
  expect(isClean, said.slice(-6000)).toBe(true)
})
