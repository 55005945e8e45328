import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'

// What rules for a folder reach, measured on the server: nothing of our own is under test. A grant of a folder has to be
// made from the rules that hold here.

let vault: TestVault
let root: RawCall
let isOpenBao: boolean
let count = 0
beforeAll(async () => {
  vault = await openBao()
  root = rawCall(vault.server.address, vault.server.rootToken)
  isOpenBao = vault.server.flavour === 'openbao'
})
afterAll(() => vault.stop())

type Rules = Readonly<Record<string, readonly string[]>>
/** Rules in which FOLDER stands for a folder that has a secret of the same name beside it. */
const named = (rules: Rules, folder: string) =>
  Object.fromEntries(
    Object.entries(rules).map(([path, capabilities]) => [path.replace('FOLDER', folder), { capabilities }]),
  )

/** A folder with a secret in it, a secret of the folder's name, and one whose name only begins like it. */
const folderWith = async (rules: Rules) => {
  const folder = `team${++count}`
  for (const path of [folder, `${folder}/db`, `${folder}/deep/db`, `${folder}-other`]) {
    await root('POST', `kv/data/${path}`, { data: { value: path } })
    await root('POST', `kv/data/${path}`, { data: { value: path } })
  }
  const policy = `folder-${count}`
  await root('PUT', `sys/policies/acl/${policy}`, { policy: JSON.stringify({ path: named(rules, folder) }) })
  const token = await root('POST', 'auth/token/create', { policies: [policy], no_default_policy: true })
  return { folder, person: rawCall(vault.server.address, token.body.auth.client_token) }
}

type Fate = 'whole' | 'newest version deleted' | 'purged'
const fateOf = async (path: string): Promise<Fate> => {
  const metadata = await root('GET', `kv/metadata/${path}`)
  if (metadata.status === 404) return 'purged'
  const { current_version: current, versions } = metadata.body.data
  return versions[current].deletion_time === '' ? 'whole' : 'newest version deleted'
}

const everything = ['create', 'read', 'update', 'patch', 'delete']
/** What a folder grant would be written as by whoever does not know better. */
const plain = {
  read: { 'kv/metadata/FOLDER/*': ['list', 'read'], 'kv/data/FOLDER/*': ['read'] },
  write: { 'kv/metadata/FOLDER/*': ['list', 'read'], 'kv/data/FOLDER/*': everything },
  purge: { 'kv/metadata/FOLDER/*': ['list', 'read', 'delete'], 'kv/data/FOLDER/*': everything },
} satisfies Record<string, Rules>
/** Exact rules win: the folder itself may be listed, and is nothing else. */
const closed = { 'kv/metadata/FOLDER/': ['list'], 'kv/data/FOLDER/': ['deny'] } satisfies Rules
const cured = {
  read: { ...plain.read, ...closed },
  write: { ...plain.write, ...closed },
  purge: { ...plain.purge, ...closed },
} satisfies Record<string, Rules>

describe('rules for a folder reach the secret of its name through the slash at the end', () => {
  test('its metadata can be read', async () => {
    const { folder, person } = await folderWith(plain.read)
    const answer = await person('GET', `kv/metadata/${folder}/`)
    expect([answer.status, answer.body.data.current_version]).toEqual([200, 2])
  })

  test('it can be purged', async () => {
    const { folder, person } = await folderWith(plain.purge)
    await person('DELETE', `kv/metadata/${folder}/`)
    expect(await fateOf(folder)).toBe('purged')
  })

  test.each<[string, Rules]>([
    ['a star at the end', plain.write],
    ['a plus for the last part', { 'kv/data/FOLDER/+': everything }],
  ])('on OpenBao its newest version can be deleted, with %s', async (_, rules) => {
    const { folder, person } = await folderWith(rules)
    await person('DELETE', `kv/data/${folder}/`)
    expect(await fateOf(folder)).toBe(isOpenBao ? 'newest version deleted' : 'whole')
  })

  test('its data can be neither read nor written that way', async () => {
    const { folder, person } = await folderWith(plain.write)
    expect((await person('GET', `kv/data/${folder}/`)).status).not.toBe(200)
    expect((await person('POST', `kv/data/${folder}/`, { data: { value: 'mine' } })).status).toBe(400)
    const { data } = (await root('GET', `kv/data/${folder}`)).body.data
    expect(data).toEqual({ value: folder })
  })
})

describe('exact rules for the folder itself close that', () => {
  test.each(Object.entries(cured))('for %s: nothing reaches the secret of its name', async (_, rules) => {
    const { folder, person } = await folderWith(rules)
    expect((await person('GET', `kv/metadata/${folder}/`)).status).toBe(403)
    expect((await person('GET', `kv/data/${folder}/`)).status).toBe(403)
    for (const path of [`kv/metadata/${folder}/`, `kv/data/${folder}/`]) {
      expect([path, (await person('DELETE', path)).status]).toEqual([path, 403])
    }
    expect((await person('POST', `kv/data/${folder}/`, { data: {} })).status).toBe(400) // to root as well
    expect(await fateOf(folder)).toBe('whole')
  })

  test.each(Object.entries(cured))('for %s: what is in the folder stays within reach', async (level, rules) => {
    const { folder, person } = await folderWith(rules)
    const list = await person('GET', `kv/metadata/${folder}/?list=true`)
    expect(list.body.data.keys).toEqual(['db', 'deep/'])
    for (const name of ['db', 'deep/db']) {
      expect((await person('GET', `kv/data/${folder}/${name}`)).body.data.data.value).toBe(`${folder}/${name}`)
    }
    const write = await person('POST', `kv/data/${folder}/db`, { data: { value: 'new' } })
    expect(write.status).toBe(level === 'read' ? 403 : 200)
    await person('DELETE', `kv/metadata/${folder}/db`)
    expect(await fateOf(`${folder}/db`)).toBe(level === 'purge' ? 'purged' : 'whole')
  })

  test.each(Object.entries(cured))('for %s: the neighbours stay out of reach', async (_, rules) => {
    const { folder, person } = await folderWith(rules)
    for (const path of [folder, `${folder}-other`, '']) {
      expect([path, (await person('GET', `kv/data/${path}`)).status]).toEqual([path, 403])
      expect([path, (await person('GET', `kv/metadata/${path}`)).status]).toEqual([path, 403])
    }
    expect((await person('GET', 'kv/metadata/?list=true')).status).toBe(403)
  })
})
