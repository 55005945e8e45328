import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMounts } from '../../src/connectors/vault/engines.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { commandsFor } from '../../src/connectors/vault/usage.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import type { Item } from '../../src/domain/resource.ts'
import { holderOf, type Level, levels, managed, merge, sendRaw, stateOf } from '../support/managed-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'

// Every cell of what a folder gives, and every neighbour that it must not give, as the server answers.

const execFileAsync = promisify(execFile)
const mounts = ['kv', 'two', 'whole']
let vault: TestVault
let root: RawCall
let count = 0
beforeAll(async () => {
  vault = await openBao({ kvMounts: mounts })
  root = rawCall(vault.server.address, vault.server.rootToken)
  for (const [mount, path] of guarded) await write(mount, path)
  for (const mount of mounts) await write(mount, `${mount === 'whole' ? '' : 'apps/'}db`)
})
afterAll(() => vault.stop())

const excepted = ['kv/apps/root', 'kv/apps/keys/*', 'kv/apps/ro*']
/** What no folder grant of these tests may reach. */
const guarded: readonly (readonly [mount: string, path: string])[] = [
  ['kv', 'apps'],
  ['kv', 'apps-prod'],
  ['kv', 'apps-prod/db'],
  ['kv', 'other'],
  ['kv', 'apps/root'],
  ['kv', 'apps/root/beneath'],
  ['kv', 'apps/rooted'],
  ['kv', 'apps/keys/one'],
  ['two', 'apps/db'],
]

const write = async (mount: string, path: string) => {
  for (const value of ['old', 'new']) await root('POST', `${mount}/data/${path}`, { data: { value } })
  await root('POST', `${mount}/metadata/${path}`, { custom_metadata: { owner: 'group:payments' } })
}
const person = async (...items: Item[]) => (await holderOf(vault, mounts, items)).call

/** What each verb does to a secret, and whether it happened. */
const verbs: Record<string, (call: RawCall, folder: string, name: string) => Promise<boolean>> = {
  list: async (call, folder, name) => {
    const keys: string[] | undefined = (await call('GET', `${folder.replace('/', '/metadata/')}?list=true`)).body?.data
      ?.keys
    return keys?.includes(name) === true
  },
  create: async (call, folder, name) => {
    const at = folder.replace('/', '/data/')
    const made = await call('POST', `${at}${name}-new`, { options: { cas: 0 }, data: { value: 'made' } })
    const now = (await root('GET', `${at}${name}-new`)).body?.data?.data?.value === 'made'
    expect(now).toBe(made.status === 200)
    return now
  },
  fetch: async (call, folder, name) => {
    const answers = ['data', 'metadata', 'subkeys'].map((of) => call('GET', `${folder.replace('/', `/${of}/`)}${name}`))
    const [data, ...others] = await Promise.all(answers)
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([data?.status]))
    return data?.body?.data?.data?.value === 'new'
  },
  update: async (call, folder, name) => {
    const at = `${folder.replace('/', '/data/')}${name}`
    await call('POST', at, { data: { value: 'updated' } })
    return (await root('GET', at)).body.data.data.value === 'updated'
  },
  patch: async (call, folder, name) => {
    const at = `${folder.replace('/', '/data/')}${name}`
    await call('PATCH', at, { data: { more: 'patched' } }, merge)
    return (await root('GET', at)).body.data.data.more === 'patched'
  },
  delete: async (call, folder, name) => {
    const gone = async (version: number) => {
      const { versions } = (await root('GET', `${folder.replace('/', '/metadata/')}${name}`)).body.data
      return versions[version].deletion_time !== ''
    }
    await call('DELETE', `${folder.replace('/', '/data/')}${name}`)
    await call('POST', `${folder.replace('/', '/delete/')}${name}`, { versions: [1] })
    expect(await gone(1)).toBe(await gone(2))
    return gone(2)
  },
  undelete: async (call, folder, name) => {
    const at = `${folder.replace('/', '/data/')}${name}`
    await root('DELETE', at)
    await call('POST', `${folder.replace('/', '/undelete/')}${name}`, { versions: [2] })
    return (await root('GET', at)).status === 200
  },
}
const matrix: Record<Level, readonly string[]> = {
  Admin: ['list', 'create', 'fetch', 'update', 'patch', 'delete', 'undelete'],
  ReadWrite: ['list', 'create', 'fetch', 'update', 'patch'],
  ReadOnly: ['list', 'fetch'],
}

describe.each(['kv/apps/', 'kv/apps/deep/er/', 'whole/'])('%s', (folder) => {
  test.each(levels)('%s gives exactly its verbs', async (level) => {
    const call = await person(managed(folder, level, folder === 'whole/' ? [] : excepted))
    const works: string[] = []
    for (const [verb, does] of Object.entries(verbs)) {
      const name = `secret-${++count}`
      const [mount = '', ...rest] = folder.split('/')
      await write(mount, `${rest.join('/')}${name}`)
      if (await does(call, folder, name)) works.push(verb)
    }
    expect(works).toEqual(matrix[level])
  })

  test.each(levels)('%s writes no metadata, destroys and purges nothing', async (level) => {
    const call = await person(managed(folder, level))
    const [mount = '', ...rest] = folder.split('/')
    const path = `${rest.join('/')}kept`
    await write(mount, path)
    const before = await stateOf(root, mount, path)
    const tag = { custom_metadata: { owner: 'group:mine' } }
    const tries = [
      call('POST', `${mount}/metadata/${path}`, tag),
      call('PUT', `${mount}/metadata/${path}`, { max_versions: 1 }),
      call('PATCH', `${mount}/metadata/${path}`, tag, merge),
      call('DELETE', `${mount}/metadata/${path}`),
      call('DELETE', `${mount}/metadata/${path}/`),
      call('POST', `${mount}/metadata/${path}-new`, tag),
      call('POST', `${mount}/destroy/${path}`, { versions: [1, 2] }),
      call('PUT', `${mount}/destroy/${path}`, { versions: [1, 2] }),
      call('GET', `${mount}/config`),
      call('POST', `${mount}/config`, { max_versions: 1 }),
      call('GET', `${mount}/detailed-metadata/${rest.join('/')}?list=true`),
      call('GET', `${mount}/metadata/${rest.join('/')}?scan=true`).then(({ body, status }) => ({
        status: body?.data?.keys?.includes('deep/er/') ? 0 : status === 200 ? 403 : status, // HashiCorp Vault lists
      })),
      call('GET', 'sys/mounts'),
      call('POST', `sys/mounts/${mount}/tune`, { max_lease_ttl: '1h' }),
      call('GET', 'sys/policies/acl/managed-1'),
    ]
    for (const { status } of await Promise.all(tries)) expect([403, 404, 405]).toContain(status)
    expect(await stateOf(root, mount, path)).toBe(before)
    expect((await root('GET', `${mount}/config`)).body.data.max_versions).toBe(0)
  })
})

/** Everything that anybody can try on a secret, by its name or with a slash at the end. */
const triesOn = (
  mount: string,
  path: string,
): readonly (readonly [string, string, unknown?, Record<string, string>?])[] =>
  [path, `${path}/`].flatMap((name) => [
    ['GET', `${mount}/data/${name}`],
    ['GET', `${mount}/data/${name}?version=1`],
    ['POST', `${mount}/data/${name}`, { data: { value: 'mine' } }],
    ['PUT', `${mount}/data/${name}`, { data: { value: 'mine' } }],
    ['PATCH', `${mount}/data/${name}`, { data: { value: 'mine' } }, merge],
    ['DELETE', `${mount}/data/${name}`],
    ...['delete', 'undelete', 'destroy'].flatMap((endpoint): [string, string, unknown][] => [
      ['POST', `${mount}/${endpoint}/${name}`, { versions: [1, 2] }],
      ['PUT', `${mount}/${endpoint}/${name}`, { versions: [1, 2] }],
    ]),
    ['GET', `${mount}/metadata/${name}`],
    ['POST', `${mount}/metadata/${name}`, { custom_metadata: { owner: 'group:mine' } }],
    ['PATCH', `${mount}/metadata/${name}`, { custom_metadata: { owner: 'group:mine' } }, merge],
    ['DELETE', `${mount}/metadata/${name}`],
    ['GET', `${mount}/subkeys/${name}`],
    ['GET', `${mount}/detailed-metadata/${name}?list=true`],
    ['GET', `${mount}/metadata/${name}?list=true`],
    ['GET', `${mount}/metadata/${name}?scan=true`],
  ])

describe.each(levels)('%s of kv/apps/', (level) => {
  test.each(guarded)('cannot reach %s/%s by any verb, nor with a slash at the end', async (mount, path) => {
    const { call } = await holderOf(vault, mounts, [managed('kv/apps/', level, excepted)])
    const before = await stateOf(root, mount, path)
    // The folder's own listing is what was asked for.
    const tries = triesOn(mount, path).filter(
      ([, at]) => !(path === 'apps' && /metadata\/apps\/?\?(list|scan)/.test(at) && !at.includes('detailed')),
    )
    for (const [method, at, body, headers] of tries) {
      const answer = await call(method, at, body, headers)
      // Both servers refuse some of these, such as writing data at "name/", before they look at any policy.
      expect([method, at, [400, 403, 404, 405].includes(answer.status), answer.body?.data?.data]).toEqual([
        method,
        at,
        true,
        undefined,
      ])
      if (!at.endsWith('/') && !at.includes('?')) expect([method, at, answer.status]).toEqual([method, at, 403])
    }
    expect(await stateOf(root, mount, path)).toBe(before)
  })

  test.each([
    'kv/data/apps//root',
    'kv/data//apps/root',
    'kv/data/apps/./root',
    'kv/data/apps/x/../root',
    'kv/data/apps/../apps-prod/db',
    'kv/data/apps%2froot',
    'kv/data/apps/root%2f',
    'kv/data/apps/%72oot',
    'kv/data/apps/root%00',
    'kv/data/apps/keys//one',
    'kv/data/apps/keys%2fone',
    'kv/metadata/apps/db/../root',
    'kv//data/apps/root',
    'kv/data/./apps/root',
    'KV/data/apps/root',
    'kv/DATA/apps/root',
  ])('gets nothing by another spelling: %s', async (path) => {
    const { token } = await holderOf(vault, mounts, [managed('kv/apps/', level, excepted)])
    const before = await stateOf(root, 'kv', 'apps/root')
    for (const method of ['GET', 'DELETE']) {
      expect([method, await sendRaw(vault.server.address, token, method, path)]).not.toEqual([method, 200])
    }
    expect(await stateOf(root, 'kv', 'apps/root')).toBe(before)
  })
})

test('names of excepted secrets stay visible in the listing of the folder, and nothing else of them', async () => {
  const call = await person(managed('kv/apps/', 'Admin', excepted))
  const { keys } = (await call('GET', 'kv/metadata/apps/?list=true')).body.data
  expect(keys).toEqual(expect.arrayContaining(['root', 'root/', 'rooted', 'keys/', 'db']))
  expect((await call('GET', 'kv/metadata/apps/keys/?list=true')).status).toBe(403)
})

test('an excepted secret that was asked for by itself can be fetched, and nothing more', async () => {
  const secret = { ...managed('kv/apps/root', 'Admin'), type: 'secret', permission: 'read' }
  const call = await person(managed('kv/apps/', 'Admin', excepted), secret)
  expect((await call('GET', 'kv/data/apps/root')).status).toBe(200)
  for (const [method, at, body, headers] of triesOn('kv', 'apps/root').filter(
    ([, at]) => !/data\/apps\/root(\?version=1)?$/.test(at) || at.includes('metadata'),
  )) {
    expect([method, at, [400, 403, 404, 405].includes((await call(method, at, body, headers)).status)]).toEqual([
      method,
      at,
      true,
    ])
  }
})

test('a folder in a folder keeps what the outer one leaves out only for itself', async () => {
  const call = await person(managed('kv/apps/', 'ReadOnly', ['kv/apps/keys/*']), managed('kv/apps/keys/', 'ReadWrite'))
  expect((await call('GET', 'kv/data/apps/keys/one')).status).toBe(200)
  expect((await call('GET', 'kv/metadata/apps/keys/?list=true')).status).toBe(200)
  expect((await call('POST', 'kv/data/apps/keys/two', { data: {} })).status).toBe(200)
  expect((await call('POST', 'kv/data/apps/db', { data: {} })).status).toBe(403)
})

test('a listing obeys the exact rule of the name without its slash, so two grants may not open it together', async () => {
  const call = await person(
    managed('kv/apps/', 'Admin', ['kv/apps/keys']),
    managed('kv/apps/', 'Admin', ['kv/apps/keys/*']),
  )
  expect((await call('GET', 'kv/metadata/apps/keys/?list=true')).status).toBe(403)
  expect((await call('GET', 'kv/metadata/apps/keys?list=true')).status).toBe(403)
  // And that is how the server is: nobody denied this one.
  await root('PUT', 'sys/policies/acl/quirk', {
    policy: JSON.stringify({
      path: {
        'kv/metadata/apps/keys': { capabilities: ['list'] },
        'kv/metadata/apps/keys/*': { capabilities: ['deny'] },
      },
    }),
  })
  const token = (await root('POST', 'auth/token/create', { policies: ['quirk'] })).body.auth.client_token
  const other = rawCall(vault.server.address, token)
  expect((await other('GET', 'kv/metadata/apps/keys/?list=true')).status).toBe(200)
})

test('the commands that the holder is shown work with the vault’s own program', async () => {
  const { flavour, address } = vault.server
  const params = vaultParams.parse({ internalUrl: address, credentials: { folder: '/c' } })
  const items = [managed('kv/apps/', 'Admin'), managed('whole/', 'ReadOnly')]
  const { token } = await holderOf(vault, mounts, items)
  await write('kv', 'apps/typed')
  await write('whole', 'typed')
  const bin = await mkdtemp(join(tmpdir(), 'latchkey-bin-'))
  try {
    await symlink(await findOpenBao(() => {}), join(bin, flavour === 'openbao' ? 'bao' : 'vault'))
    const access = { BAO_ADDR: address, VAULT_ADDR: address, BAO_TOKEN: token, VAULT_TOKEN: token, HOME: bin }
    const commands = commandsFor({ params, mounts: { ...noMounts, kv: mounts, transit: [] } }, flavour, items)
    expect(commands).toHaveLength(8)
    for (const command of commands) {
      const typed = command.replace('NAME', 'typed').replace('KEY=VALUE', 'key=typed').replace('VERSION', '4')
      await execFileAsync('sh', ['-c', typed], { env: { ...access, PATH: `${bin}:${process.env.PATH}` } })
    }
    expect((await root('GET', 'kv/data/apps/typed')).body.data).toMatchObject({
      ...{ data: { key: 'typed' }, metadata: { version: 4, deletion_time: '' } },
    })
  } finally {
    await rm(bin, { recursive: true })
  }
})
