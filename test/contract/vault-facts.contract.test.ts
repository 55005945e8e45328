import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded, type RawCall, rawCall } from '../support/openbao-calls.ts'
import { until } from '../support/openbao-until.ts'

// Every fact about the server that the connector leans on, each measured here again. Nothing of our own is under test.

let vault: TestVault
let nobody: RawCall
let root: RawCall
let bot: RawCall
let isOpenBao: boolean
let count = 0
const fresh = (what: string): string => `apono-${what}-${++count}`

const selfService = {
  'auth/token/lookup-self': { capabilities: ['read'] },
  'auth/token/revoke-self': { capabilities: ['update'] },
  'sys/capabilities-self': { capabilities: ['update'] },
}
const reading = (...paths: string[]) =>
  JSON.stringify({
    path: {
      ...selfService,
      ...Object.fromEntries(paths.map((path) => [`kv/data/${path}`, { capabilities: ['read'] }])),
    },
  })
const writeSecret = (path: string) => root('POST', `kv/data/${encoded(path)}`, { data: { value: path } })
const putPolicy = async (policy: string, extra: object = {}, name = fresh('policy')) => {
  expect((await bot('POST', `sys/policies/acl/${name}`, { policy, ...extra })).status).toBe(204)
  return name
}
const putUser = async (policies: string[], extra: object = {}, name = fresh('user')) => {
  const settings = { password: 'example-password', token_policies: policies, token_no_default_policy: true }
  expect((await bot('POST', `auth/userpass/users/${name}`, { ...settings, ...extra })).status).toBe(204)
  return name
}
const logIn = (user: string, headers = {}, password = 'example-password') =>
  nobody('POST', `auth/userpass/login/${user}`, { password }, headers)
const tokenOf = async (user: string): Promise<string> => (await logIn(user)).body.auth.client_token
const holding = async (policies: string[], extra: object = {}) =>
  rawCall(vault.server.address, await tokenOf(await putUser(policies, extra)))

beforeAll(async () => {
  vault = await openBao()
  const { address, rootToken, flavour } = vault.server
  isOpenBao = flavour === 'openbao'
  nobody = rawCall(address)
  root = rawCall(address, rootToken)
  const file = (name: string) => readFile(`${vault.prepared.credentialsFolder}/${name}`, 'utf8')
  const credentials = { role_id: (await file('role_id')).trim(), secret_id: (await file('secret_id')).trim() }
  const login = await nobody('POST', 'auth/approle/login', credentials)
  bot = rawCall(address, login.body.auth.client_token)
  expect(login.body.auth.policies.toSorted()).toEqual(['apono-management', 'default'])
  await writeSecret('apps/db')
  await writeSecret('apps/other')
})
afterAll(() => vault.stop())

describe('what ends access', () => {
  test('deleting the policy takes the rights of a live token at its next request, its self-service included', async () => {
    const policy = await putPolicy(reading('apps/db'))
    const person = await holding([policy])
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
    expect((await bot('DELETE', `sys/policies/acl/${policy}`)).status).toBe(204)
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(403)
    expect((await person('GET', 'auth/token/lookup-self')).status).toBe(403)
    expect((await bot('DELETE', `sys/policies/acl/${policy}`)).status).toBe(204)
    expect((await bot('GET', `sys/policies/acl/${policy}`)).status).toBe(404)
  })

  test('a policy of the same name revives old tokens, so names must never be used twice', async () => {
    const policy = await putPolicy(reading('apps/db'))
    const person = await holding([policy])
    await bot('DELETE', `sys/policies/acl/${policy}`)
    await putPolicy(reading('apps/db'), {}, policy)
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
  })

  test('deleting the user does not end its tokens', async () => {
    const user = await putUser([await putPolicy(reading('apps/db'))])
    const person = rawCall(vault.server.address, await tokenOf(user))
    expect((await bot('DELETE', `auth/userpass/users/${user}`)).status).toBe(204)
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
  })

  test('ending a token by its accessor succeeds, also when it has ended already or never was', async () => {
    const { auth } = (await root('POST', 'auth/token/create', { policies: ['default'] })).body
    const end = (accessor: string) => root('POST', 'auth/token/revoke-accessor', { accessor })
    expect((await end(auth.accessor)).status).toBe(204)
    for (const gone of [auth.accessor, 'never-was']) {
      expect(await end(gone)).toMatchObject({ status: 200, body: { warnings: ['No token found with this accessor'] } })
    }
    expect((await bot('POST', 'auth/token/revoke-accessor', { accessor: auth.accessor })).status).toBe(403)
  })

  test("a token's own life ends it, and it cannot be renewed past that", async () => {
    const life = { token_ttl: 1, token_max_ttl: 1, token_explicit_max_ttl: 1 }
    const person = await holding([await putPolicy(reading('apps/db'))], life)
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
    expect((await person('POST', 'auth/token/renew-self')).status).toBe(403)
    await until(async () => (await person('GET', 'kv/data/apps/db')).status === 403)
  })

  test('OpenBao ends a policy with a ttl by itself; HashiCorp Vault ignores the wish without a word', async () => {
    const policy = await putPolicy(reading('apps/db'), { ttl: '1s' })
    const person = await holding([policy])
    const { data } = (await bot('GET', `sys/policies/acl/${policy}`)).body
    expect(data.policy).toBe(reading('apps/db'))
    expect('expiration' in data).toBe(isOpenBao)
    if (isOpenBao) await until(async () => (await person('GET', 'kv/data/apps/db')).status === 403)
    expect((await bot('GET', `sys/policies/acl/${policy}`)).status).toBe(isOpenBao ? 404 : 200)
  })

  test('a policy written again without a ttl loses its end, so the ttl is always sent', async () => {
    const policy = await putPolicy(reading('apps/db'), { ttl: '90s' })
    await putPolicy(reading('apps/db'), {}, policy)
    expect('expiration' in (await bot('GET', `sys/policies/acl/${policy}`)).body.data).toBe(false)
  })

  test('cas -1 refuses an existing policy on OpenBao and is ignored by HashiCorp Vault', async () => {
    const policy = await putPolicy(reading('apps/db'), { cas: -1 })
    const again = await bot('POST', `sys/policies/acl/${policy}`, { policy: reading('apps/db'), cas: -1 })
    expect(again.status).toBe(isOpenBao ? 400 : 204)
    if (isOpenBao) expect(again.body.errors.join()).toContain('check-and-set')
  })
})

describe('what a grant reaches', () => {
  test('its secret and neither the one beside it nor the list', async () => {
    const person = await holding([await putPolicy(reading('apps/db'))])
    const paths = ['kv/data/apps/db', 'kv/data/apps/other', 'kv/metadata/apps?list=true', 'kv/metadata/apps/db']
    const statuses = await Promise.all(paths.map(async (path) => (await person('GET', path)).status))
    expect(statuses).toEqual([200, 403, 403, 403])
  })

  test.each([
    'a b',
    'quote"s',
    "apostrophe's",
    'a=b&c',
    'ümlaut',
    '漢字',
    'percent%2f',
    'hash#',
    'what?',
    'back\\slash',
    'colon:',
    '${x}',
    'a+b',
    ';,',
    ' lead',
    'trail ',
    'x'.repeat(400),
  ])('the odd name %j is granted exactly, and its sibling is not', async (name) => {
    const [path, sibling] = [`odd/${name}`, `odd/${name}2`]
    expect((await writeSecret(path)).status).toBe(200)
    await writeSecret(sibling)
    const policy = await putPolicy(reading(path))
    expect((await bot('GET', `sys/policies/acl/${policy}`)).body.data.policy).toBe(reading(path))
    const person = await holding([policy])
    expect((await person('GET', `kv/data/${encoded(path)}`)).body.data?.data).toEqual({ value: path })
    expect((await person('GET', `kv/data/${encoded(sibling)}`)).status).toBe(403)
  })

  test.each([
    ['odd/+', 'odd/sibling'],
    ['odd/*', 'odd/sibling'],
    ['odd/si*', 'odd/sibling'],
  ])('a policy for %j reaches %j as well, so such names are refused', async (path, sibling) => {
    await writeSecret(sibling)
    const person = await holding([await putPolicy(reading(path))])
    expect((await person('GET', `kv/data/${sibling}`)).status).toBe(200)
  })

  test('a name in double braces is taken for a template and reaches nothing', async () => {
    await writeSecret('odd/{{x}}')
    const person = await holding([await putPolicy(reading('odd/{{x}}'))])
    expect((await person('GET', `kv/data/${encoded('odd/{{x}}')}`)).status).toBe(403)
  })

  test('two logins of one user under two policies stay apart, and are one entity', async () => {
    const policies = [await putPolicy(reading('apps/db')), await putPolicy(reading('apps/other'))]
    const user = fresh('user')
    const logins = []
    for (const policy of policies) {
      await putUser([policy], {}, user)
      logins.push((await logIn(user)).body.auth)
    }
    const people = logins.map(({ client_token }) => rawCall(vault.server.address, client_token))
    const statuses = async () =>
      Promise.all(
        people.flatMap((person) =>
          ['apps/db', 'apps/other'].map(async (path) => (await person('GET', `kv/data/${path}`)).status),
        ),
      )
    expect(await statuses()).toEqual([200, 403, 403, 200])
    expect(logins[0].entity_id).toBe(logins[1].entity_id)
    await bot('DELETE', `sys/policies/acl/${policies[0]}`)
    expect(await statuses()).toEqual([403, 403, 403, 200])
  })

  test('a canary of the same user shows the rights before and is dead after, without reading the secret', async () => {
    const policy = await putPolicy(reading('apps/db'))
    const canary = await holding([policy])
    const ask = () => canary('POST', 'sys/capabilities-self', { paths: ['kv/data/apps/db'] })
    expect((await ask()).body.data['kv/data/apps/db']).toEqual(['read'])
    await bot('DELETE', `sys/policies/acl/${policy}`)
    expect((await ask()).status).toBe(403)
  })

  test('encrypting with update alone makes no missing key', async () => {
    const rule = { ...selfService, 'transit/encrypt/nothing': { capabilities: ['update'] } }
    const person = await holding([await putPolicy(JSON.stringify({ path: rule }))])
    const answer = await person('POST', 'transit/encrypt/nothing', { plaintext: 'AAAA' })
    expect(answer.status).toBe(403)
    expect((await root('GET', 'transit/keys/nothing')).status).toBe(404)
  })

  test('who may write metadata alone can change an owner tag, so tags count only on an allow-list', async () => {
    const rule = { 'kv/metadata/apps/db': { capabilities: ['create', 'update'] } }
    const person = await holding([await putPolicy(JSON.stringify({ path: rule }))])
    expect((await person('POST', 'kv/metadata/apps/db', { custom_metadata: { owner: 'me' } })).status).toBe(204)
  })
})

describe('logging in', () => {
  test('a wrapped login hides the token, names its accessor, and tells where it came from', async () => {
    const policy = await putPolicy(reading('apps/db'))
    const user = await putUser([policy])
    const { status, body } = await logIn(user, { 'X-Vault-Wrap-TTL': '60s' })
    expect([status, body.auth, body.data]).toEqual([200, null, null])
    const { token, wrapped_accessor: accessor, creation_path: from, ttl } = body.wrap_info
    expect([from, ttl]).toEqual([`auth/userpass/login/${user}`, 60])
    const looked = await nobody('POST', 'sys/wrapping/lookup', { token })
    expect(looked.body.data.creation_path).toBe(from)

    const open = rawCall(vault.server.address, token)
    const opened = await open('POST', 'sys/wrapping/unwrap')
    expect(opened.body.auth.accessor).toBe(accessor)
    const again = await open('POST', 'sys/wrapping/unwrap')
    expect([again.status, again.body.errors]).toEqual([400, ['wrapping token is not valid or does not exist']])
    expect((await nobody('POST', 'sys/wrapping/lookup', { token })).status).toBe(400)
  })

  test('a wrapped secret_id tells which role it is of', async () => {
    const answer = await root('POST', 'auth/approle/role/latchkey/secret-id', {}, { 'X-Vault-Wrap-TTL': '60s' })
    expect(answer.body.wrap_info.creation_path).toBe('auth/approle/role/latchkey/secret-id')
  })

  test('a password hash of cost 5 is taken instead of a password, and cost 4 only by HashiCorp Vault', async () => {
    const { hash } = await import('bcryptjs')
    const user = fresh('user')
    const put = async (cost: number) =>
      bot('POST', `auth/userpass/users/${user}`, { password_hash: await hash('other-password', cost) })
    expect((await put(5)).status).toBe(204)
    expect((await logIn(user, {}, 'other-password')).status).toBe(200)
    expect((await put(4)).status).toBe(isOpenBao ? 400 : 204)
  })

  test('wrong credentials are 400: of a user, of an unknown user, of a role', async () => {
    const user = await putUser([])
    expect((await logIn(user, {}, 'wrong')).status).toBe(400)
    expect((await logIn('apono-nobody', {}, 'wrong')).status).toBe(400)
    expect((await nobody('POST', 'auth/approle/login', { role_id: 'x', secret_id: 'y' })).status).toBe(400)
  })

  test('five wrong passwords lock a user for the right one too (403), but not its live token', async () => {
    const user = await putUser([await putPolicy(reading('apps/db'))])
    const person = rawCall(vault.server.address, await tokenOf(user))
    for (let attempt = 0; attempt < 6; attempt += 1) await logIn(user, {}, 'wrong')
    expect((await logIn(user)).status).toBe(403)
    expect((await person('GET', 'kv/data/apps/db')).status).toBe(200)
  })

  test('six wrong secret_ids lock a role for the right one too, but not its live token', async () => {
    const other = await vault.prepare({ roleName: 'locked', prefix: 'locked-' })
    const file = async (name: string) => (await readFile(`${other.credentialsFolder}/${name}`, 'utf8')).trim()
    const right = { role_id: await file('role_id'), secret_id: await file('secret_id') }
    const live = (await nobody('POST', 'auth/approle/login', right)).body.auth.client_token
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await nobody('POST', 'auth/approle/login', { ...right, secret_id: 'wrong' })
    }
    expect((await nobody('POST', 'auth/approle/login', right)).status).toBe(403)
    const renewed = await rawCall(vault.server.address, live)('POST', 'auth/token/renew-self')
    expect(renewed.status).toBe(200)
  })
})

describe('what the bot may and may not', () => {
  test.each([
    ['GET', 'sys/policies/acl?list=true', undefined, 403],
    ['POST', 'auth/token/revoke-accessor', { accessor: 'x' }, 403],
    ['POST', 'auth/token/lookup-accessor', { accessor: 'x' }, 403],
    ['GET', 'kv/data/apps/db', undefined, 403],
    ['GET', 'kv/metadata/apps/db', undefined, 200],
    ['GET', 'kv/metadata/nothing/?list=true', undefined, 404],
    ['GET', 'auth/userpass/users?list=true', undefined, 200],
    ['GET', 'transit/keys?list=true', undefined, 404],
  ])('with the rights of the vendor policy, %s %s answers as measured', async (method, path, body, status) => {
    await putUser([])
    expect((await bot(method, path, body)).status).toBe(status)
  })

  test('listing policies below a prefix is 404 on OpenBao and 405 on HashiCorp Vault', async () => {
    expect((await bot('GET', 'sys/policies/acl/apono-x/?list=true')).status).toBe(isOpenBao ? 404 : 405)
  })

  test('sys/health tells HashiCorp Vault from OpenBao', async () => {
    const { body } = await nobody('GET', 'sys/health')
    expect('performance_standby' in body).toBe(!isOpenBao)
    expect(body).toMatchObject({ initialized: true, sealed: false, standby: false })
  })

  test('OpenBao lists pages with owner tags in one call; HashiCorp Vault has no such thing', async () => {
    for (const name of ['one', 'two', 'three']) {
      await writeSecret(`paged/${name}`)
      await root('POST', `kv/metadata/paged/${name}`, { custom_metadata: { owner: name } })
    }
    const detailed = await root('GET', 'kv/detailed-metadata/paged/?list=true&limit=2')
    const paged = await root('GET', 'kv/metadata/paged/?list=true&after=one&limit=1')
    expect(paged.body.data.keys).toEqual(isOpenBao ? ['three'] : ['one', 'three', 'two'])
    if (!isOpenBao) return expect(detailed.status).toBe(404)
    expect(detailed.body.data.keys).toEqual(['one', 'three'])
    expect(detailed.body.data.key_info.one.custom_metadata).toEqual({ owner: 'one' })
  })

  test('OpenBao holds back what a control group must authorise; HashiCorp Vault stores that policy and asks nobody', async () => {
    const factor = { controlled_capabilities: ['read'], identity: { group_names: ['managers'], approvals: 1 } }
    const control_group = { ttl: '1h', factor: { boss: factor } }
    const path = { ...selfService, 'kv/data/apps/db': { capabilities: ['read'], control_group } }
    const person = await holding([await putPolicy(JSON.stringify({ path }))])
    const { body } = await person('GET', 'kv/data/apps/db')
    expect(body.data === null).toBe(isOpenBao)
    const accessor = body.wrap_info?.accessor ?? 'none'
    const shown = await root('POST', 'sys/control-group/request', { accessor })
    expect(shown.status).toBe(isOpenBao ? 200 : 404)
    const log = await readFile(vault.server.auditFile, 'utf8')
    if (!isOpenBao) return expect(body.data.data).toEqual({ value: 'apps/db' })
    expect(shown.body.data).toMatchObject({ approved: false, request_path: 'kv/data/apps/db', authorizations: [] })
    // The accessor is in no line in the clear, so nobody learns it there.
    expect(log).toContain('"wrap_info"')
    expect(log.split('\n').filter((line) => line.includes('"wrap_info"') && line.includes(accessor))).toEqual([])
    expect((await root('POST', 'sys/control-group/request', { accessor: 'none' })).status).toBe(400)
  })

  test('the audit log names the granting policy and the user in the clear, and neither token nor value', async () => {
    const policy = await putPolicy(reading('apps/db'))
    const user = await putUser([policy])
    const token = await tokenOf(user)
    await rawCall(vault.server.address, token)('GET', 'kv/data/apps/db')
    const log = await readFile(vault.server.auditFile, 'utf8')
    const lines = log.split('\n').filter((line) => line.includes(policy) && line.includes('kv/data/apps/db'))
    const line = JSON.parse(lines.find((one) => one.includes('"type":"response"')) ?? '{}')
    expect(line.auth.display_name).toBe(`userpass-${user}`)
    expect(JSON.stringify(line.auth.policy_results.granting_policies)).toContain(policy)
    expect(log).not.toContain(token)
  })
})
