import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../image/programs.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { runCli } from '../support/run-cli.ts'
import { orders, type Story, storyIn } from '../support/story.ts'
import { codeIn } from './chapter.ts'
import { kubectl } from './cluster.ts'
import { type InstalledWorld, imageHere, renewVolume, startInstalledWorld } from './installed-world.ts'
import { makeOpenBaoImage } from './openbao-image.ts'

let world: InstalledWorld
let story: Story
/** A token of an access that lives through the whole file. */
let live: { readonly request: RequestRecord; readonly token: string }

beforeAll(async () => {
  await makeOpenBaoImage((line) => console.error(line))
  world = await startInstalledWorld()
})
afterAll(() => world?.stop())

const here = (...words: readonly string[]) => kubectl('-n', world.namespace, ...words)
const pod = 'latchkey-vault-0'
const secretNames = ['latchkey-vault-role', 'latchkey-vault-tls', 'latchkey-vault-unseal']
const secretsNow = () => here('get', 'secret', ...secretNames, '-o', 'jsonpath={.items[*].data}')
const tell = (what: string, since: number) => console.log(`${what}: ${((Date.now() - since) / 1000).toFixed(1)} s`)

/** Until whoever has the access reads the secret. */
const untilRead = (what: string, since: number) =>
  eventually(async () => (await story.read(live.token, orders).catch(() => 0)) === 200, {
    limit: 120_000,
    about: () => `${what}: the access reads again`,
  }).then(() => tell(what, since))

/** Until another process than before serves, and the access reads there. */
const untilReplaced = async (what: string, act: () => Promise<unknown>) => {
  const process = () =>
    here(
      'get',
      'pod',
      pod,
      '-o',
      'jsonpath={.metadata.uid} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].ready}',
    ).catch(() => '')
  const [before] = (await process()).split(' true')
  const since = Date.now()
  await act()
  const isOther = async () => {
    const now = await process()
    return now.endsWith(' true') && !now.startsWith(`${before}`)
  }
  await eventually(isOther, { limit: 120_000, about: () => `${what}: another process is ready` })
  await untilRead(what, since)
}

test('one command on an empty cluster gives a vault and a Latchkey: a request is approved, and its secret is read', async () => {
  const began = Date.now()
  // The namespace is there, with its Pod Security; this Slack speaks HTTP.
  const tokens = { 'kubectl create namespace': 'true', slack_app_token: 'slack_signing_secret' }
  await world.follow('Connect', 0, { instead: tokens })
  const shown = await world.follow('Connect', 1)
  tell('vault and Latchkey are installed and ready', began)
  expect(shown).toContain('The vault is initialised, unsealed and ready.')
  expect(shown).toContain('Internal URL: https://latchkey-vault.latchkey-vault.svc.cluster.local:8200')
  expect(shown).toContain('The administrator logs in with:')
  expect(shown).toContain('rollout status deployment/latchkey')
  expect(shown).toMatch(/External URL: \(none\)\s+Namespace: latchkey-vault\s+Secret Name: latchkey-vault-role/)
  const line = ['integration', 'add', '--from-kubernetes', '-', '--print', '--name', 'production']
  const rest = ['--requester', 'group:engineers', '--owner', 'group:platform']
  const added = await runCli([...line, ...rest], { input: shown.replaceAll('\r', '') })
  expect(added.out).toContain('internalUrl: https://latchkey-vault.latchkey-vault.svc.cluster.local:8200')
  story = storyIn(await world.story())
  const { developer, owner } = story.cast
  let last: unknown
  const asked = () =>
    story.ask(developer).catch((error: unknown) => {
      last = error
      return undefined
    })
  const request = await eventually(asked, {
    limit: 60_000,
    about: () => `what is in the vault is on offer (${last})`,
  })
  await story.approve(owner, request)
  live = { request, token: (await story.credential(developer, request)).token }
  expect(await story.read(live.token, orders)).toBe(200)
  tell('from the empty cluster to the read secret, with no step by hand', began)
})

test('the documented ways to name a cluster, a namespace and values are understood', async () => {
  const context = (await kubectl('config', 'current-context')).trim()
  const instead = { 'my-cluster': context, 'manifests/install.sh': 'manifests/install.sh --dry-run' }
  await world.type('echo "{ admin: { jwt: { enabled: false } } }" > custom-values.yaml')
  const shown = await world.follow('Install', 1, { instead })
  expect(shown).toContain('storage: 5Gi')
  expect(shown.match(/Nothing was changed/g)).toHaveLength(2)
})

test('the seal key is kept, and the administrator logs in as documented', async () => {
  await world.follow('Install', 2)
  expect((await world.type('cat latchkey-vault-unseal.yaml')).shown).toContain('unseal-key:')
  const until = 'until curl -sk https://127.0.0.1:8200/v1/sys/health >/dev/null; do sleep 0.2; done\nexport BAO_ADDR'
  const login = codeIn('Install', 'sh')[3] ?? ''
  const { code, shown } = await world.type(
    `trap 'kill $(jobs -p)' EXIT\n${login.replace('export BAO_ADDR', until)}\nbao auth list`,
  )
  expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining('latchkey-approle/') })
})

test('a vault that is killed, deleted by force or replaced unseals by itself, and no access is lost', async () => {
  // From the node, because a container's first process ignores what kills it from inside.
  const container = await here('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].containerID}')
  const kill = ['--namespace', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', container.replace('containerd://', '')]
  await untilReplaced('the process was killed', () => must('ctr', kill))
  await untilReplaced('the pod was deleted by force', () => here('delete', 'pod', pod, '--force', '--grace-period=0'))
  await untilReplaced('the pod was deleted', () => here('delete', 'pod', pod))
  expect((await story.untilState(live.request, 'active')).grant?.state).toBe('active')
})

test('a restart of kubelet and containerd leaves the vault unsealed, and no access is lost', async () => {
  const { RESTART_NODE: restart } = process.env
  if (!restart)
    throw new Error(
      'This was not tried: set RESTART_NODE to a command that restarts kubelet and containerd (test/kubernetes/README.md).',
    )
  const since = Date.now()
  const { code, shown } = await world.type(restart)
  expect({ code, shown }).toMatchObject({ code: 0 })
  await untilRead('kubelet and containerd were restarted', since)
  expect((await story.untilState(live.request, 'active')).grant?.state).toBe('active')
})

test('an upgrade changes values and no key, and gives the access back by itself', async () => {
  const before = await secretsNow()
  const since = Date.now()
  await world.follow('Upgrade', 0)
  await world.follow('Back up', 0)
  tell('two upgrades, a snapshot and its list', since)
  expect(await secretsNow()).toBe(before)
  await untilRead('after the upgrades', since)
})

test('a snapshot brings back what was in the vault, also after the loss of its volume', async () => {
  const [snapshot = ''] = /latchkey-vault-\w+\.snap/.exec((await world.type('manifests/restore.sh')).shown) ?? []
  const instead = { 'latchkey-vault-20260101T000000Z.snap': snapshot }
  const answers = [['to go on:', 'latchkey-vault\n']] as const
  const admin = await world.administrator()
  await admin('POST', `kv/data/apps/orders/late`, { data: { a: 'b' } })
  let since = Date.now()
  expect(await world.follow('Restore', 0, { instead, answers })).toContain('was put back, and the vault is unsealed')
  tell('a snapshot was put back', since)
  await expect((await world.administrator())('GET', 'kv/data/apps/orders/late')).rejects.toThrow('404')
  await untilRead('after the restore', since)

  since = Date.now()
  await world.follow('Restore', 1)
  await renewVolume('data-latchkey-vault-0')
  await world.follow('Back up', 0, { instead: { 'kubectl create': 'true #', 'kubectl wait': 'true #' } })
  expect(await world.follow('Restore', 0, { instead, answers })).toContain('was put back')
  await world.administrator() // the relay needs the new address
  await untilRead('a lost volume was replaced, and the snapshot put back', since)
})

test('a lost seal key is never replaced beside the data, and the saved one opens it again', async () => {
  await here('delete', 'secret', 'latchkey-vault-unseal')
  const again = codeIn('Install', 'sh')[0] ?? ''
  const { code, shown } = await world.type(again.replace('registry.example.com/latchkey', imageHere))
  expect({ code, shown }).toEqual({ code: 1, shown: expect.stringContaining('but not its seal key') })
  await world.follow('Restore', 2, { instead: { 'kubectl create namespace latchkey-vault': '' } })
  await world.follow('Install', 0)
  await untilRead('with the saved key', Date.now())
})

test('everything that was made satisfies Pod Security restricted, which its namespace enforces', async () => {
  const labels = await kubectl('get', 'namespace', world.namespace, '-o', 'jsonpath={.metadata.labels}')
  expect(labels).toContain('"pod-security.kubernetes.io/enforce":"restricted"')
  const events = await here('get', 'events', '-o', 'jsonpath={.items[*].message}')
  expect(events).not.toContain('violates PodSecurity')
})

test('uninstalling leaves what it names, and with --delete-data nothing, after two questions', async () => {
  const remove = 'manifests/install.sh --uninstall'
  await here('rollout', 'status', 'deployment/latchkey', '--timeout', '120s') // the last installation restarted it
  const named = await world.follow('Uninstall', 0)
  for (const name of secretNames) expect(named).toContain(`Secret ${name}`)
  for (const claim of ['data-latchkey-vault-0', 'latchkey-data']) expect(named).toContain(`claim ${claim}`)
  expect((await here('get', 'deployment,statefulset', '-o', 'name')).trim()).toBe('')
  const wrong = await world.type(`${remove} --delete-data`, { answers: [['to go on:', 'latchkey\n']] })
  expect(wrong).toEqual({ code: 1, shown: expect.stringContaining('nothing was deleted') })
  const answers = [
    ['to go on:', 'latchkey-vault\n'],
    ['to delete it:', 'delete all data\n'],
  ] as const
  const { code, shown } = await world.type(`${remove} --delete-data`, { answers })
  expect({ code, shown }).toMatchObject({ code: 0 })
  const left = (await here('get', 'secret,configmap,pvc,pod,job,service,serviceaccount,role,rolebinding', '-o', 'name'))
    .split('\n')
    .filter(Boolean)
  // The namespace's own, and what the company made.
  expect(left.toSorted()).toEqual(['configmap/kube-root-ca.crt', 'secret/latchkey-tokens', 'serviceaccount/default'])
  const global = await kubectl('get', 'clusterrolebinding,clusterrole', '-o', 'name')
  expect(global).not.toContain('latchkey-vault')
})
