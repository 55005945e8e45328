import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { trustAlso } from '../../src/certificates.ts'
import { type AdminCall, adminCall } from '../../src/demo/admin-call.ts'
import { channel, command, examplePeople, slackUsers, team, writeExamples } from '../../src/demo/example.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { hasHomeTab } from '../../src/demo/slack-app.ts'
import type { World } from '../../src/demo/world.ts'
import { startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { ensureHelm } from '../support/helm.ts'
import { inTerminal } from '../support/in-terminal.ts'
import { codeIn } from './chapter.ts'
import { forwarder } from './chart-world.ts'
import { apply, freshNamespace, kubectl, nodeAddress } from './cluster.ts'
import { latchkeyImage } from './images.ts'
import { startRelay } from './relay.ts'

type Following = {
  /** What is typed at which words. */
  readonly answers?: readonly (readonly [after: string, typed: string])[]
  /** What the reader puts in the place of an example. */
  readonly instead?: Readonly<Record<string, string>>
}

/** A cluster in which nothing is installed, a Slack, and a reader of the documentation. */
export type InstalledWorld = {
  readonly namespace: string
  /** Types what a section of the documentation says, by its number in that section; returns what the terminal showed. */
  follow(section: string, which: number, how?: Following): Promise<string>
  /** The same for a line of one's own. Returns the exit code, too. */
  type(script: string, how?: Following): Promise<{ readonly code: number; readonly shown: string }>
  /** The vault's administrator, logged in anew. */
  administrator(): Promise<AdminCall>
  /** What stories need, once everything is installed: the vault is reached through a relay. */
  story(): Promise<World>
  stop(): Promise<void>
}

const namespace = 'latchkey-vault'
const release = 'latchkey-vault'
const slackPort = 8081 // inside the pod
const secrets = { signingSecret: 'a-signing-secret-of-a-test', botToken: 'xoxb-of-a-test', appToken: 'xapp-of-a-test' }
/** What stands for an image in a registry. */
export const imageHere = `${latchkeyImage.repository} --set keys.image.tag=${latchkeyImage.tag} --set keys.image.pullPolicy=Never --set vault.server.image.pullPolicy=Never`
const login = z.object({ auth: z.object({ client_token: z.string() }) })

/** Prepares what a company has before it installs anything. */
export const startInstalledWorld = async (): Promise<InstalledWorld> => {
  const endings: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-kubernetes-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  await symlink(resolve(import.meta.dirname, '../../manifests'), join(folder, 'manifests'))
  const users = Object.values(slackUsers)
  const slack = await startSlackSimulator({
    ...{ ...secrets, team, command, people: users, hasHomeTab: hasHomeTab() },
    channels: [{ ...channel, members: ['U0LATCHBOT', ...users.map(({ id }) => id)] }],
    publicUrl: `http://127.0.0.1:${slackPort}`,
  })
  endings.push(slack.close)
  const node = await nodeAddress()
  const addressOf = async (service: string): Promise<string | undefined> =>
    kubectl('-n', namespace, 'get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}').catch(() => undefined)
  let [vaultHost, pageHost]: (string | undefined)[] = []
  const toSlack = await startRelay(node, () => ({ host: '127.0.0.1', port: Number(new URL(slack.apiUrl).port) }))
  const pages = await startRelay('127.0.0.1', () => (pageHost ? { host: pageHost, port: 8080 } : undefined))
  const toVault = await startRelay('127.0.0.1', () => (vaultHost ? { host: vaultHost, port: 8200 } : undefined))
  for (const relay of [toSlack, pages, toVault]) endings.push(relay.stop)
  const url = `http://127.0.0.1:${pages.port}`
  const vaultUrl = `https://127.0.0.1:${toVault.port}`
  slack.setRequestUrl(`${url}/slack/events`)

  await freshNamespace(namespace)
  endings.push(() => kubectl('delete', 'namespace', namespace, '--wait=false'))
  const disks = join(folder, 'disks')
  const volumes = await volumesFor(disks, ['data-latchkey-vault-0', 'latchkey-vault-backups', 'latchkey-data'])
  for (const name of volumes) endings.push(() => kubectl('delete', 'persistentvolume', name, '--wait=false'))
  await writeFile(join(folder, 'slack_bot_token'), secrets.botToken)
  await writeFile(join(folder, 'slack_signing_secret'), secrets.signingSecret)

  const example = z.looseObject({ config: z.looseObject({ integrations: z.array(z.looseObject({})) }) })
  const { config, ...rest } = example.parse(parse(codeIn('Connect', 'yaml')[0] ?? ''))
  const values = {
    ...rest,
    image: { ...latchkeyImage, pullPolicy: 'Never' },
    config: {
      ...config,
      link: { baseUrl: url },
      slack: { mode: 'http', tenants: [team.id], apiUrl: `http://127.0.0.1:${slackPort}/api/` },
      reconcile: { discoverEvery: '5s', driftEvery: '10s' },
      integrations: config.integrations.map((one) => ({
        ...{ ...one, durations: ['15m', '1h'], resourceOwner: { key: 'owner', allow: ['group:databases'] } },
        vault: { externalUrl: vaultUrl },
      })),
    },
    people: examplePeople,
    extraContainers: [forwarder(node, toSlack.port)],
  }
  await writeFile(join(folder, 'latchkey-values.yaml'), JSON.stringify(values))

  const helm = dirname(await ensureHelm())
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(await findOpenBao(), join(bin, 'bao'))
  const environment = {
    PATH: `${bin}:${helm}:${process.env.PATH}`,
    HOME: folder,
    KUBECONFIG: process.env.KUBECONFIG ?? '',
    OPENBAO_CHART: process.env.OPENBAO_CHART ?? '',
  }
  const type: InstalledWorld['type'] = (script, { answers = [] } = {}) =>
    inTerminal(['-euo', 'pipefail', '-c', `cd ${folder}\n${script}`], { program: ['bash'], environment, answers })
  const follow: InstalledWorld['follow'] = async (section, which, how = {}) => {
    const script = codeIn(section, 'sh')[which] ?? `false # nothing at ${section} ${which}`
    const words = Object.entries({ 'registry.example.com/latchkey': imageHere, ...how.instead })
    const { code, shown } = await type(
      words.reduce((text, [old, now]) => text.replaceAll(old, now), script),
      how,
    )
    if (code !== 0) throw new Error(`${section} ${which} ended with ${code}:\n${script}\n${shown}`)
    return shown
  }
  const administrator = async (): Promise<AdminCall> => {
    vaultHost = await addressOf(release)
    const ca = await kubectl(
      '-n',
      namespace,
      'get',
      'configmap',
      `${release}-connection`,
      '-o',
      'jsonpath={.data.caCert}',
    )
    trustAlso(ca, 'the authority of the vault')
    const jwt = (await kubectl('-n', namespace, 'create', 'token', `${release}-admin`, '--audience', 'vault')).trim()
    const anybody = adminCall({ address: vaultUrl, rootToken: '' })
    const { auth } = login.parse(await anybody('POST', 'auth/kubernetes/login', { role: 'admin', jwt }))
    return adminCall({ address: vaultUrl, rootToken: auth.client_token })
  }
  const story = async (): Promise<World> => {
    const admin = await administrator()
    pageHost = await addressOf('latchkey')
    await writeExamples(admin)
    const never = async () => {
      throw new Error('this Latchkey runs in a pod')
    }
    const process = { pid: 0, url, exited: Promise.resolve(), stop: never, kill: never }
    const vault = { address: vaultUrl, rootToken: '', auditFile: '', flavour: 'openbao' as const, pid: 0, stop: never }
    const layout = {
      kvMounts: ['kv'],
      transitMounts: ['transit'],
      userpassMount: 'latchkey-users',
      prefix: 'latchkey-',
    }
    const role = { appRoleMount: 'latchkey-approle', roleName: 'latchkey', credentialsFolder: '' }
    return {
      ...{ vault, admin, slack, slackSecrets: secrets, chat: 'slack', teamsSecret: '', folder, stop },
      prepared: { ...layout, ...role, address: vaultUrl },
      channel: { platform: 'slack', id: channel.id },
      ...{ latchkey: () => process, restart: never, kill: never },
      files: { config: '', people: '', log: '', database: join(disks, 'latchkey-data', 'latchkey/latchkey.sqlite') },
    }
  }
  return { namespace, follow, type, administrator, story, stop }
}

/** Where the default class makes no volumes by itself, they are made here, one for each claim. Returns their names. */
const volumesFor = async (disks: string, claims: readonly string[]): Promise<readonly string[]> => {
  const classes = await kubectl('get', 'storageclass', '-o', 'json')
  const found = z
    .object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }), provisioner: z.string() })) })
    .parse(JSON.parse(classes)).items
  const bare = found.find(({ provisioner }) => provisioner === 'kubernetes.io/no-provisioner')
  if (bare === undefined) return []
  await chmod(dirname(disks), 0o755)
  for (const claim of claims) {
    const path = join(disks, claim)
    await mkdir(path, { recursive: true })
    await chmod(path, 0o777) // pods have users of their own
    await apply(volumeOf(claim, path, bare.metadata.name))
  }
  return claims.map((claim) => `test-${claim}`)
}

const volumeOf = (claim: string, path: string, storageClassName: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: `test-${claim}` },
  spec: {
    ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '20Gi' }, hostPath: { path }, storageClassName },
    ...{ persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace, name: claim } },
  },
})

/** Empties the disk of a claim that is gone, and offers it again. */
export const renewVolume = async (claim: string): Promise<void> => {
  const name = `test-${claim}`
  const path = await kubectl('get', 'persistentvolume', name, '-o', 'jsonpath={.spec.hostPath.path}')
  const storageClass = await kubectl('get', 'persistentvolume', name, '-o', 'jsonpath={.spec.storageClassName}')
  await kubectl('delete', 'persistentvolume', name)
  await rm(path, { recursive: true, force: true })
  await mkdir(path)
  await chmod(path, 0o777)
  await apply(volumeOf(claim, path, storageClass))
}
