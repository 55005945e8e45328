import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAuthority } from '../support/certificates.ts'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { enforceMfa } from '../support/login-mfa.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'
import { kvSubject } from './connector-subjects.ts'
import { connectorContract } from './connector-suite.ts'

let vault: TestVault
let folder: string
beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-setup-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await vault.stop()
})
const corner = () => newCorner(vault)
const setUp = (where: Corner, ...more: readonly string[]) =>
  runCli(['vault', 'setup', ...more], { environment: where.environment })

/** Everything that setup touches, without what differs between any two mounts. */
const stateOf = async ({ call }: Corner, { approle, users, role, policy }: Record<string, string>) => {
  const data = async (path: string) => (await call('GET', path)).body?.data
  const mounts = Object.entries({ ...(await data('sys/auth')), ...(await data('sys/mounts')) })
  return {
    mounts: mounts.map(([path, mount]) => {
      const { accessor: _a, uuid: _u, ...rest } = mount as Record<string, unknown>
      return [path, rest]
    }),
    tuned: [await data(`sys/auth/${approle}/tune`), await data(`sys/auth/${users}/tune`)],
    policy: (await data(`sys/policies/acl/${policy}`))?.policy,
    role: await data(`auth/${approle}/role/${role}`),
  }
}
const ours = {
  approle: 'latchkey-approle',
  users: 'latchkey-users',
  role: 'latchkey',
  policy: 'latchkey_management',
}
const vendors = { approle: 'approle', users: 'userpass', role: 'apono-plugin', policy: 'apono-management' }

describe('latchkey vault setup', () => {
  test.each([
    [[], ours],
    [['--with', 'all', '--cidr', '127.0.0.0/8,10.1.2.3/32', '--kv', 'kv', '--kv', 'team/kv', '--no-transit'], ours],
    [['--token-ttl', '10m', '--token-max-ttl', '1h', '--secret-id-ttl', '30d', '--secret-id-uses', '9'], ours],
    [['--vendor-compatible', '--with', 'list-policies'], vendors],
  ])('prints commands that have exactly the effect of --apply: %j', async (options, names) => {
    const [byHand, byUs] = [await corner(), await corner()]
    const printed = await setUp(byHand, ...options)
    expect(await byHand.sh(printed.out)).toMatchObject({ code: 0 })
    expect(await setUp(byUs, '--apply', ...options)).toMatchObject({ code: 0 })
    expect(await stateOf(byHand, names)).toEqual(await stateOf(byUs, names))
    for (const where of [byHand, byUs]) {
      const { out } = await setUp(where, '--dry-run', ...options)
      expect(out).toContain('Everything is as it should be.')
    }
  })

  test('can be run again, by hand and by us', async () => {
    const where = await corner()
    const { out } = await setUp(where)
    await where.sh(out)
    const before = await stateOf(where, ours)
    expect(await where.sh(out)).toMatchObject({ code: 0 })
    const again = await setUp(where, '--apply')
    expect(again.out.split('\n').filter((line) => line.startsWith('+'))).toEqual([])
    expect(await stateOf(where, ours)).toEqual(before)
  })

  test('works on HashiCorp Vault, which knows less', async () => {
    const where = await corner()
    const proxy = await hashicorpVaultProxy(where.at.internalUrl)
    const environment = { ...where.environment, BAO_ADDR: proxy.address }
    const run = (...line: readonly string[]) => runCli(['vault', ...line], { environment })
    expect(await run('setup', '--apply', '--with', 'all')).toMatchObject({ code: 0, err: '' })
    expect((await run('setup', '--dry-run', '--with', 'all')).out).toContain('Everything is as it should be.')
    expect(await run('kill-all', '--yes', '--stop-bot')).toMatchObject({ code: 0 })
    await proxy.stop()
  })

  test('shows what it would change, and changes nothing', async () => {
    const where = await corner()
    await setUp(where, '--apply')
    const before = await stateOf(where, ours)
    const { out } = await setUp(where, '--dry-run', '--with', 'revoke-tokens', '--token-ttl', '30m')
    expect(out).toContain('+ path "auth/token/revoke-accessor" { capabilities = ["update"] }')
    expect(out).toContain('token_ttl: 3600 → 1800')
    expect(out).toContain('2 of 9 steps would change something; nothing was changed.')
    expect(await stateOf(where, ours)).toEqual(before)
    const fresh = await setUp(await corner(), '--dry-run', '--json')
    expect(JSON.parse(fresh.out)).toContainEqual({
      step: 'the role latchkey',
      differences: ['missing: it will be created'],
    })
  })

  test('the people’s mount lets tokens live as long as is approved, whatever the server’s own limit is', async () => {
    const where = await corner()
    const limitOf = async () => (await where.call('GET', 'sys/auth/latchkey-users/tune')).body.data.max_lease_ttl
    expect((await setUp(where, '--apply')).out).toContain('Logged a throw-away person in at auth/latchkey-users/')
    expect(await limitOf()).toBe(32 * 86_400)
    await where.call('POST', 'sys/auth/latchkey-users/tune', { max_lease_ttl: '60s' })
    expect((await setUp(where, '--dry-run')).out).toContain('Everything is as it should be.')
    expect((await setUp(where, '--dry-run', '--longest', '32d')).out).toContain('max_lease_ttl: 60 → 2764800')
    await setUp(where, '--apply', '--longest', '8h')
    expect(await limitOf()).toBe(8 * 3600)
    expect((await where.call('GET', 'auth/latchkey-users/users?list=true')).status).toBe(404)
  })

  test('a mount that is not its own is not tuned: its limit is said, with the command that lifts it', async () => {
    const where = await corner()
    await where.call('POST', 'sys/auth/userpass', { type: 'userpass' })
    await where.call('POST', 'sys/auth/userpass/tune', { max_lease_ttl: '1h' })
    const { code, out } = await setUp(where, '--apply', '--vendor-compatible')
    expect(code).toBe(0)
    expect(out).toContain('Tokens of auth/userpass/ live at most 1h, so longer access ends early')
    expect(out).toContain('bao auth tune -max-lease-ttl=2764800s userpass/')
    expect((await where.call('GET', 'sys/auth/userpass/tune')).body.data.max_lease_ttl).toBe(3600)
  })

  test.each(['latchkey-users', 'latchkey-approle'])('login MFA on %s is named as the reason', async (mount) => {
    const where = await corner()
    await setUp(where, '--apply')
    await enforceMfa(where.call, mount)
    const refused = await setUp(where, '--apply')
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`auth/${mount} demands a second factor`) })
  })

  test.each([
    ['sys/auth/latchkey-users/tune', 'max_lease_ttl', 'max_lease_ttl: the limit of the server → 2764800'],
    ['sys/auth/latchkey-approle/tune', 'user_lockout_config', 'wrong logins lock it'],
    ['auth/latchkey-approle/role/latchkey', 'token_max_ttl', 'token_max_ttl: 0 → 14400'],
  ])('a value of %s that the vault drops without a word is noticed: %s', async (path, field, words) => {
    const where = await corner()
    const proxy = await loopbackProxy(where.at.internalUrl, {
      request: (passing) => {
        if (passing.path === path && passing.method === 'POST') {
          const { [field]: _dropped, ...kept } = JSON.parse(passing.body)
          passing.body = JSON.stringify(kept)
        }
        return undefined
      },
    })
    const environment = { ...where.environment, BAO_ADDR: proxy.address }
    const refused = await runCli(['vault', 'setup', '--apply'], { environment })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(words) })
    await proxy.stop()
  })

  test('from outside the networks of --cidr it goes on to the end, and says that the login was not tried', async () => {
    const where = await corner()
    const own = join(where.folder, 'own')
    const done = await setUp(where, '--apply', '--cidr', '10.9.9.9/32', '--credentials-dir', own)
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain('could not be tried: this machine is outside the networks of --cidr (10.9.9.9/32)')
    expect(done.out).toContain('latchkey vault unwrap')
    expect(done.out).toContain('approleRole: latchkey')
    expect(
      (await where.call('GET', 'auth/latchkey-approle/role/latchkey/secret-id?list=true')).body.data.keys,
    ).toHaveLength(1)
  })

  test('the lines for the configuration name the authority of a private CA, whole', async () => {
    const where = await corner()
    const authority = newAuthority(join(where.folder, 'ca'))
    const door = createServer(authority.issue('IP:127.0.0.1'), async (request, response) => {
      const [chunks, headers] = [[] as Buffer[], new Headers()]
      for await (const chunk of request) chunks.push(chunk)
      for (const [name, value] of Object.entries(request.headers))
        if (name.startsWith('x-vault') || name === 'content-type') headers.set(name, String(value))
      const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
      const method = request.method ?? 'GET'
      const answer = await fetch(`${where.at.internalUrl}${request.url}`, { method, headers, ...body })
      response.writeHead(answer.status).end(await answer.text())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => door.once('listening', resolve))
    const address = `https://127.0.0.1:${(door.address() as AddressInfo).port}`
    const BAO_CACERT = relative(process.cwd(), authority.caFile)
    const environment = { ...where.environment, BAO_ADDR: address, BAO_CACERT }
    const done = await runCli(['vault', 'setup', '--apply'], { environment })
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain(`      caFile: ${authority.caFile}\n`)
    door.close()
    door.closeAllConnections()
  })

  test('where the login fails, its failure comes after all that is needed next', async () => {
    const where = await corner()
    await setUp(where, '--apply')
    await enforceMfa(where.call, 'latchkey-approle')
    const done = await setUp(where, '--apply')
    expect(done).toMatchObject({ code: 1, err: expect.stringContaining('second factor') })
    expect(done.out).toContain('approleRole: latchkey')
  })

  test('says how many older secret_ids stay valid, and what keeps a new one alive', async () => {
    const where = await corner()
    await setUp(where, '--apply', '--unwrapped', '--credentials-dir', join(where.folder, 'own'))
    const { out } = await setUp(where, '--apply', '--secret-id-ttl', '30d')
    expect(out).toContain('1 older secret_id stays valid, 1 without an end')
    expect(out).toContain('Each new secret_id ends after 30d')
    expect(out).toContain('rotateEvery')
    expect((await setUp(where, '--apply')).out).not.toContain('older secret_id')
  })

  test('wrong secret_ids lock nobody out', async () => {
    const where = await corner()
    const own = join(folder, 'lockout')
    await setUp(where, '--apply', '--unwrapped', '--credentials-dir', own)
    const [role_id, secret_id] = await Promise.all(
      ['role_id', 'secret_id'].map(async (name) => (await readFile(join(own, name), 'utf8')).trim()),
    )
    const login = (id: string | undefined) =>
      where.call('POST', 'auth/latchkey-approle/login', { role_id, secret_id: id })
    for (let n = 0; n < 8; n += 1) expect((await login('wrong')).status).toBe(400)
    expect((await login(secret_id)).status).toBe(200)
  })

  test('a mount of another kind is never taken', async () => {
    const where = await corner()
    await where.call('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '1' } })
    const refused = await setUp(where, '--apply')
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('kv/ exists, but is version 1') })
    expect(await setUp(where, '--apply', '--no-kv')).toMatchObject({ code: 0 })
  })

  test('says what holding the AppRole means, and what is lost without an audit device', async () => {
    const where = await corner()
    const isOpenBao = vault.server.flavour === 'openbao' // there nobody sees the devices from a namespace
    if (!isOpenBao) await where.call('DELETE', 'sys/audit/main')
    const { out } = await setUp(where, '--apply')
    expect(out).toContain('The holder of this AppRole can get any right')
    expect(out).toContain(isOpenBao ? 'cannot see audit devices' : 'No audit device is enabled')
    const { address, rootToken } = vault.server
    const root = { BAO_ADDR: address, BAO_TOKEN: rootToken }
    const inRoot = await runCli(['vault', 'setup', '--apply', '--no-kv', '--no-transit'], { environment: root })
    expect(inRoot.out).toContain('Audit: a device is enabled.')
  })

  test.each([
    [['--kv', 'a"b'], 'not a mount path'],
    [['--role', 'x;y'], 'not a valid name'],
    [['--cidr', 'everywhere'], 'write a network'],
    [['--with', 'everything'], 'there is no such right'],
    [['--token-ttl', 'soon'], 'write a length'],
    [['--secret-id-ttl', '30'], 'add a unit, such as 30d'],
    [['--secret-id-ttl', '59s'], 'must live 60s or longer'],
    [['--token-ttl', '5h'], 'must not be less'],
    [['--prefix', 'Ours'], 'use a-z'],
    [['--kubernetes', 'only-a-name'], 'NAMESPACE/NAME'],
  ])('refuses %j before anything is called', async (options, words) => {
    const environment = { BAO_ADDR: 'http://127.0.0.1:1', BAO_TOKEN: 'none' }
    const refused = await runCli(['vault', 'setup', ...options], { environment })
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(words) })
  })
})

describe('the credentials', () => {
  const mode = async (file: string) => (await stat(file)).mode & 0o777

  test('are a role_id and a wrapped secret_id, for their owner only; by hand and by us', async () => {
    const where = await corner()
    for (const how of ['by-us', 'by-hand']) {
      const own = join(folder, how)
      const { out } = await setUp(where, ...(how === 'by-us' ? ['--apply'] : []), '--credentials-dir', own)
      if (how === 'by-hand') expect(await where.sh(out)).toMatchObject({ code: 0 })
      const token = (await readFile(join(own, 'wrapped_secret_id'), 'utf8')).trim()
      const looked = await where.call('POST', 'sys/wrapping/lookup', { token })
      expect(looked.body.data).toMatchObject({
        creation_path: 'auth/latchkey-approle/role/latchkey/secret-id',
        creation_ttl: 86_400,
      })
      expect([await mode(own), await mode(join(own, 'role_id')), await mode(join(own, 'wrapped_secret_id'))]).toEqual([
        0o700, 0o600, 0o600,
      ])
      if (how === 'by-hand') await where.sh(out)
      else await setUp(where, '--apply', '--credentials-dir', own)
      expect((await readFile(join(own, 'wrapped_secret_id'), 'utf8')).trim()).toBe(token)
    }
  })

  test('are opened once, where Latchkey runs, and a strange or spent one is refused', async () => {
    const where = await corner()
    const own = join(folder, 'opened')
    await setUp(where, '--apply', '--credentials-dir', own)
    const { BAO_TOKEN: _, ...environment } = where.environment
    const unwrap = () => runCli(['vault', 'unwrap', '--credentials-dir', own], { environment })
    expect(await unwrap()).toMatchObject({ code: 0 })
    expect(await mode(join(own, 'secret_id'))).toBe(0o600)
    await expect(stat(join(own, 'wrapped_secret_id'))).rejects.toThrow()
    const names = { namePrefix: 'latchkey-', userpassMount: 'latchkey-users' }
    const params = { ...where.at, ...names, approleMount: 'latchkey-approle', credentials: { folder: own } }
    const connector = connectorTo(vault.prepared, params)
    await expect(connector.checkRights()).resolves.toBeInstanceOf(Array)
    await connector.close()
    expect(await unwrap()).toMatchObject({ code: 1, err: expect.stringContaining('nothing to unwrap') })

    await setUp(where, '--apply', '--credentials-dir', own)
    const wrapping = await readFile(join(own, 'wrapped_secret_id'), 'utf8')
    await where.call('POST', 'sys/wrapping/unwrap', { token: wrapping.trim() })
    expect(await unwrap()).toMatchObject({ code: 1, err: expect.stringContaining('somebody may have') })
  })

  test('go into a Kubernetes secret through a pipe', async () => {
    const where = await corner()
    await setUp(where, '--apply')
    const { out } = await setUp(where, '--kubernetes', 'access/latchkey-vault')
    const seen = join(where.folder, 'seen')
    await where.sh(`printf '#!/bin/sh\nprintf "%%s\\n" "$@" > ${seen}; cat > ${seen}.in' > kubectl; chmod +x kubectl`)
    expect(await where.sh(out)).toMatchObject({ code: 0 })
    const words = (await readFile(seen, 'utf8')).trim().split('\n')
    expect(words.slice(0, 6)).toEqual(['create', 'secret', 'generic', 'latchkey-vault', '--namespace', 'access'])
    expect(words).toContain('--from-file=secret_id=/dev/stdin')
    const role_id = words.find((one) => one.startsWith('--from-literal=role_id='))?.split('=')[2]
    const secret_id = (await readFile(`${seen}.in`, 'utf8')).trim()
    expect((await where.call('POST', 'auth/latchkey-approle/login', { role_id, secret_id })).status).toBe(200)
    expect(out).not.toContain(secret_id)
  })
})

describe('latchkey vault setup --remove', () => {
  test.each(['by hand', 'by us'])('takes away what setup made and nothing else, %s', async (how) => {
    const where = await corner()
    await setUp(where, '--apply')
    await where.call('POST', 'sys/policies/acl/somebody-elses', { policy: 'path "x" { capabilities = ["read"] }' })
    if (how === 'by us') {
      expect(await setUp(where, '--remove', '--apply')).toMatchObject({
        code: 2,
        err: expect.stringContaining('--yes'),
      })
      const done = await setUp(where, '--remove', '--apply', '--yes')
      expect(done.out).toContain('one identity entity')
    } else {
      const { out } = await setUp(where, '--remove')
      expect(await where.sh(out)).toMatchObject({ code: 0 })
    }
    const mounts = Object.keys((await where.call('GET', 'sys/auth')).body.data)
    expect(mounts.filter((path) => path.includes('latchkey'))).toEqual([])
    expect(await where.policies()).toEqual(['somebody-elses'])
    expect(Object.keys((await where.call('GET', 'sys/mounts')).body.data)).toEqual(
      expect.arrayContaining(['kv/', 'transit/']),
    )
  })

  test.each(['by hand', 'by us'])('leaves a mount that others use too, %s', async (how) => {
    const where = await corner()
    await setUp(where, '--apply')
    await where.call('POST', 'auth/latchkey-users/users/somebody', { password: 'somebody-s' })
    await where.call('POST', 'auth/latchkey-approle/role/other', {})
    if (how === 'by us') {
      const done = await setUp(where, '--remove', '--apply', '--yes')
      expect(done.out).toContain('auth/latchkey-users/ stays')
    } else await where.sh((await setUp(where, '--remove')).out)
    expect((await where.call('GET', 'auth/latchkey-users/users/somebody')).status).toBe(200)
    expect((await where.call('GET', 'auth/latchkey-approle/role/other')).status).toBe(200)
    expect((await where.call('GET', 'auth/latchkey-approle/role/latchkey')).status).toBe(404)
  })
})

connectorContract('secrets, with exactly the rights that latchkey vault setup gives', async () => {
  const credentialsFolder = join(folder, 'contract')
  const { address, rootToken } = vault.server
  const environment = { BAO_ADDR: address, BAO_TOKEN: rootToken }
  const line = ['vault', 'setup', '--apply', '--unwrapped', '--credentials-dir', credentialsFolder]
  const done = await runCli(line, { environment })
  if (done.code !== 0) throw new Error(done.err)
  const mounts = { kvMounts: ['kv'], transitMounts: ['transit'], userpassMount: 'latchkey-users' }
  const own = { prefix: 'latchkey-', appRoleMount: 'latchkey-approle', roleName: 'latchkey' }
  return kvSubject(vault, connectorTo({ ...mounts, ...own, address, credentialsFolder }))
})
