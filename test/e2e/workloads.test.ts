import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenBaoServer, startOpenBao } from '../../src/demo/openbao.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { apiAnswer, firstGrant } from '../support/api-answers.ts'
import { eventually } from '../support/eventually.ts'
import { signHere, signingProxy } from '../support/signing-proxy.ts'
import { orders, ordersApi, type Story, storyIn } from '../support/story.ts'
import { newTerminalKey } from '../support/terminal-key.ts'
import { type WorkloadLogins, workloadLogins, workloadsOffered } from '../support/workload-logins.ts'

// Access for a job, asked for in Slack, and for a service account, asked for by API.

let vault: OpenBaoServer
let logins: WorkloadLogins
let folder: string
let world: World
let story: Story

beforeAll(async () => {
  vault = await startOpenBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-workloads-'))
  logins = await workloadLogins({ server: vault }, folder)
  for (const name of ['payments', 'invoices']) logins.cluster.addAccount('shop', name)
  world = await startWorld({
    vault,
    preparation: { optionalRights: ['workloads', 'list-policies'], workloadLogins: ['kubernetes', 'jwt'] },
    integrations: (example) => [{ ...example, vault: { ...example.vault, workloads: workloadsOffered } }],
  })
  story = storyIn(world)
})
afterAll(async () => {
  await world?.stop()
  await logins?.stop()
  await vault?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Chooses who uses it, and waits until the form asks what that choice needs. */
const uses = async (option: string, ...then: readonly string[]) => {
  await story.cast.developer.hands.pick('Who uses it', option)
  await eventually(() => then.every((label) => fieldsOf().some((field) => field.label === label)))
}
const fieldsOf = () => story.cast.developer.hands.view()?.fields ?? []
const rolesAt = async (mount: string): Promise<readonly string[]> => {
  const found = await world.admin('GET', `auth/${mount}/role?list=true`).catch(() => undefined)
  return (found as { data?: { keys?: readonly string[] } } | undefined)?.data?.keys ?? []
}

test('a job gets what its requester asked for in Slack: a secret_id that logs in once, and nothing after the end', async () => {
  const { developer, owner } = story.cast
  const { hands } = developer
  await story.openForm(developer, { path: orders, reason: 'The nightly export reads the orders.' })
  const who = fieldsOf().find(({ label }) => label === 'Who uses it')
  expect(who).toMatchObject({
    value: 'Me',
    options: [
      ...['Me', 'A service account in production', 'A pipeline of CI'],
      ...['A job that logs in once', 'A service with an AppRole'],
    ],
  })

  await uses('A service with an AppRole', 'From which networks')
  await hands.fill('From which networks', '10.0.0.0/8 0.0.0.0/0')
  const refused = await hands.submit()
  expect(refused).toMatchObject({
    closed: false,
    errors: { 'From which networks': expect.stringContaining('too large to keep anybody out: 0.0.0.0/0') },
  })
  await uses('A pipeline of CI', 'What its token says')
  await hands.fill('What its token says', 'repository=acme/shop\nref=\nenvironment=')
  expect((await hands.submit()).errors).toEqual({
    'What its token says': expect.stringContaining('Write the exact ref or environment too'),
  })
  await uses('A service account in production', 'Namespace', 'Service account')
  await hands.pick('Namespace', 'shop')
  await hands.fill('Service account', '*')
  expect((await hands.submit()).errors).toEqual({
    'Service account': expect.stringContaining('exact name of one service account'),
  })
  expect(fieldsOf().find(({ label }) => label === 'Why')?.value).toBe('The nightly export reads the orders.')

  await uses('A job that logs in once')
  expect((await hands.submit()).closed).toBe(true)
  const request = story.records.newestOf('developer')
  if (!request) throw new Error('nothing was filed')
  const asked = await story.cardOf(request, 'owner', 'database-owner')
  expect(asked.text).toContain('Used by a job that logs in once')
  expect(asked.text).toContain('Whoever gets its secret_id first can use it once')
  await owner.hands.press(asked, 'Approve')
  await eventually(() => owner.hands.view()?.text.includes('a job that logs in once'))
  await owner.hands.submit()
  const active = await story.untilState(request, 'active')

  const url = await story.link(developer, active)
  const { html, wrappingToken = '' } = await newBrowser().redeem(url)
  expect(html).not.toContain('wrapped_token=') // nobody is signed in to the vault's pages
  const role_id = /id="role">([0-9a-f-]{36})</.exec(html)?.[1]
  const secret_id = await logins.unwrap(wrappingToken)
  const { token = '' } = await logins.logIn('latchkey-workloads', { role_id, secret_id })
  expect([await story.read(token, orders), await story.read(token, ordersApi)]).toEqual([200, 403])
  expect((await logins.logIn('latchkey-workloads', { role_id, secret_id })).token).toBeUndefined()

  await story.press(developer, active, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
  expect(await rolesAt('latchkey-workloads')).toEqual([])
  await story.untilAllSay(request, 'Proved: a test login')
})

test('a service account gets what was asked for by API, has nothing to fetch, and reads nothing after the end', async () => {
  const { developer, owner } = story.cast
  const by = newTerminalKey()
  const token = await signedIn(by)
  const proxy = await signingProxy(world.latchkey().url, by, () => token)
  const call = async (path: string, sent?: object) => {
    const answer = await fetch(`${proxy.url}/api/v1${path}`, {
      headers: { authorization: signHere, ...(sent && { 'content-type': 'application/json' }) },
      ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
    })
    return apiAnswer(answer)
  }
  const workload = { kind: 'kubernetes', mount: 'kubernetes', namespace: 'shop', serviceAccount: 'payments' }
  const items = [{ path: orders, permission: 'read' }]
  const wish = { vault: 'example', items, duration: '15m', reason: 'Payments reads the orders.', workload }
  const refused = await call('/requests', { ...wish, workload: { ...workload, namespace: 'kube-system' } })
  expect([refused.status, refused.body.error]).toMatchObject([400, { code: 'workload-refused', field: 'workload' }])
  expect(refused.body.error.message).toContain('shop, billing')

  const filed = await call('/requests', wish)
  expect([filed.status, filed.body.workload]).toEqual([201, { ...workload, audience: 'vault' }])
  const request = story.records.newestOf('developer')
  if (!request) throw new Error('nothing was filed')
  const card = await story.cardOf(request, 'owner', 'database-owner')
  expect(card.text).toContain('Everybody who may start pods in shop can use it')
  expect(card.text).toContain('no test login proves the end')
  const active = await story.approve(owner, request)
  await story.untilAllSay(active, 'Used by service account payments in namespace shop')

  const grant = firstGrant(await call('/grants'))
  const { role, audience } = grant.usage.login
  expect(await rolesAt('kubernetes')).toEqual([role])
  const mine = await story.cardOf(active, 'access', 'developer')
  expect(mine.text).toContain(`with the role ${role}`)
  expect(mine.text).not.toContain('[Get my one-time link]')
  expect((await call(`/grants/${grant.id}/link`, {})).body.error.code).toBe('nothing-to-fetch')

  const as = async (name: string) => logins.cluster.tokenFor('shop', name, audience)
  const login = await logins.logIn('kubernetes', { role, jwt: await as('payments') })
  expect(await story.read(login.token ?? '', orders)).toBe(200)
  expect((await logins.logIn('kubernetes', { role, jwt: await as('invoices') })).token).toBeUndefined()

  await story.press(developer, active, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(login.token ?? '', orders)).toBe(403)
  expect((await logins.logIn('kubernetes', { role, jwt: await as('payments') })).token).toBeUndefined()
  await story.untilAllSay(request, 'no longer has its policy or its role')
  expect(await rolesAt('kubernetes')).toEqual([])
  await proxy.stop()
})

const signedIn = async (by: ReturnType<typeof newTerminalKey>): Promise<string> => {
  const { hands } = story.cast.developer
  const post = (url: string, body: object) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', dpop: by.proof({ url }) },
      body: JSON.stringify(body),
    })
  const sessions = `${world.latchkey().url}/api/v1/sessions`
  await hands.closeView()
  const started = await post(`${sessions}/start`, { key: by.thumbprint, host: 'laptop' })
  const { id, code } = (await started.json()) as { id: string; code: string }
  await eventually(async () => {
    await hands.command(`terminal ${code}`)
    return hands.view() !== undefined
  })
  await hands.submit()
  return eventually(async () => {
    const answer = await post(`${sessions}/token`, { grant_type: 'device_code', id })
    return answer.ok && ((await answer.json()) as { access_token: string }).access_token
  })
}
