import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { policyText } from '../../src/cli/vault/policy-text.ts'
import { layoutOf, setupSettings } from '../../src/cli/vault/settings.ts'
import { managementPolicy, optionalRightNames } from '../../src/connectors/vault/management-policy.ts'
import { adminCall } from '../../src/demo/admin-call.ts'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { podsIn, restrictedPod } from '../support/chart-objects.ts'
import { kubernetesVersions, lint, objectsIn, render } from '../support/charts.ts'
import { schemaProblems } from '../support/kubernetes-validate.ts'
import { runCli } from '../support/run-cli.ts'
import { type VaultChart, vaultChart } from '../support/vault-chart.ts'

let chart: VaultChart
beforeAll(async () => {
  chart = await vaultChart()
})
afterAll(() => chart.remove())

const admin = { kubernetes: { enabled: true } }
const rendered = (values: Readonly<Record<string, unknown>>, kubernetes?: string) =>
  render({ chart: chart.folder, values, release: 'vault', namespace: 'vaults', ...(kubernetes && { kubernetes }) })

const configMap = z.object({ data: z.record(z.string(), z.string()) })
const request = z.object({ operation: z.literal('update'), path: z.string(), data: z.record(z.string(), z.unknown()) })
const blocks = z.object({
  initialize: z.array(z.record(z.string(), z.object({ request: z.array(z.record(z.string(), request)) }))),
})
type Request = z.infer<typeof request>

/** What the server does at its first start, in its order. */
const firstStart = async (values: Readonly<Record<string, unknown>>) => {
  const config = objectsIn(await rendered(values)).find(({ metadata }) => metadata.name === 'vault-server')
  const { initialize } = blocks.parse(JSON.parse(configMap.parse(config).data['initialize.json'] ?? ''))
  return initialize.flatMap((block) =>
    Object.entries(block).flatMap(([name, { request: requests }]) =>
      requests.flatMap((one) => Object.entries(one).map(([key, what]) => ({ block: name, key, what }))),
    ),
  )
}

const documents: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  smallest: { admin },
  'all administrators': {
    admin: {
      kubernetes: { enabled: true },
      oidc: {
        enabled: true,
        discoveryUrl: 'https://issuer.example',
        clientId: 'v',
        redirectUris: ['https://v/cb'],
        claims: { groups: 'a' },
      },
      jwt: {
        enabled: true,
        jwksUrl: 'https://issuer.example/keys',
        issuer: 'https://issuer.example',
        audience: 'v',
        claims: { sub: 'me' },
      },
    },
  },
  password: { admin: { userpass: { enabled: true } } },
  'high availability': { admin, vault: { server: { ha: { enabled: true } } } },
  dev: { vault: { server: { dev: { enabled: true } } } },
  'plain HTTP': { admin, global: { tlsDisable: true } },
  'a key of a cloud': {
    admin,
    seal: { type: 'awskms', config: { region: 'eu-central-1', kms_key_id: 'alias/vault' } },
  },
  'another vault seals': {
    admin,
    seal: { type: 'transit', config: { address: 'https://v', key_name: 'k', mount_path: 'transit/' } },
  },
  backups: { admin, backup: { enabled: true, keep: 3, storageClass: 'slow' }, tls: { certificate: 'given' } },
  'as the documentation has it': {
    admin,
    externalUrl: 'https://vault.example.com',
    tls: { certificate: 'signed', hosts: ['vault.example.com'] },
    management: {
      rights: [...optionalRightNames],
      kubernetes: { enabled: true, namespace: 'latchkey' },
    },
    vault: {
      server: { image: { tag: '2.7.2' }, dataStorage: { size: '5Gi' }, service: { type: 'ClusterIP', port: 8200 } },
    },
  },
}

test('each way to install the vault passes the lint and the schemas of the oldest and newest Kubernetes', async () => {
  const all = Object.values(documents)
  for (const values of all) await lint({ chart: chart.folder, values })
  const of = async (version: string) =>
    (await Promise.all(all.map((values) => rendered(values, version)))).flatMap(objectsIn)
  const [oldest, newest] = kubernetesVersions
  expect(await schemaProblems({ [oldest]: await of(oldest), [newest]: await of(newest) })).toEqual([])
})

test('the pods of the keys and the backups are admitted by Pod Security restricted, in each way', async () => {
  for (const [name, values] of Object.entries(documents)) {
    const pods = podsIn(objectsIn(await rendered(values))).map((pod) => restrictedPod.parse(pod))
    const containers = pods.flatMap((pod) => pod.containers.map((container) => container.name))
    expect({ [name]: containers.toSorted() }).toEqual({ [name]: name === 'backups' ? ['backup', 'keys'] : ['keys'] })
  }
})

test('rendering twice gives the same bytes and no key, so that no tool that renders again can lose one', async () => {
  for (const values of Object.values(documents)) {
    const [one, two] = await Promise.all([rendered(values), rendered(values)])
    expect(one).toBe(two)
    expect(objectsIn(one).filter(({ kind }) => kind === 'Secret')).toEqual([])
  }
})

test('the documented parameters have their names and defaults, but for a newer image', async () => {
  expect(parse(await readFile(join(chart.folder, 'values.yaml'), 'utf8'))).toMatchObject({
    vault: {
      server: {
        image: { tag: '2.7.2' },
        resources: { requests: { memory: '128Mi', cpu: '100m' }, limits: { memory: '256Mi', cpu: '250m' } },
        dataStorage: { size: '1Gi', storageClass: null },
        service: { type: 'ClusterIP', port: 8200 },
      },
    },
  })
})

test('the audit log is a file besides, where Latchkey reads it from the volume of that log', async () => {
  const serverOf = async (values: object) => {
    const config = objectsIn(await rendered({ admin, ...values })).find(
      ({ metadata }) => metadata.name === 'vault-server',
    )
    return configMap.parse(config).data['server.hcl'] ?? ''
  }
  expect(await serverOf({})).not.toContain('audit.log')
  const both = await serverOf({ vault: { server: { auditStorage: { enabled: true } } } })
  expect(both).toContain('file_path = "stdout"')
  expect(both).toMatch(
    /audit "file" "file" \{\s+options \{\s+file_path = "\/openbao\/audit\/audit\.log"\s+mode {6}= "0640"/,
  )
})

test.each([
  [{}, 'no administrator could ever log in'],
  [{ admin: { ...admin, policy: 'latchkey-admin' } }, 'does not begin with latchkey-'],
  [
    { admin: { jwt: { enabled: true, jwksUrl: 'https://a', issuer: 'a', audience: 'a' } } },
    'without a claim, everybody',
  ],
  [
    { admin: { oidc: { enabled: true, discoveryUrl: 'https://a', clientId: 'a', redirectUris: ['a'] } } },
    'without a claim, everybody',
  ],
  [{ admin, vault: { server: { image: { tag: '2.5.1' } } } }, 'needs OpenBao 2.7 or later'],
  [{ admin, vault: { server: { dev: { enabled: true }, ha: { enabled: true } } } }, 'memory of one pod'],
  [{ admin, vault: { server: { standalone: { config: 'ui = true' } } } }, 'have no effect'],
  [{ admin, seal: { type: 'awskms' } }, 'needs its settings'],
  [{ admin, seal: { config: { region: 'a' } } }, 'belongs to another seal'],
  [{ admin, tls: { certificates: 'given' } }, 'certificates'],
])('values %j are refused with a sentence', async (values, why) => {
  await expect(rendered(values)).rejects.toThrow(why)
})

test('Latchkey gets the rights that the set-up gives, in the same words, with every choice of optional rights', async () => {
  const choices = [[], ...optionalRightNames.map((right) => [right]), [...optionalRightNames]]
  for (const rights of choices) {
    const management = {
      rights,
      kvMounts: ['kv', 'team/kv'],
      transitMounts: ['transit'],
      workloadLogins: ['kubernetes'],
    }
    const { policy } = z
      .object({ policy: z.string() })
      .parse((await firstStart({ admin, management })).find(({ key }) => key === 'policy')?.what.data)
    const { kvMounts, transitMounts } = management
    const settings = setupSettings({
      kv: kvMounts,
      transit: transitMounts,
      with: rights,
      workloadLogin: ['kubernetes'],
      only: true,
    })
    expect(policy).toBe(policyText(settings))
    const paths = policy.split('\n').flatMap((line) => /^path ("[^"]+") /.exec(line)?.[1] ?? [])
    const wanted = managementPolicy(layoutOf(settings), settings.extras, 'least')
    expect(paths.map((path) => JSON.parse(path)).toSorted()).toEqual(Object.keys(wanted).toSorted())
  }
})

test('a server that starts with it is what the set-up makes, and Latchkey and the administrator log in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-first-start-'))
  const keys = { role_id: 'a-role', secret_id: 'a-secret-of-latchkey', password: 'a-password' }
  for (const [name, value] of Object.entries(keys)) await writeFile(join(folder, name), value)
  const all = await firstStart({
    admin: { userpass: { enabled: true } },
    management: { rights: [...optionalRightNames] },
  })
  const requests = all.filter(({ key }) => key !== 'kubernetes-config') // it reads the files that only a pod has
  const config = asHcl(requests).replaceAll('/openbao/latchkey/', `${folder}/`)
  const server = await startOpenBao({ config })
  try {
    const environment = { BAO_ADDR: server.address, BAO_TOKEN: server.rootToken }
    const again = await runCli(['vault', 'setup', '--dry-run', '--with', 'all'], { environment })
    expect(again.out + again.err).toContain('Everything is as it should be.')
    const anybody = adminCall({ address: server.address, rootToken: '' })
    const { role_id, secret_id, password } = keys
    const login = z.object({ auth: z.object({ token_policies: z.array(z.string()), lease_duration: z.number() }) })
    const bot = login.parse(await anybody('POST', 'auth/latchkey-approle/login', { role_id, secret_id }))
    expect(bot.auth).toEqual({ token_policies: ['default', 'latchkey_management'], lease_duration: 3600 })
    const person = login.parse(await anybody('POST', 'auth/userpass/login/admin', { password }))
    expect(person.auth).toEqual({ token_policies: ['default', 'vault_admin'], lease_duration: 3600 })
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
})

/** The same requests in the other syntax of the server's configuration, which can stand beside further text. */
const asHcl = (requests: readonly { readonly block: string; readonly key: string; readonly what: Request }[]): string =>
  requests
    .map(({ block, key, what }) => `initialize "${block}_${key}" {\n request "only" {\n${fields(what)}\n}\n}`)
    .join('\n')

const fields = (object: object): string =>
  Object.entries(object)
    .map(([key, value]) => `${JSON.stringify(key)} = ${text(value)}`)
    .join('\n')

const text = (value: unknown): string =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? `{\n${fields(value)}\n}`
    : JSON.stringify(value)
