import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type Server } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { seconds } from '../../src/domain/time.ts'
import { accessTo } from '../support/access-to.ts'
import { eventually } from '../support/eventually.ts'
import { holderOf } from '../support/managed-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { everythingAt } from '../support/walk-vault.ts'

// What access to certificates gives, and what outlasts it, tried with a real TLS client.

let vault: TestVault
let root: RawCall
let connector: VaultConnector
let authority: string
beforeAll(async () => {
  vault = await openBao({ pkiMounts: ['pki'], optionalRights: ['revoke-tokens'] })
  root = rawCall(vault.server.address, vault.server.rootToken)
  connector = connectorTo(vault.prepared)
  await root('POST', 'sys/mounts/pki/tune', { max_lease_ttl: '87600h' })
  const made = await root('POST', 'pki/root/generate/internal', {
    common_name: 'Example',
    ttl: '87600h',
    key_type: 'ec',
  })
  authority = made.body.data.certificate
  await role('web', { generate_lease: true })
  await role('batch', {})
})
afterAll(async () => {
  await connector?.close()
  await vault.stop()
})

const role = (name: string, more: object) =>
  root('POST', `pki/roles/${name}`, {
    ...{ allowed_domains: 'example', allow_subdomains: true, key_type: 'ec', key_bits: 256 },
    ...more,
  })
const item = (path: string, permission: string): Item => ({ resource: resourceId(path), type: 'pki', path, permission })
const web = item('pki/web', 'issue')
const batch = item('pki/batch', 'issue-unrevoked')
const holder = async (...items: Item[]) =>
  (await holderOf(vault, { pki: ['pki'], certificateLife: seconds(600) }, items)).call
const asked = { common_name: 'shop.example', ttl: '10m' }

type Issued = { readonly certificate: string; readonly private_key: string; readonly expiration: number }
const issued = async (call: RawCall, at = 'web', more: object = {}): Promise<Issued | undefined> => {
  const answer = await call('POST', `pki/issue/${at}`, { ...asked, ...more })
  return answer.status === 200 ? answer.body.data : undefined
}
const revoked = async (): Promise<string> => (await fetch(`${vault.server.address}/v1/pki/crl/pem`)).text()

/** Whether a client that has fetched the revocation list, or one that has none, trusts a server with the certificate. */
const trusts = async ({ certificate, private_key }: Issued, crl?: string): Promise<true | string> => {
  const server: Server = createServer({ cert: certificate, key: private_key }, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    return await new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, servername: 'shop.example', ca: authority, ...(crl && { crl }) }
      const client = connect(options, () => {
        client.destroy()
        resolve(true)
      })
      client.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    })
  } finally {
    server.close()
  }
}

describe('whoever may have certificates of a role', () => {
  test('gets them for the configured time, with its own key', async () => {
    const given = await issued(await holder(web))
    const left = (given?.expiration ?? 0) - Date.now() / 1000
    expect(left).toBeGreaterThan(590)
    expect(left).toBeLessThanOrEqual(600)
    expect(given && (await trusts(given))).toBe(true)
  })

  test('gets none that lasts longer, and no right beside it, in no notation', async () => {
    const call = await holder(web)
    const others: readonly object[] = [
      ...['11m', '720h', '0', '0s', ' ', '600s'].map((ttl) => ({ ttl })),
      ...[600, 0, 86_400, null, undefined, [], ['1h'], {}].map((ttl) => ({ ttl })),
      { TTL: '1h' },
      { not_after: '9999-12-31T23:59:59Z' },
      { common_name: undefined },
      { issuer_ref: 'default' },
      { not_before_duration: '1h' },
      { user_ids: 'root' },
      { other_sans: '1.3.6.1.4.1.311.20.2.3;utf8:admin@example' },
    ]
    for (const one of others) expect([one, await issued(call, 'web', one)]).toEqual([one, undefined])
    for (const path of ['pki/sign/web', 'pki/issuer/default/issue/web', 'pki/issue/batch', 'pki/revoke']) {
      expect([path, (await call('POST', path, asked)).status]).toEqual([path, 403])
    }
    expect(await issued(call, 'web', { alt_names: 'www.example', format: 'pem_bundle' })).toBeDefined()
  })
})

test('the end revokes: a client that fetched the list refuses, as was said, and another one does not', async () => {
  const { token, end } = await accessTo(connector, [web])
  const call = rawCall(vault.server.address, token)
  const given = await issued(call)
  if (!given) throw new Error('no certificate')
  expect(await trusts(given, await revoked())).toBe(true)
  await end()
  expect(await issued(call)).toBeUndefined()
  const refusal = await eventually(async () => {
    const outcome = await trusts(given, await revoked())
    return outcome !== true && outcome
  })
  expect([refusal, await trusts(given)]).toEqual(['CERT_REVOKED', true])
  expect(connector.cannotEnd([web])).toEqual([
    'The end revokes the certificates, but only who checks the revocation list refuses them. For others they last up to 10 minutes more.',
  ])
})

test('the printed lines issue one, with the program and with curl', async () => {
  const { token, credential, end } = await accessTo(connector, [batch])
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-issuing-'))
  const own = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  await symlink(await findOpenBao(), join(folder, own))
  const prefix = own.toUpperCase()
  const env = {
    ...{ PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    ...{ [`${prefix}_ADDR`]: vault.server.address, [`${prefix}_TOKEN`]: token },
  }
  const curl = credential.ways.find(({ kind }) => kind === 'curl')?.text ?? ''
  for (const line of [...credential.commands, curl]) {
    const done = await promisify(execFile)('sh', ['-c', line.replace('NAME', 'shop.example')], { cwd: folder, env })
    expect(await trusts(JSON.parse(done.stdout).data)).toBe(true)
  }
  expect(credential.outlasts).toEqual(connector.cannotEnd([batch]))
  await end()
  await rm(folder, { recursive: true })
})

test('without leases the end revokes nothing, and that was said', async () => {
  const { token, end } = await accessTo(connector, [batch])
  const given = await issued(rawCall(vault.server.address, token), 'batch')
  if (!given) throw new Error('no certificate')
  await end()
  expect(await trusts(given, await revoked())).toBe(true)
  expect(connector.cannotEnd([batch])).toEqual([
    'The role makes certificates that the end does not revoke: they last up to 10 minutes more.',
  ])
})

test('a role whose end became weaker gives nothing to those who were approved before', async () => {
  await role('changing', { generate_lease: true })
  const changing = item('pki/changing', 'issue')
  const { end } = await accessTo(connector, [changing])
  await end()
  await role('changing', { generate_lease: false })
  const now = (permission: string) => connector.caveats({ type: 'pki', path: 'pki/changing', permission })
  expect([await now('issue'), await now('issue-unrevoked')]).toEqual([['role-changed'], []])
  await expect(accessTo(connector, [changing])).rejects.toMatchObject({ code: 'role-changed', transient: false })
})

test('discovery shows each role with what its end does, and says why one cannot be given', async () => {
  await role('short', { max_ttl: '5m' })
  await role('forgetful', { generate_lease: false, no_store: true })
  const shown = async (of: VaultConnector) =>
    Object.fromEntries(
      (await everythingAt(of)).flatMap(({ type, path, permissions, obstacle }) =>
        type === 'pki' ? [[path, [...permissions, ...(obstacle ? [obstacle] : [])]]] : [],
      ),
    )
  expect(await shown(connector)).toEqual({
    'pki/batch': ['issue-unrevoked'],
    'pki/changing': ['issue-unrevoked'],
    'pki/forgetful': ['issue-unrevoked'],
    'pki/short': ['issue-unrevoked', expect.stringContaining('certificateLife')],
    'pki/web': ['issue'],
  })
  const corner = { roleName: 'no-end', policyName: 'no-end-management', pkiMounts: ['pki'] }
  const weak = connectorTo(await vault.prepare(corner))
  const found = await shown(weak)
  await weak.close()
  expect(found['pki/web']).toEqual(['issue', expect.stringContaining('revoke-tokens')])
  expect(found['pki/batch']).toEqual(['issue-unrevoked'])
})
