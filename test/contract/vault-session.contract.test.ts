import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { until } from '../support/openbao-until.ts'

// How the bot logs in to a real server, from each place where its credentials may lie.

let vault: TestVault
let folder: string
let roleId: string
let secretId: string
let connector: VaultConnector | undefined
const path = (name: string) => join(folder, name)
const secretIds = 'auth/approle/role/latchkey/secret-id'
const root = () => rawCall(vault.server.address, vault.server.rootToken)

beforeAll(async () => {
  vault = await openBao({ tokenTtl: '2s', tokenMaxTtl: '5s' })
  const file = async (name: string) => (await readFile(join(vault.prepared.credentialsFolder, name), 'utf8')).trim()
  roleId = await file('role_id')
  secretId = await file('secret_id')
})
afterAll(() => vault.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-credentials-'))
})
afterEach(async () => {
  await connector?.close()
  await rm(folder, { recursive: true, force: true })
})

const use = (credentials: object) => {
  connector = connectorTo(vault.prepared, { credentials })
  return connector
}
const works = async (one: VaultConnector) => (await one.checkRights()).length > 0

describe('credentials', () => {
  test('lie in a folder, under names with an underscore or a hyphen', async () => {
    expect(await works(use({ folder: vault.prepared.credentialsFolder }))).toBe(true)
    await connector?.close()
    await writeFile(path('role-id'), roleId)
    await writeFile(path('secret-id'), `${secretId}\n`)
    expect(await works(use({ folder }))).toBe(true)
  })

  test('lie in one JSON file', async () => {
    await writeFile(path('credentials.json'), JSON.stringify({ role_id: roleId, secret_id: secretId }))
    expect(await works(use({ file: path('credentials.json') }))).toBe(true)
  })

  test('lie in the environment', async () => {
    process.env.EXAMPLE_ROLE_ID = roleId
    process.env.EXAMPLE_SECRET_ID = secretId
    try {
      expect(await works(use({ roleIdVariable: 'EXAMPLE_ROLE_ID', secretIdVariable: 'EXAMPLE_SECRET_ID' }))).toBe(true)
    } finally {
      delete process.env.EXAMPLE_ROLE_ID
      delete process.env.EXAMPLE_SECRET_ID
    }
  })

  test.each<[string, object, RegExp]>([
    ['no file', { file: '/nowhere/credentials.json' }, /nowhere.*cannot be read/],
    ['an empty folder', { folder: '/nowhere' }, /no role_id in the folder/],
    [
      'no variable',
      { roleIdVariable: 'EXAMPLE_NONE', secretIdVariable: 'EXAMPLE_NONE' },
      /no role_id in the environment/,
    ],
  ])('missing (%s) are said to be', async (_name, credentials, message) => {
    const error = { code: 'bad-credentials', message: expect.stringMatching(message) }
    await expect(use(credentials).checkRights()).rejects.toMatchObject(error)
  })

  test('are read again when the token has come to its end, so that a rotation needs no restart', async () => {
    await writeFile(path('role_id'), roleId)
    await writeFile(path('secret_id'), secretId)
    const one = use({ folder })
    expect(await works(one)).toBe(true)
    const made = await root()('POST', secretIds)
    await writeFile(path('new'), made.body.data.secret_id)
    await rename(path('new'), path('secret_id'))
    await root()('POST', 'auth/approle/role/latchkey/secret-id/destroy', { secret_id: secretId })
    const started = Date.now()
    await until(async () => (await works(one)) && Date.now() - started > 6000)
    secretId = made.body.data.secret_id
    await writeFile(join(vault.prepared.credentialsFolder, 'secret_id'), secretId)
  })

  test('refused ones are said to be, and do not lock the role', async () => {
    await writeFile(path('role_id'), roleId)
    await writeFile(path('secret_id'), 'wrong')
    const one = use({ folder })
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(one.checkRights()).rejects.toMatchObject({ code: 'bad-credentials', transient: true })
    }
    await writeFile(path('secret_id'), secretId)
    expect(await works(one)).toBe(true)
  })

  test('a token that somebody revoked is replaced', async () => {
    const one = use({ folder: vault.prepared.credentialsFolder })
    expect(await works(one)).toBe(true)
    await root()('POST', 'sys/leases/revoke-prefix/auth/approle/login')
    expect(await works(one)).toBe(true)
  })
})

describe('a wrapped secret_id', () => {
  const wrapped = async (made: () => ReturnType<ReturnType<typeof root>>) => {
    await writeFile(path('wrapped'), (await made()).body.wrap_info.token)
    return use({ roleId, role: 'latchkey', wrappedSecretIdFile: path('wrapped') })
  }
  const wrap = { 'X-Vault-Wrap-TTL': '60s' }

  test('is opened once and kept in memory', async () => {
    const one = await wrapped(() => root()('POST', secretIds, {}, wrap))
    expect(await works(one)).toBe(true)
    await root()('POST', 'sys/leases/revoke-prefix/auth/approle/login')
    expect(await works(one)).toBe(true)
  })

  test('that somebody opened before is an alarm, not a retry', async () => {
    const one = await wrapped(() => root()('POST', secretIds, {}, wrap))
    await rawCall(vault.server.address, await readFile(path('wrapped'), 'utf8'))('POST', 'sys/wrapping/unwrap')
    await expect(one.checkRights()).rejects.toMatchObject({ code: 'spent-unseen', transient: false })
  })

  test('that was made elsewhere is not used', async () => {
    const one = await wrapped(() => root()('POST', 'sys/wrapping/wrap', { secret_id: secretId }, wrap))
    await expect(one.checkRights()).rejects.toMatchObject({ code: 'wrong-creation-path', transient: false })
  })
})
