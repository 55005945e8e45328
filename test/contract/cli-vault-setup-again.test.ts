import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBao, type TestVault } from '../support/openbao.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

let vault: TestVault
let folder: string
beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-again-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await vault.stop()
})

const setUp = async (where: Corner, ...more: readonly string[]) => {
  const done = await runCli(['vault', 'setup', '--apply', ...more], { environment: where.environment })
  expect(done).toMatchObject({ code: 0, err: '' })
  return done.out
}
const roleOf = async ({ call }: Corner, path = 'auth/latchkey-approle/role/latchkey') =>
  (await call('GET', path)).body.data
const policyOf = async ({ call }: Corner, name = 'latchkey_management'): Promise<string> =>
  (await call('GET', `sys/policies/acl/${name}`)).body.data.policy

describe('latchkey vault setup on a vault that is set up already', () => {
  test('keeps limits, mounts and rights that it is not told to change', async () => {
    const where = await newCorner(vault)
    await setUp(
      where,
      ...['--kv', 'apps', '--no-transit', '--cidr', '127.0.0.1/32', '--secret-id-ttl', '30d', '--with', 'key-types'],
      ...['--token-ttl', '10m', '--token-max-ttl', '1h', '--secret-id-uses', '9', '--longest', '8h'],
    )
    const before = { role: await roleOf(where), policy: await policyOf(where) }
    const out = await setUp(where)
    expect(out.split('\n').filter((line) => line.startsWith('+'))).toEqual([])
    expect({ role: await roleOf(where), policy: await policyOf(where) }).toEqual(before)
    expect(Object.keys((await where.call('GET', 'sys/mounts')).body.data)).not.toContain('kv/')
  })

  test('adds a right or a mount to those there, and prints the change', async () => {
    const where = await newCorner(vault)
    await setUp(where, '--with', 'list-policies')
    const out = await setUp(where, '--with', 'revoke-tokens', '--kv', 'apps')
    expect(out).toContain('+ path "auth/token/revoke-accessor" { capabilities = ["update"] }')
    const policy = await policyOf(where)
    for (const path of ['sys/policies/acl"', 'auth/token/revoke-accessor"', 'kv/metadata/*"', 'apps/metadata/*"'])
      expect(policy).toContain(`path "${path}`)
    // Control groups need the same right and two more: it alone is no reason to add those.
    await setUp(where)
    expect(await policyOf(where)).toBe(policy)
    const more = await setUp(where, '--with', 'control-groups')
    for (const path of ['sys/control-group/request', 'auth/token/lookup-accessor'])
      expect(more).toContain(`+ path "${path}" { capabilities = ["update"] }`)
    const whole = await policyOf(where)
    await setUp(where)
    expect(await policyOf(where)).toBe(whole)
  })

  test.each([
    [['--only', '--kv', 'kv'], 'apps/metadata/*'],
    [['--only', '--no-transit'], 'transit/keys'],
    [['--only', '--with', 'list-policies'], 'auth/token/revoke-accessor'],
    [['--with', 'none'], 'auth/token/revoke-accessor'],
  ])('takes away only what %j says, and prints it', async (options, path) => {
    const where = await newCorner(vault)
    await setUp(where, '--kv', 'kv', '--kv', 'apps', '--with', 'list-policies,revoke-tokens')
    expect(await policyOf(where)).toContain(`path "${path}"`)
    expect(await setUp(where, ...options)).toContain(`- path "${path}"`)
    expect(await policyOf(where)).not.toContain(`path "${path}"`)
  })

  test('lifts the limit of networks only by name', async () => {
    const where = await newCorner(vault)
    await setUp(where, '--cidr', '127.0.0.1/32')
    expect(await setUp(where, '--cidr', 'none')).toMatch(/token_bound_cidrs: 127\.0\.0\.1 → \(none\)/)
    expect((await roleOf(where)).token_bound_cidrs ?? []).toEqual([])
  })

  test('keeps what an administrator added by hand', async () => {
    const where = await newCorner(vault)
    await setUp(where)
    const rule = 'path "sys/internal/ui/mounts" { capabilities = ["read"] }'
    await where.call('POST', 'sys/policies/acl/latchkey_management', { policy: `${await policyOf(where)}${rule}\n` })
    await where.call('POST', 'auth/latchkey-approle/role/latchkey/policies', {
      token_policies: ['latchkey_management', 'audited'],
    })
    await where.call('POST', 'auth/latchkey-approle/role/latchkey/secret-id-bound-cidrs', {
      secret_id_bound_cidrs: ['127.0.0.0/8'],
    })
    await setUp(where, '--with', 'list-policies')
    expect(await policyOf(where)).toContain(rule)
    expect(await roleOf(where)).toMatchObject({
      token_policies: ['latchkey_management', 'audited'],
      secret_id_bound_cidrs: ['127.0.0.0/8'],
    })
  })

  test('refuses a policy that it could not keep, and changes nothing', async () => {
    const where = await newCorner(vault)
    await setUp(where)
    const rule = 'path "kv/data/x" { capabilities = ["create"] denied_parameters = { "a" = [] } }'
    await where.call('POST', 'sys/policies/acl/latchkey_management', { policy: `${await policyOf(where)}${rule}\n` })
    const refused = await runCli(['vault', 'setup', '--apply', '--with', 'all'], { environment: where.environment })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('cannot be kept') })
    expect(await policyOf(where)).toContain(rule)
  })

  test('neither tunes mounts that others use, nor makes a second policy, when a configuration names them', async () => {
    const where = await newCorner(vault)
    await setUp(where, '--vendor-compatible')
    for (const mount of ['approle', 'userpass'])
      await where.call('POST', `sys/auth/${mount}/tune`, { max_lease_ttl: '2h' })
    const tuned = async (mount: string) => (await where.call('GET', `sys/auth/${mount}/tune`)).body.data
    const before = [await tuned('approle'), await tuned('userpass'), await where.policies()]
    const config = join(where.folder, 'latchkey.yaml')
    const names = {
      namePrefix: 'apono-',
      userpassMount: 'userpass',
      approleMount: 'approle',
      approleRole: 'apono-plugin',
    }
    await writeConfig(where, config, where.folder, names)
    await setUp(where, '--config', config, '--with', 'list-policies')
    expect([await tuned('approle'), await tuned('userpass'), await where.policies()]).toEqual(before)
    // Names of their own on mounts that others use.
    await where.call('POST', 'auth/userpass/users/somebody', { password: 'of-their-own' })
    await setUp(where, '--prefix', 'team-', '--users-mount', 'userpass', '--approle-mount', 'approle', '--role', 'team')
    expect([await tuned('approle'), await tuned('userpass')]).toEqual(before.slice(0, 2))
  })

  test('stops at a role that it cannot read, and changes nothing', async () => {
    const where = await newCorner(vault)
    await setUp(where, '--cidr', '127.0.0.1/32')
    const before = await roleOf(where)
    const role = 'auth/latchkey-approle/role/latchkey'
    const proxy = await loopbackProxy(where.at.internalUrl, {
      request: ({ path, method }) => (path === role && method === 'GET' ? 403 : undefined),
    })
    const environment = { ...where.environment, BAO_ADDR: proxy.address }
    const refused = await runCli(['vault', 'setup', '--apply', '--with', 'all'], { environment })
    await proxy.stop()
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`refuses GET ${role}`) })
    expect(await roleOf(where)).toEqual(before)
  })

  test('--renew says where it must be told to put the credentials', async () => {
    const where = await newCorner(vault)
    const refused = await runCli(['vault', 'setup', '--apply', '--renew'], { environment: where.environment })
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--credentials-dir FOLDER') })
  })
})

type Row = { readonly what: string; readonly state: string; readonly found: string; readonly remedy?: string }

/** How an administrator set the vault up, and what the configuration of Latchkey says about it. */
const setups: readonly (readonly [string, readonly string[], object])[] = [
  ['the usual names', [], {}],
  ['one mount of another name', ['--kv', 'apps', '--no-transit'], { kvMounts: ['apps'], transitMounts: [] }],
  ['limits on the role', ['--cidr', '127.0.0.1/32', '--secret-id-ttl', '30d', '--with', 'key-types'], {}],
  ['another prefix', ['--prefix', 'team-'], { namePrefix: 'team-' }],
  [
    'other mounts and role',
    ['--users-mount', 'people', '--approle-mount', 'bots', '--role', 'access'],
    { userpassMount: 'people', approleMount: 'bots', approleRole: 'access' },
  ],
  [
    'the names of the vendor',
    ['--vendor-compatible'],
    { namePrefix: 'apono-', userpassMount: 'userpass', approleMount: 'approle', approleRole: 'apono-plugin' },
  ],
]

/** What goes wrong afterwards. */
const damages: readonly (readonly [string, (where: Corner, at: Names) => Promise<unknown>])[] = [
  ['nothing', async () => {}],
  [
    'a right was taken away',
    async (where, { policy }) => {
      const text = (await policyOf(where, policy)).replace(/^path "sys\/mounts".*\n/m, '')
      await where.call('POST', `sys/policies/acl/${policy}`, { policy: text })
    },
  ],
  ['a mount was removed', (where, { kv }) => where.call('DELETE', `sys/mounts/${kv}`)],
  ['the secret_id was destroyed', (where, { role }) => destroySecretIds(where, role)],
  [
    'the people’s mount is short',
    (where, { users }) => where.call('POST', `sys/auth/${users}/tune`, { max_lease_ttl: '60s' }),
  ],
  ['the files are gone', (_, { credentials }) => rm(credentials, { recursive: true })],
]

type Names = { policy: string; kv: string; users: string; role: string; credentials: string }

const destroySecretIds = async ({ call }: Corner, role: string): Promise<void> => {
  const { body } = await call('GET', `${role}/secret-id?list=true`)
  for (const secret_id_accessor of body.data.keys)
    await call('POST', `${role}/secret-id-accessor/destroy`, { secret_id_accessor })
}

describe.each(setups)('after a set-up with %s', (_, options, vaultKeys) => {
  test.each(damages)('each command that doctor prints repairs it and changes nothing else: %s', async (__, damage) => {
    const where = await newCorner(vault)
    const credentials = join(where.folder, 'credentials')
    await setUp(where, ...options, '--unwrapped', '--credentials-dir', credentials)
    const given: {
      userpassMount?: string
      approleMount?: string
      approleRole?: string
      namePrefix?: string
      kvMounts?: string[]
    } = vaultKeys
    const prefix = given.namePrefix ?? 'latchkey-'
    const names: Names = {
      policy: prefix === 'apono-' ? 'apono-management' : `${prefix.slice(0, -1)}_management`,
      kv: given.kvMounts?.[0] ?? 'kv',
      users: given.userpassMount ?? 'latchkey-users',
      role: `auth/${given.approleMount ?? 'latchkey-approle'}/role/${given.approleRole ?? 'latchkey'}`,
      credentials,
    }
    const limits = await roleOf(where, names.role)
    await damage(where, names)
    // Without a login doctor cannot see the rights, so what it says then may be followed by more.
    for (const _round of ['login', 'rights']) {
      const rows = await doctor(where, credentials, vaultKeys)
      const printed = new Set(
        rows
          .filter((row) => !isChoice(row))
          .flatMap(({ remedy = '' }) => remedy.split('\n').filter((one) => one.includes('latchkey vault setup'))),
      )
      for (const command of printed) expect(await paste(where, command), command).toMatchObject({ code: 0, err: '' })
    }
    const after = (await doctor(where, credentials, vaultKeys)).filter(({ what }) => what.startsWith('vault'))
    const open = after.filter((row) => row.state !== 'ok' && !isChoice(row))
    expect(open).toEqual([])
    expect(await roleOf(where, names.role)).toEqual(limits)
  })
})

test('roles of engines: doctor prints the command that grants the look at them, and names what a role lacks', async () => {
  const where = await newCorner(vault)
  const credentials = join(where.folder, 'credentials')
  await setUp(where, '--unwrapped', '--credentials-dir', credentials)
  for (const type of ['ssh', 'pki']) await where.call('POST', `sys/mounts/${type}`, { type })
  await where.call('POST', 'ssh/roles/all', { key_type: 'ca', allow_user_certificates: true, allowed_users: '*' })
  await where.call('POST', 'pki/roles/web', { max_ttl: '1m' })
  const keys = { sshMounts: ['ssh'], pkiMounts: ['pki', 'elsewhere'] }
  const rows = async () => {
    const all = await doctor(where, credentials, keys)
    return all.filter(({ what, state }) => state !== 'ok' && /: (ssh|pki|elsewhere)\//.test(what))
  }
  const before = await rows()
  expect(before.map(({ what }) => what.replace('vault production: ', ''))).toEqual([
    ...['elsewhere/', 'ssh/roles', 'pki/roles', 'ssh/roles', 'ssh/roles/*', 'pki/roles', 'pki/roles/*'],
  ])
  expect(before[0]?.remedy).toBe('correct pkiMounts, or: bao secrets enable -path=elsewhere pki')
  const command = before.find(({ remedy }) => remedy?.includes('latchkey vault setup'))?.remedy ?? ''
  expect(command).toContain('--ssh ssh --pki pki')
  expect(await paste(where, command)).toMatchObject({ code: 0, err: '' })

  const texts = (await rows()).map(({ what, found, remedy }) => [what.split(': ')[1], found, remedy])
  expect(texts).toEqual([
    ['elsewhere/', 'there is no PKI engine', expect.any(String)],
    ['ssh/roles/all', expect.stringContaining('allows every account;'), 'name the accounts in allowed_users'],
    ['ssh/roles/all', 'its certificates give no terminal', 'add permit-pty to its default_extensions'],
    ['ssh/roles/all', 'it allows every account, root too', 'name the accounts in allowed_users'],
    [
      'pki/roles/web',
      'the end of an access does not revoke its certificates',
      expect.stringContaining('generate_lease'),
    ],
    ['pki/roles/web', expect.stringContaining('shorter than certificateLife'), expect.stringContaining('max_ttl')],
  ])
  const policy = await policyOf(where)
  expect(policy).toContain('path "ssh/roles/*" { capabilities = ["read"] }')
  await setUp(where, '--with', 'key-types')
  expect(await policyOf(where)).toContain('path "ssh/roles/*"')
  expect(await policyOf(where)).not.toContain('added by an administrator')
  expect(await setUp(where, '--only', '--ssh', 'ssh')).toContain('- path "pki/roles" { capabilities = ["list"] }')
  expect(await policyOf(where)).toContain('path "ssh/roles/*"')
})

const writeConfig = async (where: Corner, config: string, credentials: string, vaultKeys: object): Promise<void> => {
  await mkdir(where.folder, { recursive: true })
  const people = { people: { dba: { name: 'A', slack: ['T0A/U0A'] } }, groups: { all: ['dba'] } }
  await writeFile(join(where.folder, 'people.yaml'), JSON.stringify(people))
  const integration = { name: 'production', requesters: ['group:all'], owner: ['group:all'] }
  const own = { ...where.at, credentials: { folder: credentials }, ...vaultKeys }
  const whole = {
    link: { baseUrl: 'http://127.0.0.1:1' },
    database: join(where.folder, 'latchkey.sqlite'),
    integrations: [{ ...integration, vault: own }],
  }
  await writeFile(config, JSON.stringify(whole))
}

const doctor = async (where: Corner, credentials: string, vaultKeys: object): Promise<readonly Row[]> => {
  const config = join(where.folder, 'latchkey.yaml')
  await writeConfig(where, config, credentials, vaultKeys)
  return JSON.parse((await runCli(['doctor', '--json', '--config', config], { environment: {} })).out)
}

/** What an administrator may choose otherwise, and need not. */
const isChoice = ({ what, remedy = '' }: Row): boolean =>
  remedy.startsWith('bao auth tune') || what.endsWith('what a thief could do')

/** As a shell would take it apart; the administrator's token is in the environment. */
const paste = async (where: Corner, command: string) => {
  const words = (await where.sh(`for word in ${command}; do printf '%s\\n' "$word"; done`)).out.trim().split('\n')
  const start = words.indexOf('latchkey')
  const set = Object.fromEntries(words.slice(0, start).map((word) => word.split('=') as [string, string]))
  const { BAO_ADDR: _, BAO_NAMESPACE: __, ...token } = where.environment
  return runCli(words.slice(start + 1), { environment: { ...token, ...set } })
}
