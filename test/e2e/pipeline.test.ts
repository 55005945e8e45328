import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { root } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { newMachine, runPeopleProcess } from '../support/people-cli.ts'
import { ciSystem } from '../support/pipeline-world.ts'
import { orders, type Story, storyIn } from '../support/story.ts'

// A CI job asks, an owner approves in chat, and the job logs in once; then the same with people's command, word for word.

let ci: Awaited<ReturnType<typeof ciSystem>>
let world: World
let story: Story
beforeAll(async () => {
  ci = await ciSystem()
  const claims = { repository: 'acme/shop', ref: 'refs/heads/main' }
  const pipelines = [{ key: 'deploy', issuer: ci.issuer, audience: 'latchkey', claims, groups: ['pipelines'] }]
  world = await startWorld({
    settings: { pipelines },
    preparation: { optionalRights: ['workloads'] },
    more: { groups: { pipelines: [] } },
    integrations: (example) => [
      {
        ...{ ...example, requesters: ['group:engineers', 'group:pipelines'] },
        vault: { ...example.vault, workloads: { approleMount: 'latchkey-workloads' } },
      },
    ],
  })
  story = storyIn(world)
})
afterAll(async () => {
  await world?.stop()
  ci?.stop()
})

const token = () => ci.signed({ repository: 'acme/shop', ref: 'refs/heads/main', run_id: '17' })
const call = async (path: string, sent?: object) => {
  const answer = await fetch(`${world.latchkey().url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token()}`, ...(sent && { 'content-type': 'application/json' }) },
    ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: this test reads any field of any answer
  return { status: answer.status, body: (await answer.json()) as any }
}
const vaultCall = async (path: string, body: object, vaultToken?: string) => {
  const answer = await fetch(`${world.vault.address}/v1/${path}`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    ...(vaultToken !== undefined && { headers: { 'x-vault-token': vaultToken } }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: this test reads any field of any answer
  return { status: answer.status, body: (await answer.json()) as any }
}
const newest = () => eventually(() => story.records.newestOf('pipeline-deploy'))

test('a pipeline asks for a job, owners read which run asks, and its secret_id logs in once', async () => {
  await eventually(async () => (await call('/resources?text=orders%20database')).body.items.length > 0)
  const filed = await call('/requests', {
    ...{ vault: 'example', items: [{ path: orders, permission: 'read' }], duration: '15m', reason: 'release 17' },
    workload: { kind: 'job' },
  })
  expect([filed.status, filed.body.workload]).toEqual([201, { kind: 'job' }])
  const record = await newest()
  const card = await story.cardOf(record, 'owner', 'database-owner')
  for (const words of ['pipeline deploy asks', 'acme/shop', 'refs/heads/main', 'A pipeline asks, no person.'])
    expect(card.text).toContain(words)
  await story.approve(story.cast.owner, record)
  const { grant } = (await call(`/requests/${filed.body.id}`)).body
  expect(grant.usage.login).toMatchObject({ kind: 'job', mount: 'latchkey-workloads' })
  const { url } = (await call(`/grants/${grant.id}/link`, {})).body
  const { wrappingToken, appRole } = (await call('/links/redeem', { link: url })).body
  const { secret_id } = (await vaultCall('sys/wrapping/unwrap', {}, wrappingToken)).body.data
  const login = () => vaultCall('auth/latchkey-workloads/login', { role_id: appRole.roleId, secret_id })
  const first = await login()
  expect([first.status, (await login()).status]).toEqual([200, 400])
  const read = () =>
    fetch(`${world.vault.address}/v1/kv/data/apps/orders/database`, {
      headers: { 'x-vault-token': first.body.auth.client_token },
    })
  expect((await read()).status).toBe(200)
  expect((await call(`/grants/${grant.id}/revoke`, {})).status).toBe(200)
  await story.untilState(record, 'ended')
  expect((await read()).status).toBe(403)
})

test('the lines of the README do it in a job, and the exit code says a denial', async () => {
  const readme = await readFile(join(root, 'src/people-cli/README.md'), 'utf8')
  const [, block = ''] = /<!-- followed: in a pipeline -->\s*```sh\n([\s\S]*?)```/.exec(readme) ?? []
  const machine = await newMachine()
  const file = join(machine.home, 'token')
  await writeFile(file, token())
  const bin = join(root, 'src/people-cli/bin.ts')
  const script = [
    `cd '${machine.home}'`,
    `latchkey() { '${process.execPath}' '${bin}' "$@"; }`,
    ...block.replace('https://latchkey.example', world.latchkey().url).split('\n'),
  ].join('\n')
  const typed = () => runPeopleProcess(machine, ['-e', '-c', script], { program: ['bash'] })
  const before = (await newest()).id
  const asked = () =>
    eventually(() => {
      const record = story.records.newestOf('pipeline-deploy')
      return record && record.id !== before && record.state === 'pending' && record
    })
  const running = typed()
  const record = await asked()
  await story.approve(story.cast.owner, record)
  const { code, out, err } = await running
  expect({ code, out, err }).toMatchObject({ code: 0, err: expect.stringContaining('Approved by Database owner') })
  expect(await readFile(join(machine.home, 'password'), 'utf8')).toBe('example-orders-password')
  expect(out + err).not.toContain('example-orders-password')
  const grant = (await call('/grants')).body.items[0].id
  expect((await call(`/grants/${grant}/revoke`, {})).status).toBe(200)
  await story.untilState(record, 'ended')

  const again = typed()
  const second = await eventually(() => {
    const found = story.records.newestOf('pipeline-deploy')
    return found && found.id !== record.id && found
  })
  await story.deny(story.cast.owner, second, 'Not on a Friday.')
  expect(await again).toMatchObject({ code: 5, err: expect.stringContaining('Not on a Friday.') })
})
