import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { seconds } from '../../src/domain/time.ts'
import { accessTo } from '../support/access-to.ts'
import { eventually } from '../support/eventually.ts'
import { writeLent } from '../support/lent-vault.ts'
import { holderOf } from '../support/managed-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { type Machine, startMachine } from '../support/sshd.ts'
import { everythingAt } from '../support/walk-vault.ts'

// What access to an account on machines gives, and what outlasts it, tried at a real machine.

let vault: TestVault
let root: RawCall
let machine: Machine
let connector: VaultConnector
beforeAll(async () => {
  vault = await openBao({ sshMounts: ['ssh'], optionalRights: ['revoke-tokens'] })
  root = rawCall(vault.server.address, vault.server.rootToken)
  connector = connectorTo(vault.prepared)
  await root('POST', 'ssh/config/ca', { generate_signing_key: true, key_type: 'ed25519' })
  // The default account is another one than those asked for, and the length has no limit of the role's own.
  await role('prod', { allowed_users: 'deploy,admin,root', default_user: 'root', allow_empty_principals: true })
  await role('other', { allowed_users: 'deploy' })
  const authority: string = (await root('GET', 'ssh/config/ca')).body.data.public_key
  machine = await startMachine(authority, ['deploy', 'admin', 'root'])
})
afterAll(async () => {
  await connector?.close()
  await machine?.stop()
  await vault.stop()
})

const role = (name: string, more: object) =>
  root('POST', `ssh/roles/${name}`, { key_type: 'ca', allow_user_certificates: true, ...more })
const item = (path: string): Item => ({ resource: resourceId(path), type: 'ssh', path, permission: 'sign' })
const [deploy, admin] = [item('ssh/prod/deploy'), item('ssh/prod/admin')]
const holder = async (life: number, ...items: Item[]) =>
  (await holderOf(vault, { ssh: ['ssh'], certificateLife: seconds(life) }, items)).call

/** Signs a new key, and says as which accounts it is let in; `undefined` when the vault does not sign. */
const accountsOf = async (call: RawCall, more: object, at = 'prod') => {
  const key = await machine.key()
  const answer = await call('POST', `ssh/sign/${at}`, { public_key: await machine.publicKey(key), ...more })
  if (answer.status !== 200) return undefined
  await machine.keep(key, answer.body.data.signed_key)
  const names = ['deploy', 'admin', 'root']
  const letIn = await Promise.all(names.map((name) => machine.letsIn(key, name)))
  return names.filter((_, at) => letIn[at])
}

describe('whoever may sign for one account', () => {
  const asked = { ttl: '10m', valid_principals: 'deploy' }

  test('is let in as this account, and as no other', async () => {
    expect(await accountsOf(await holder(600, deploy), asked)).toEqual(['deploy'])
  })

  test('gets no other account, length, option or kind, in no notation', async () => {
    const call = await holder(600, deploy)
    const others: readonly object[] = [
      ...['admin', 'root', 'deploy,admin', 'deploy,', '*', ' ', '\t', ','].map((one) => ({
        valid_principals: one,
      })),
      ...[[], ['deploy', 'admin'], ['admin'], {}, null, undefined, 0, false].map((one) => ({
        valid_principals: one,
      })),
      ...['11m', '1h', '0', '0s', '-1', ' ', '600s'].map((one) => ({ ttl: one })),
      ...[600, 0, 86_400, null, undefined, [], ['1h'], {}].map((one) => ({ ttl: one })),
      { VALID_PRINCIPALS: 'admin' },
      { Ttl: '1h' },
      { extensions: { 'permit-pty': '' } },
      { critical_options: { 'force-command': 'id' } },
      { cert_type: 'host' },
      { key_id: 'somebody-else' },
    ]
    for (const one of others) expect([one, await accountsOf(call, { ...asked, ...one })]).toEqual([one, undefined])
    expect(await accountsOf(call, asked, 'other')).toBeUndefined()
    expect((await call('POST', 'ssh/issue/prod', asked)).status).toBe(403)
    expect((await call('GET', 'ssh/roles/prod')).status).toBe(403)
  })

  test('and for another one in the same access, gets both and no third one', async () => {
    const call = await holder(600, deploy, admin)
    expect(await accountsOf(call, asked)).toEqual(['deploy'])
    expect(await accountsOf(call, { ...asked, valid_principals: 'admin' })).toEqual(['admin'])
    // HashiCorp Vault reads a list there, and lets one pass whose every part is allowed.
    const both = vault.server.flavour === 'vault' ? ['deploy', 'admin'] : undefined
    expect(await accountsOf(call, { ...asked, valid_principals: 'deploy,admin' })).toEqual(both)
    expect(await accountsOf(call, { ...asked, valid_principals: 'deploy,root' })).toBeUndefined()
    expect(await accountsOf(call, { ...asked, valid_principals: 'root' })).toBeUndefined()
  })

  test('is let in until the certificate ends, and an open session goes on, as the card says', async () => {
    const key = await machine.key()
    const call = await holder(4, deploy)
    const body = { public_key: await machine.publicKey(key), ttl: '4s', valid_principals: 'deploy' }
    await machine.keep(key, (await call('POST', 'ssh/sign/prod', body)).body.data.signed_key)
    const session = await machine.session(key, 'deploy')
    await eventually(async () => !(await machine.letsIn(key, 'deploy')))
    expect(await session.answers()).toBe(true)
    session.close()
  })
})

test('the end stops new certificates; the last one lets its holder in for as long as was said', async () => {
  const { token, end } = await accessTo(connector, [deploy])
  const call = rawCall(vault.server.address, token)
  const key = await machine.key()
  const asked = { public_key: await machine.publicKey(key), ttl: '10m', valid_principals: 'deploy' }
  await machine.keep(key, (await call('POST', 'ssh/sign/prod', asked)).body.data.signed_key)
  // The machine's own log names the person, by the name of their account at the vault.
  expect(await machine.shown(key)).toMatch(/Key ID: "vault-[\w-]*-u-ada-[a-z2-7]{16}-/)
  const [from, until] =
    /Valid: from (\S+) to (\S+)/
      .exec(await machine.shown(key))
      ?.slice(1)
      .map(Date.parse) ?? []
  await end()
  expect((await call('POST', 'ssh/sign/prod', asked)).status).toBe(403)
  expect(await machine.letsIn(key, 'deploy')).toBe(true)
  expect(connector.cannotEnd([deploy])).toEqual([
    'A certificate that was signed before the end lets its holder in for up to 10 minutes after it. Sessions that are open then stay open.',
  ])
  // The server begins 30 seconds in the past, for clocks that are behind.
  expect((until ?? 0) - (from ?? 0)).toBe(630_000)
})

test('a bot that only lends gives the same: one account, and nothing after the end', async () => {
  const gives = [{ type: 'ssh', path: 'ssh/prod/deploy', permissions: ['sign'] }]
  const contained = {
    policies: [{ name: 'lend-deploy', gives }],
    roles: [{ name: 'lend-ssh', policies: ['lend-deploy'], longest: '8h' }],
  }
  const own = { namePrefix: 'latchkey-', sshMounts: ['ssh'], contained }
  await writeLent(vault.admin, { internalUrl: 'http://127.0.0.1', credentials: { folder: '/nowhere' }, ...own })
  const corner = { prefix: 'latchkey-', roleName: 'lender', policyName: 'lender', sshMounts: ['ssh'] }
  const lends = { policies: ['lend-deploy'], roles: ['lend-ssh'] }
  const lender = connectorTo(await vault.prepare({ ...corner, lends }), own)
  try {
    expect(lender.plan([admin])).toMatchObject({ ok: false, refusal: { code: 'not-lent' } })
    const { token, end } = await accessTo(lender, [deploy])
    const call = rawCall(vault.server.address, token)
    const asked = { ttl: '10m', valid_principals: 'deploy' }
    expect(await accountsOf(call, asked)).toEqual(['deploy'])
    for (const more of [{ valid_principals: 'admin' }, { ttl: '1h' }])
      expect(await accountsOf(call, { ...asked, ...more })).toBeUndefined()
    await end()
    expect(await accountsOf(call, asked)).toBeUndefined()
    expect((await everythingAt(lender)).map(({ path }) => path)).toContain('ssh/prod/deploy')
  } finally {
    await lender.close()
  }
})

test('the printed lines sign, with the program and with curl; a file of an agent or a page is not offered', async () => {
  const { token, credential, end } = await accessTo(connector, [deploy])
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-signing-'))
  const own = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  await symlink(await findOpenBao(), join(folder, own))
  const prefix = own.toUpperCase()
  const env = {
    ...{ PATH: `${folder}:${process.env.PATH}`, HOME: folder, TOKEN: token },
    ...{ [`${prefix}_ADDR`]: vault.server.address, [`${prefix}_TOKEN`]: token },
  }
  const sh = async (line: string) => (await promisify(execFile)('sh', ['-c', line], { cwd: folder, env })).stdout.trim()
  const key = await machine.key()
  await mkdir(join(folder, '.ssh'))
  await writeFile(join(folder, '.ssh/id_ed25519.pub'), await machine.publicKey(key))
  const letsIn = async (certificate: string) => {
    await machine.keep(key, certificate)
    return Promise.all(['deploy', 'admin'].map((account) => machine.letsIn(key, account)))
  }
  const [line = ''] = credential.commands
  expect(line).toBe(
    `${own} write -field=signed_key ssh/sign/prod public_key=@"$HOME/.ssh/id_ed25519.pub" valid_principals=deploy ttl=10m > "$HOME/.ssh/id_ed25519-cert.pub" && echo 'Signed. Now: ssh deploy@HOST (for another key, change both file names)'`,
  )
  expect(await sh(line)).toContain('ssh deploy@HOST')
  expect(await letsIn(await readFile(join(folder, '.ssh/id_ed25519-cert.pub'), 'utf8'))).toEqual([true, false])
  const curl = credential.ways.find(({ kind }) => kind === 'curl')?.text ?? ''
  expect(await letsIn(JSON.parse(await sh(curl)).data.signed_key)).toEqual([true, false])
  expect(credential.ways.map(({ kind }) => kind)).toEqual(['cli', 'curl', 'env'])
  await end()
  await rm(folder, { recursive: true })
})

test('discovery shows each account of a role, and says why a role has none', async () => {
  await role('any', { allowed_users: '*' })
  await role('usual', { allowed_users: '*', default_user: 'backup' })
  await role('drawn', { allowed_users: '{{identity.entity.name}}', allowed_users_template: true })
  await role('short', { allowed_users: 'deploy', max_ttl: '5m' })
  await role('hosts', { allowed_users: 'deploy', allow_user_certificates: false, allow_host_certificates: true })
  await role('strange', { allowed_users: 'two words,ok' })
  await root('POST', 'ssh/roles/codes', { key_type: 'otp', default_user: 'deploy', cidr_list: '10.0.0.0/8' })
  const found = await everythingAt(connector)
  const obstacles = found.filter(({ type }) => type === 'ssh').map(({ path, obstacle }) => [path, obstacle ?? ''])
  expect(Object.fromEntries(obstacles)).toEqual({
    'ssh/any': expect.stringContaining('allows every account'),
    'ssh/codes': expect.stringContaining('one-time passwords'),
    'ssh/drawn': expect.stringContaining('by a template'),
    'ssh/hosts/deploy': expect.stringContaining('allow_user_certificates'),
    'ssh/other/deploy': '',
    'ssh/prod/admin': '',
    'ssh/prod/deploy': '',
    'ssh/prod/root': '',
    'ssh/short/deploy': expect.stringContaining('certificateLife'),
    'ssh/strange/ok': '',
    'ssh/strange/two words': expect.stringContaining('character'),
    'ssh/usual/backup': '',
  })
  const caveatsOf = (path: string) => connector.caveats({ type: 'ssh', path, permission: 'sign' })
  expect(await caveatsOf('ssh/prod/deploy')).toEqual(['no-terminal'])
  expect(await caveatsOf('ssh/prod/somebody')).toEqual(['role-changed'])
  expect(await caveatsOf('ssh/gone/deploy')).toEqual(['role-gone'])
  await role('terminal', { allowed_users: 'deploy', default_extensions: { 'permit-pty': '' } })
  expect(await caveatsOf('ssh/terminal/deploy')).toEqual([])
  const excluded = connectorTo(vault.prepared, { exclude: ['ssh/prod/root'] })
  const paths = (await everythingAt(excluded)).map(({ path }) => path)
  await excluded.close()
  expect([paths.includes('ssh/prod/deploy'), paths.includes('ssh/prod/root')]).toEqual([true, false])
})
