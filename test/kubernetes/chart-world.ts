import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminCall, untilMountAnswers } from '../../src/demo/admin-call.ts'
import {
  channel,
  command,
  examplePeople,
  type Secrets,
  slackUsers,
  team,
  writeExamples,
} from '../../src/demo/example.ts'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { prepareVault } from '../../src/demo/prepare-vault.ts'
import { hasHomeTab } from '../../src/demo/slack-app.ts'
import type { World } from '../../src/demo/world.ts'
import { startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { chartFolder } from '../support/charts.ts'
import { eventually } from '../support/eventually.ts'
import { apply, freshNamespace, helm, kubectl, nodeAddress } from './cluster.ts'
import { latchkeyImage } from './images.ts'
import { type Relay, startRelay } from './relay.ts'

/** A Latchkey in the cluster, by its chart; vault and Slack run on this machine, and its pod reaches them through relays. */
export type ChartWorld = World & {
  readonly namespace: string
  /** Runs helm with the values of this world and further ones, and further settings; resolves when the pod is ready. */
  deploy(more?: object, settings?: object): Promise<void>
  /** Ends the pod at once, without a chance to finish anything. */
  killPod(): Promise<void>
  untilReady(): Promise<void>
  /** What the chart tells whoever installs it. */
  notes(): Promise<string>
  uninstall(): Promise<void>
  /** Runs `latchkey` in the pod. */
  latchkeyIn(...words: readonly string[]): Promise<string>
}

const release = 'latchkey'
const slackPort = 8081 // inside the pod
const secrets = { signingSecret: 'a-signing-secret-of-a-test', botToken: 'xoxb-of-a-test', appToken: 'xapp-of-a-test' }

/** Starts everything in a namespace of its own, without the chart. */
export const startChartWorld = async (namespace: string, more: Secrets = {}): Promise<ChartWorld> => {
  const endings: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-kubernetes-'))
    endings.push(() => rm(folder, { recursive: true, force: true }))
    const vault = await startOpenBao()
    endings.push(vault.stop)
    const admin = adminCall(vault)
    const prepared = await prepareVault({ ...vault, credentialsFolder: join(folder, 'credentials') })
    await Promise.all(prepared.kvMounts.map((mount) => untilMountAnswers(admin, mount)))
    await writeExamples(admin, more)
    const users = Object.values(slackUsers)
    const slack = await startSlackSimulator({
      ...{ ...secrets, team, command, people: users, hasHomeTab: hasHomeTab() },
      channels: [{ ...channel, members: ['U0LATCHBOT', ...users.map(({ id }) => id)] }],
      publicUrl: `http://127.0.0.1:${slackPort}`,
    })
    endings.push(slack.close)
    const node = await nodeAddress()
    const onNode = async (url: string): Promise<Relay> => {
      const relay = await startRelay(node, () => ({ host: '127.0.0.1', port: Number(new URL(url).port) }))
      endings.push(relay.stop)
      return relay
    }
    const [vaultRelay, slackRelay] = [await onNode(vault.address), await onNode(slack.apiUrl)]
    let service: string | undefined
    const pages = await startRelay('127.0.0.1', () => (service ? { host: service, port: 8080 } : undefined))
    endings.push(pages.stop)
    const url = `http://127.0.0.1:${pages.port}`
    slack.setRequestUrl(`${url}/slack/events`)

    await freshNamespace(namespace)
    endings.push(() => kubectl('delete', 'namespace', namespace, '--wait=false'))
    const disk = await mkdtemp('/var/tmp/latchkey-disk-')
    await chown(disk, 1000, 1000)
    endings.push(() => rm(disk, { recursive: true, force: true }))
    await apply(...(await objectsOf(namespace, disk, prepared.credentialsFolder)))
    endings.push(() => kubectl('delete', 'persistentvolume', namespace, '--wait=false'))

    const values = (settings: object) => ({
      image: { ...latchkeyImage, pullPolicy: 'Never' },
      config: {
        link: { baseUrl: url },
        slack: { mode: 'http', tenants: [team.id], apiUrl: `http://127.0.0.1:${slackPort}/api/` },
        limits: Object.fromEntries(limits.map((name) => [name, 100_000])),
        reconcile: { discoverEvery: '5s', driftEvery: '10s', wake: '2s', claim: '30s' },
        ...settings,
        integrations: [
          {
            name: 'example',
            ...{ requesters: ['group:engineers'], owner: ['group:platform'], durations: ['15m', '1h'] },
            resourceOwner: { key: 'owner', allow: ['group:databases'] },
            vault: {
              ...{ internalUrl: `http://${node}:${vaultRelay.port}`, externalUrl: vault.address },
              credentials: { folder: '/run/latchkey/vault/example' },
            },
          },
        ],
      },
      people: examplePeople,
      secrets: { existingSecret: 'tokens' },
      vaultCredentials: [{ name: 'example', existingSecret: 'role' }],
      persistence: { size: '1Gi', storageClass: namespace },
      extraContainers: [forwarder(node, slackRelay.port)],
    })
    const target = `deployment/${release}`
    const inPod = ['-n', namespace, 'exec', target, '-c', 'latchkey', '--']
    const pods = ['-n', namespace, 'get', 'pods', '-l', `app.kubernetes.io/instance=${release}`]
    const untilReady = async () => {
      const isOneReady = async () => /^True $/.test(await kubectl(...pods, '-o', `jsonpath=${readiness}`))
      await eventually(isOneReady, { limit: 120_000, about: () => 'one pod is there, and ready' })
      service = await kubectl('-n', namespace, 'get', 'service', release, '-o', 'jsonpath={.spec.clusterIP}')
    }
    const killPod = async () => {
      const one = ['pod', '-l', `app.kubernetes.io/instance=${release}`]
      await kubectl('-n', namespace, 'delete', ...one, '--force', '--grace-period=0')
    }
    const restart = async () => {
      await untilReady()
      return process
    }
    const process = { pid: 0, url, exited: Promise.resolve(), stop: killPod, kill: killPod }
    return {
      ...{ vault, prepared, admin, slack, slackSecrets: secrets, chat: 'slack', teamsSecret: '' },
      channel: { platform: 'slack', id: channel.id },
      ...{ latchkey: () => process, restart, kill: killPod, folder, stop, namespace, killPod, untilReady },
      files: { config: '', people: '', log: '', database: join(disk, 'latchkey/latchkey.sqlite') },
      deploy: async (more = {}, settings = {}) => {
        const place = [release, chartFolder('latchkey'), '--namespace', namespace]
        await helm(['upgrade', '--install', ...place, '--wait', '--timeout', '3m'], { ...values(settings), ...more })
        await untilReady()
      },
      notes: () => helm(['get', 'notes', release, '--namespace', namespace]),
      uninstall: async () => void (await helm(['uninstall', release, '--namespace', namespace, '--wait'])),
      latchkeyIn: (...words) => kubectl(...inPod, 'latchkey', ...words),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One word for each pod. */
const readiness = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}'

const limits = ['openRequests', 'requestsAnHour', 'refusalsAnHour', 'searchesAMinute', 'callsAMinute']

/** What must be there before the chart: a disk of this machine, and the Secrets. */
const objectsOf = async (namespace: string, disk: string, credentials: string): Promise<readonly object[]> => {
  const file = (name: string) => readFile(join(credentials, name), 'utf8')
  const secret = (name: string, stringData: Readonly<Record<string, string>>) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData },
  })
  const volume = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: disk } }
  return [
    {
      ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: namespace } },
      spec: { ...volume, storageClassName: namespace, persistentVolumeReclaimPolicy: 'Retain' },
    },
    secret('tokens', { slack_bot_token: secrets.botToken, slack_signing_secret: secrets.signingSecret }),
    secret('role', { role_id: await file('role_id'), secret_id: await file('secret_id') }),
  ]
}

/** Latchkey takes another Slack only on its own loopback address, so a neighbour in the pod passes its calls on. */
export const forwarder = (host: string, port: number) => ({
  name: 'to-slack',
  image: `${latchkeyImage.repository}:${latchkeyImage.tag}`,
  imagePullPolicy: 'Never',
  // It outlives Latchkey, as a network does: what was acknowledged before the end still asks Slack.
  lifecycle: { preStop: { exec: { command: ['sleep', '12'] } } },
  command: ['node', '--eval', `${forward}(${JSON.stringify({ host, port })}, ${slackPort})`],
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
})
const forward = `((target, port) => {
  const net = require('node:net')
  process.on('SIGTERM', () => process.exit())
  net.createServer((near) => {
    const far = net.connect(target)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  }).listen(port, '127.0.0.1')
})`
