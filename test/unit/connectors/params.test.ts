import { describe, expect, test } from 'vitest'
import { credentialSource, vaultParams } from '../../../src/connectors/vault/params.ts'

const least = { internalUrl: 'https://vault.example:8200/', credentials: { folder: '/credentials' } }

describe('the settings of a vault', () => {
  test('need only address and credentials; the rest is as `latchkey vault setup` makes it', () => {
    expect(vaultParams.parse(least)).toEqual({
      internalUrl: 'https://vault.example:8200',
      credentials: { folder: '/credentials' },
      namePrefix: 'latchkey-',
      kvMounts: ['kv'],
      transitMounts: ['transit'],
      databaseMounts: [],
      sshMounts: [],
      pkiMounts: [],
      certificateLife: 600,
      userpassMount: 'latchkey-users',
      approleMount: 'latchkey-approle',
      approleRole: 'latchkey',
      controlGroups: [],
      include: [],
      keyExport: [],
      exclude: [],
      management: [],
      rotation: [],
      discovery: { requestsPerSecond: 50, concurrency: 8 },
      timeoutSeconds: 20,
      wrapSeconds: 300,
    })
  })

  test('parsed twice are the same', () => {
    const once = vaultParams.parse({ ...least, kvMounts: ['/team/kv/'] })
    expect(once.kvMounts).toEqual(['team/kv'])
    expect(vaultParams.parse(once)).toEqual(once)
  })

  test.each([
    { internalUrl: 'vault.example' },
    { internalUrl: 'ftp://vault.example' },
    { kvMounts: ['kv*'] },
    { kvMounts: ['a/../b'] },
    { userpassMount: '' },
    { namePrefix: 'Apono-' },
    { credentials: {} },
    { credentials: { folder: '/a', file: '/b' } },
    { credentials: { kubernetes: { role: 'latchkey', audience: '' } } },
    { credentials: { jwt: { role: 'latchkey' } } },
    { credentials: { secret: { namespace: 'latchkey', name: '../other' } } },
    { credentials: { kubernetes: { role: 'latchkey' } }, rotateEvery: '30d' },
    { credentials: { roleIdVariable: 'lower', secretIdVariable: 'SECRET' } },
    { timeoutSeconds: 0 },
    { exclude: ['kv/**'] },
    { include: ['/kv/x'] },
    { discovery: { requestsPerSecond: -1 } },
    { discovery: { concurrency: 0 } },
    { discovery: { perSecond: 5 } },
    { wrapSeconds: 5 },
    { unknown: true },
    { controlGroups: [{ group: 'managers', members: [] }] },
    { controlGroups: [{ group: 'managers', members: ['managers'] }] },
    { controlGroups: [{ group: 'managers', members: ['group:managers'] }], credentials: 'remote' },
  ])('%j is refused', (wrong) => {
    expect(vaultParams.safeParse({ ...least, ...wrong }).success).toBe(false)
  })

  test.each([
    [{ folder: '/a' }, { from: 'folder', path: '/a' }],
    [{ file: '/a' }, { from: 'file', path: '/a' }],
    [
      { roleIdVariable: 'R', secretIdVariable: 'S' },
      { from: 'environment', roleId: 'R', secretId: 'S' },
    ],
    [
      { roleId: 'r', role: 'latchkey', wrappedSecretIdFile: '/w' },
      { from: 'wrapped', roleId: 'r', role: 'latchkey', tokenFile: '/w' },
    ],
    [
      { secret: { namespace: 'latchkey-vault', name: 'latchkey-vault-role' } },
      { from: 'secret', namespace: 'latchkey-vault', name: 'latchkey-vault-role' },
    ],
    [
      { kubernetes: { role: 'latchkey' } },
      {
        ...{ from: 'token', way: 'kubernetes', role: 'latchkey', mount: 'kubernetes', audience: 'vault' },
        tokenFile: '/var/run/secrets/latchkey/vault/token',
      },
    ],
    [
      { jwt: { role: 'latchkey', audience: 'https://vault.example', tokenFile: '/token' } },
      {
        ...{ from: 'token', way: 'jwt', role: 'latchkey', mount: 'jwt', tokenFile: '/token' },
        audience: 'https://vault.example',
      },
    ],
  ])('credentials %j are found', (credentials, source) => {
    expect(credentialSource(vaultParams.parse({ ...least, credentials }))).toEqual(source)
  })
})

describe('a bot that only lends', () => {
  const policies = [
    { name: 'shop', gives: [{ type: 'secret', path: '/kv/shop/*', permissions: ['read'] }] },
    { name: 'special', rules: { 'kv/data/special': ['read'] } },
  ]
  const roles = [{ name: 'lend', policies: ['shop', 'special'], longest: '8h' }]
  const messages = (more: object) => {
    const parsed = vaultParams.safeParse({ ...least, contained: { policies, roles }, ...more })
    return parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  }

  test('is configured by policies and roles, and parsed twice is the same', () => {
    const once = vaultParams.parse({ ...least, contained: { policies, roles } })
    expect(once.contained?.roles).toEqual([
      { name: 'lend', policies: ['shop', 'special'], longest: 28_800, aliases: false },
    ])
    expect(vaultParams.parse(once)).toEqual(once)
  })

  const lends = (policy: object, role: object = {}) => ({
    contained: {
      policies: [{ name: 'one', ...policy }],
      roles: [{ name: 'lend', policies: ['one'], longest: '1h', ...role }],
    },
  })
  const given = (gift: object) => lends({ gives: [{ type: 'secret', path: 'kv/x', permissions: ['read'], ...gift }] })
  test.each<[object, string]>([
    [{ credentials: 'remote' }, 'credentials: a connector beside the vault cannot lend yet'],
    [{ workloads: { approleMount: 'w' } }, 'workloads: a bot that only lends policies (contained) writes none'],
    [{ management: [{ path: 'kv/a', permissions: ['ReadOnly'] }] }, 'management: a bot that only lends'],
    [{ keyExport: ['transit/x'], ...given({}) }, 'keyExport.0: no lent policy gives export there'],
    [lends({}), 'contained.policies.0: write either gives or rules'],
    [lends({ rules: {} }), 'contained.policies.0.rules: write at least one path'],
    [lends({ rules: { 'sys/policies/acl/*': ['update'] } }), 'are never lent'],
    [lends({ rules: { '*': ['read'] } }), 'only its end may be a *'],
    [lends({ rules: { 'kv/+/x': ['read'] } }), 'only its end may be a *'],
    [lends({ rules: { 'elsewhere/data/x': ['read'] } }), 'begin with one of the mounts on offer'],
    [
      lends({ name: 'root', rules: { 'kv/data/x': ['read'] } }),
      'contained.policies.0.name: this policy belongs to the vault',
    ],
    [lends({ name: 'One*', rules: { 'kv/data/x': ['read'] } }), 'contained.policies.0.name: write an exact name'],
    [given({ path: 'kv/a*' }), 'write an exact path such as'],
    [given({ path: 'other/x' }), 'begin with one of the mounts'],
    [given({ type: 'management' }), 'folders are not managed'],
    [given({ permissions: ['write'] }), 'contained.policies.0.gives.0.permissions.0: write one of: read'],
    [lends({ rules: { 'kv/data/x': ['read'] } }, { policies: [] }), 'contained.roles.0.policies'],
    [lends({ rules: { 'kv/data/x': ['read'] } }, { policies: ['two'] }), 'name one of the policies above'],
    [lends({ rules: { 'kv/data/x': ['read'] } }, { longest: 'soon' }), 'contained.roles.0.longest: write a length'],
  ])('%j is refused', (more, message) => expect(messages(more).join('\n')).toContain(message))
})
