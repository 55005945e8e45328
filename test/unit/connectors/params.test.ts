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
      include: [],
      keyExport: [],
      exclude: [],
      management: [],
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
