import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { noMounts } from '../../src/connectors/vault/engines.ts'
import { waysOf } from '../../src/connectors/vault/ways.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import type { Workload } from '../../src/domain/workload.ts'
import { newAuthority } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { type KubernetesApi, kubernetesApi } from '../support/kubernetes-api.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import * as sample from './store-samples.ts'

/** The configuration for an agent, as it is printed for each kind of workload, with the real agent on a real vault. */
const items: readonly Item[] = [
  { resource: resourceId('kv/apps/db'), type: 'secret', path: 'kv/apps/db', permission: 'read' },
]
const role = 'latchkey-of-this-access'
const value = { user: 'orders', password: 'pässword' }
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwt = (claims: object): string => {
  const now = Math.floor(Date.now() / 1000)
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const text = `${part({ alg: 'ES256' })}.${part({ iat: now, exp: now + 600, ...claims })}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

let cluster: KubernetesApi
let folder: string
let vault: TestVault
let home: string
let program: 'bao' | 'vault'
let binary: string
/** The same vault on TLS, with the certificate of an authority that no system trusts. */
let onTls: { readonly address: string; readonly authority: { readonly pem: string; readonly isElsewhere: boolean } }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'))
  cluster = await kubernetesApi(folder)
  cluster.addAccount('shop', 'payments')
  cluster.addAccount('vault', 'vault')
  cluster.allow('vault/vault create tokenreviews')
  const authority = newAuthority(join(folder, 'vault'), 'Authority of the vault')
  const { cert, key } = authority.issue('IP:127.0.0.1')
  const [certFile, keyFile] = [join(folder, 'vault.crt'), join(folder, 'vault.key')]
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)])
  const address = `127.0.0.1:${await freePort()}`
  onTls = {
    address: `https://${address}`,
    authority: { pem: (await readFile(authority.caFile, 'utf8')).trim(), isElsewhere: false },
  }
  vault = await openBao(
    {},
    `listener "tcp" { address = "${address}" tls_cert_file = "${certFile}" tls_key_file = "${keyFile}" }`,
  )
  binary = await findOpenBao()
  program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  await vault.admin('POST', 'kv/data/apps/db', { data: value })
  for (const [mount, type] of [
    ['latchkey-workloads', 'approle'],
    ['kubernetes', 'kubernetes'],
    ['jwt', 'jwt'],
  ])
    await vault.admin('POST', `sys/auth/${mount}`, { type })
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  await vault.admin('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [pem] })
  await vault.admin('POST', 'auth/kubernetes/config', {
    ...{ kubernetes_host: cluster.url, kubernetes_ca_cert: cluster.ca, disable_local_ca_jwt: true },
    token_reviewer_jwt: await cluster.tokenFor('vault', 'vault'),
  })
})
afterAll(async () => {
  await vault?.stop()
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})
const opened = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
const freePort = async (): Promise<number> => {
  const server = createServer()
  const port = await opened(server)
  await once(server.close(), 'close')
  return port
}
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-workload-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const shared = { token_policies: [role], token_no_default_policy: true, token_type: 'service', token_ttl: '20m' }
const workloads: Readonly<Record<Workload['kind'], { readonly workload: Workload; readonly settings: object }>> = {
  kubernetes: {
    workload: {
      kind: 'kubernetes',
      mount: 'kubernetes',
      namespace: 'shop',
      serviceAccount: 'payments',
      audience: 'vault',
    },
    settings: {
      bound_service_account_names: ['payments'],
      bound_service_account_namespaces: ['shop'],
      audience: 'vault',
    },
  },
  jwt: {
    workload: { kind: 'jwt', mount: 'jwt', audience: 'https://vault.example', claims: { ref: 'refs/heads/main' } },
    settings: {
      ...{ role_type: 'jwt', user_claim: 'sub', bound_audiences: ['https://vault.example'] },
      bound_claims: { ref: 'refs/heads/main' },
    },
  },
  approle: { workload: { kind: 'approle', cidrs: ['127.0.0.0/8'] }, settings: { secret_id_num_uses: 0 } },
  job: { workload: { kind: 'job' }, settings: { secret_id_num_uses: 1 } },
}
const mountOf = (workload: Workload) => ('mount' in workload ? workload.mount : 'latchkey-workloads')

/** Makes what Latchkey makes for such an access, and puts beside the agent what the text asks for. */
const prepare = async (kind: Workload['kind'], at: Partial<typeof onTls> = {}) => {
  const { workload, settings } = workloads[kind]
  const mount = mountOf(workload)
  const connector = connectorTo(vault.prepared)
  const plan = sample.granted(connector.plan(items))
  await vault.admin('POST', `sys/policies/acl/${role}`, { policy: plan.document })
  await vault.admin('POST', `auth/${mount}/role/${role}`, { ...shared, ...settings })
  const put = (file: string, text: string) => writeFile(join(home, file), text, { mode: 0o600 })
  if (kind === 'jwt') await put('latchkey-jwt', jwt({ aud: 'https://vault.example', sub: 'x', ref: 'refs/heads/main' }))
  if (kind === 'kubernetes') await put('token', await cluster.tokenFor('shop', 'payments', 'vault'))
  if (kind === 'approle' || kind === 'job') {
    const { role_id } = (
      (await vault.admin('GET', `auth/${mount}/role/${role}/role-id`)) as { data: { role_id: string } }
    ).data
    await put('role_id', role_id)
  }
  if (kind === 'approle') {
    const made = await vault.admin('POST', `auth/${mount}/role/${role}/secret-id`, {})
    await put('secret_id', (made as { data: { secret_id: string } }).data.secret_id)
  }
  if (kind === 'job') await put('wrapped_secret_id', await wrapped(`auth/${mount}/role/${role}/secret-id`))
  const where = {
    address: vault.server.address,
    integration: 'example',
    commands: [],
    mounts: { ...noMounts, kv: ['kv'], transit: [] },
    ...at,
  }
  const ways = waysOf(where, vault.server.flavour, items, { login: { workload, mount, role } })
  const printed = sample.present(ways.find((way) => way.kind === 'agent')).text
  // A pod has its token at a place of its own, and tests are in a hurry.
  await put('latchkey-agent.hcl', printed.replace('/var/run/secrets/latchkey/', `${home}/`).replace('"30s"', '"2s"'))
  return { workload, mount, printed, ways }
}

const wrapped = async (path: string): Promise<string> => {
  const answer = await fetch(`${vault.server.address}/v1/${path}`, {
    ...{ method: 'POST', body: '{}' },
    headers: { 'x-vault-token': vault.server.rootToken, 'x-vault-wrap-ttl': '60s' },
  })
  return ((await answer.json()) as { wrap_info: { token: string } }).wrap_info.token
}

/** Runs the line of the text, as a shell does. */
const start = (printed: string) => {
  const [, line = ''] = new RegExp(`^# (.*${program} agent -config=latchkey-agent.hcl.*)$`, 'm').exec(printed) ?? []
  const shell = `${program}() { '${binary}' "$@"; }; export -f ${program}; timeout() { shift; "$@"; }; ${line}`
  const agent = spawn('bash', ['-c', shell], { cwd: home, env: { HOME: home, PATH: process.env.PATH } })
  const shown = { text: '' }
  for (const stream of [agent.stdout, agent.stderr]) stream.on('data', (chunk) => (shown.text += chunk))
  return { agent, shown, ended: once(agent, 'exit') }
}
const rendered = async () => {
  const text = await readFile(join(home, 'secret-1.json'), 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : JSON.parse(text)
}

describe.each(['kubernetes', 'jwt', 'approle'] as const)('a service that logs in by %s', (kind) => {
  test('has its file from the agent, which goes soon after the access, and takes the file along', async () => {
    const { mount, printed } = await prepare(kind)
    const { agent, shown, ended } = start(printed)
    try {
      expect(await eventually(rendered, { limit: 20_000, about: () => shown.text })).toEqual(value)
      // The end of an access: the policy first, then the role.
      await vault.admin('DELETE', `sys/policies/acl/${role}`)
      await vault.admin('DELETE', `auth/${mount}/role/${role}`)
      const [code] = await ended
      expect([code, await readdir(home)]).toEqual([1, expect.not.arrayContaining(['secret-1.json'])])
    } finally {
      agent.kill()
      await ended
    }
  })
})

describe('a vault with an authority of its own', () => {
  test('is trusted by the agent, by the certificate in the text', async () => {
    const { printed } = await prepare('job', onTls)
    const [, before = ''] = /^# (sed .*)$/m.exec(printed) ?? []
    await promisify(execFile)('bash', ['-c', before], { cwd: home })
    const { shown, ended } = start(printed)
    const [code] = await ended
    expect(code, shown.text).toBe(0)
    expect(await rendered()).toEqual(value)
  })

  test('is trusted by the CronJob beside the authority of its cluster', async () => {
    const { ways } = await prepare('approle', onTls)
    const printed = sample.present(ways.find((way) => way.kind === 'cron-job')).text
    const objects = parseAllDocuments(printed).map((one) => one.toJS())
    const [container] = objects.at(-1).spec.jobTemplate.spec.template.spec.containers
    const given: Record<string, string> = Object.fromEntries(
      container.env.map((one: { name: string; value: string }) => [one.name, one.value]),
    )
    const wrappingToken = await wrapped(`auth/latchkey-workloads/role/${role}/secret-id`)
    const appRole = { roleId: 'the-role-id', loginBy: 'tomorrow' }
    // What Latchkey's API answers to both calls.
    const api = createServer((_, response) =>
      response.end(JSON.stringify({ url: 'a-link', address: onTls.address, wrappingToken, appRole })),
    )
    const LATCHKEY = `http://127.0.0.1:${await opened(api)}`
    const secretName = `shop/${given.SECRET}`
    cluster.addAccount('shop', 'fetch')
    cluster.putSecret(secretName, {})
    cluster.allow(`shop/fetch patch secrets/${secretName}`)
    const { accountFolder } = await cluster.podOf('shop', 'fetch')
    await writeFile(join(home, 'token'), 'a token for Latchkey')
    const AUTHORITY = join(home, 'ca.crt')
    await writeFile(AUTHORITY, objects.find(({ kind }) => kind === 'ConfigMap').data['ca.crt'])
    const [, ...line] = container.command
    try {
      await promisify(execFile)(process.execPath, line, {
        env: {
          ...{ ...given, LATCHKEY, TOKENS: home, AUTHORITY, ACCOUNT: accountFolder, KUBERNETES: cluster.url },
          NODE_EXTRA_CA_CERTS: join(accountFolder, 'ca.crt'),
        },
      })
    } finally {
      api.close()
    }
    const { role_id, secret_id = '' } = cluster.secretAt(secretName)
    expect(role_id).toBe('the-role-id')
    expect(secret_id).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a job', () => {
  test('opens its wrapped secret_id itself, has its file once, and is done', async () => {
    const { printed } = await prepare('job')
    const { shown, ended } = start(printed)
    const [code] = await ended
    expect(code, shown.text).toBe(0)
    expect(await rendered()).toEqual(value)
  })

  test('takes no secret_id that another role made', async () => {
    const { mount, printed } = await prepare('job')
    await vault.admin('POST', `auth/${mount}/role/other`, { ...shared, secret_id_num_uses: 1 })
    await writeFile(join(home, 'wrapped_secret_id'), await wrapped(`auth/${mount}/role/other/secret-id`))
    const { agent, shown, ended } = start(printed)
    await eventually(() => /creation path|unable to|error authenticating/i.test(shown.text), { limit: 20_000 })
    agent.kill()
    await ended
    expect(await rendered()).toBeUndefined()
  })
})
