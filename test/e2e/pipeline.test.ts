import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { startWorld, type World } from '../../src/demo/world.ts'
import { apiAnswer, firstGrant, vaultAnswer } from '../support/api-answers.ts'
import { root } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { kubernetesApi } from '../support/kubernetes-api.ts'
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
  const shared = { issuer: ci.issuer, audience: 'latchkey', groups: ['pipelines'] }
  const pipelines = [
    { key: 'deploy', ...shared, claims },
    { key: 'shop', ...shared, audience: 'cluster', claims: { sub: 'system:serviceaccount:shop:fetch' } },
  ]
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

const token = (claims?: object) =>
  ci.signed(claims ?? { repository: 'acme/shop', ref: 'refs/heads/main', run_id: '17' })
const call = async (path: string, sent?: object, by = token()) => {
  const answer = await fetch(`${world.latchkey().url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${by}`, ...(sent && { 'content-type': 'application/json' }) },
    ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
  })
  return apiAnswer(answer)
}
const vaultCall = async (path: string, body: object, vaultToken?: string) => {
  const answer = await fetch(`${world.vault.address}/v1/${path}`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    ...(vaultToken !== undefined && { headers: { 'x-vault-token': vaultToken } }),
  })
  return vaultAnswer(answer)
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
  const grant = firstGrant(await call('/grants')).id
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

test('a CronJob in a cluster fetches a fresh secret_id through the API, as it is printed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'))
  const cluster = await kubernetesApi(folder)
  try {
    const by = token({ aud: 'cluster', sub: 'system:serviceaccount:shop:fetch' })
    const workload = { kind: 'approle', cidrs: ['127.0.0.0/8'] }
    const items = [{ path: orders, permission: 'read' }]
    const wish = { vault: 'example', items, duration: '15m', reason: 'the shop needs its orders', workload }
    expect((await call('/requests', wish, by)).status).toBe(201)
    await story.approve(story.cast.owner, await eventually(() => story.records.newestOf('pipeline-shop')))
    const grant = firstGrant(await call('/grants', undefined, by))
    const printed = grant.usage.ways.find(({ kind }) => kind === 'cron-job')?.text ?? ''
    const objects = parseAllDocuments(printed).map((one) => one.toJS())
    const [container] = objects.at(-1).spec.jobTemplate.spec.template.spec.containers
    const environment = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    )
    cluster.addAccount('shop', 'fetch')
    cluster.putSecret(`shop/${environment.SECRET}`, {})
    cluster.allow(`shop/fetch patch secrets/shop/${environment.SECRET}`)
    const { accountFolder } = await cluster.podOf('shop', 'fetch')
    await writeFile(join(folder, 'token'), by)
    const [, ...line] = container.command
    const run = () =>
      promisify(execFile)(process.execPath, line, {
        env: {
          ...{ ...environment, LATCHKEY: world.latchkey().url, ACCESS: grant.id, TOKENS: folder },
          ...{ ACCOUNT: accountFolder, KUBERNETES: cluster.url, NODE_EXTRA_CA_CERTS: join(accountFolder, 'ca.crt') },
        },
      })
    const login = () => vaultCall('auth/latchkey-workloads/login', cluster.secretAt(`shop/${environment.SECRET}`))
    const said = await run()
    expect([(await login()).status, (await login()).status]).toEqual([200, 200])
    const { secret_id: first } = cluster.secretAt(`shop/${environment.SECRET}`)
    await run()
    expect(cluster.secretAt(`shop/${environment.SECRET}`).secret_id).not.toBe(first)
    expect((await login()).status).toBe(200)
    expect(said.stdout + said.stderr).not.toContain(first)
  } finally {
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
