import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import type { Way } from '../../src/domain/credential.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { eventually } from '../support/eventually.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { newMachine } from '../support/people-cli.ts'
import * as sample from './store-samples.ts'

/** Every way to use an access, word for word as the page shows it, with the real programs on a real vault. */
const run = promisify(execFile)
const item = (type: string, path: string, permission: string): Item => ({
  ...{ resource: resourceId(path), type, path, permission },
})
const name = 'apps/it is "mine" ${really}'
const encoded = name.split('/').map(encodeURIComponent).join('/')
const items = [
  item('secret', `kv/${name}`, 'read'),
  item('key', 'transit/k', 'encrypt'),
  item('key', 'transit/k', 'decrypt'),
]
const folder = [item('management', 'kv/apps/', 'Admin')]
const offer = { management: [{ path: 'kv/apps/', permissions: ['Admin'] }] }
const value = { user: 'orders', password: 'pässword' }

let vault: TestVault
let home: string
let ways: readonly Way[]
let waysOfFolder: readonly Way[]
let program: 'bao' | 'vault'
beforeAll(async () => {
  vault = await openBao()
  program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  await vault.admin('POST', `kv/data/${encoded}`, { data: value })
  await vault.admin('POST', 'transit/keys/k', {})
  const connector = connectorTo(vault.prepared, offer)
  await connector.checkRights() // it then knows the product at the address
  ways = connector.usage(items).ways
  waysOfFolder = connector.usage(folder).ways
})
afterAll(() => vault?.stop())
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-ways-'))
  await symlink(await findOpenBao(), join(home, program))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const textOf = (kind: Way['kind'], among = ways): string => sample.present(among.find((way) => way.kind === kind)).text

/** A token with exactly the policy that the vault gets for these items. */
const newToken = async (ttl = '10m', of = items): Promise<string> => {
  const plan = sample.granted(connectorTo(vault.prepared, offer).plan(of))
  const policy = of === items ? 'ways' : 'ways-of-folder'
  await vault.admin('POST', `sys/policies/acl/${policy}`, { policy: plan.document })
  const wish = { policies: [policy], no_default_policy: true, no_parent: true, ttl, renewable: false }
  const made = (await vault.admin('POST', 'auth/token/create', wish)) as { auth: { client_token: string } }
  return made.auth.client_token
}

const bash = async (script: string, token: string, typed = ''): Promise<string> => {
  const env = { HOME: home, PATH: `${home}:${process.env.PATH}`, ...environment(token) }
  const shell = run('bash', ['-e', '-c', script], { cwd: home, env })
  shell.child.stdin?.on('error', () => {}) // a short script may end before it is given its input
  shell.child.stdin?.end(typed)
  return (await shell).stdout
}
const environment = (token: string) => {
  const own = program.toUpperCase()
  return token === '' ? {} : { [`${own}_ADDR`]: vault.server.address, [`${own}_TOKEN`]: token }
}

test('the lines of the vault’s own program read the secret and use the key', async () => {
  const token = await newToken()
  const [read = '', encrypt = '', decrypt = ''] = textOf('cli').split('\n')
  expect(await bash(read, token)).toContain('pässword')
  const [ciphertext = ''] = (await bash(encrypt, token)).match(/vault:v1:\S+/) ?? []
  expect(await bash(decrypt.replace('CIPHERTEXT', ciphertext), token)).toContain(btoa('TEXT'))
})

test('the calls with curl do the same, and show the token to no other process', async () => {
  const token = await newToken()
  const [define = '', read = '', encrypt = '', decrypt = ''] = textOf('curl').split('\n')
  const call = async (line: string) => JSON.parse(await bash(`${define}\n${line}`, token)).data
  expect((await call(read)).data).toEqual(value)
  const { ciphertext } = await call(encrypt)
  expect(await call(decrypt.replace('CIPHERTEXT', ciphertext))).toMatchObject({ plaintext: btoa('TEXT') })
  const seen = await bash(`curl() { echo "$@" >&2; cat >/dev/null; }\n${define}\n${read} 2>&1`, token)
  expect(seen).toContain('/v1/kv/data/apps/it%20is%20%22mine%22%20%24%7Breally%7D')
  expect(seen).not.toContain(token)
})

test('the environment asks for the token and serves any program', async () => {
  const token = await newToken()
  const read = `${textOf('env')}\n${program} kv get -mount=kv -field=user '${name}'`
  expect(await bash(read, '', `${token}\n`)).toBe('Token: \norders')
})

test('latchkey fetches the secret by the printed line', async () => {
  const machine = await newMachine()
  const token = await newToken()
  const address = vault.server.address
  const kept = { grant: 'g1', token, address, vault: { id: 'example', name: 'example' }, until: Date.now() + 60_000 }
  await machine.keep({ credentials: [{ ...kept, mounts: ['kv'], items: items.slice(0, 1) }] } as never)
  // The shell takes the line apart, as it does for a person.
  const words = (await bash(`latchkey() { printf '%s\\0' "$@"; }\n${textOf('latchkey')}`, '')).split('\0').slice(0, -1)
  const { code, out } = await machine.run(words)
  expect([code, out]).toEqual([0, expect.stringContaining('pässword')])
})

test('the lines for a folder do everything in it, once a name is filled in: with curl', async () => {
  const token = await newToken('10m', folder)
  const [define = '', ...lines] = textOf('curl', waysOfFolder).split('\n')
  const filled = lines.map((line) => line.replace('NAME', 'by-curl').replace('VERSION', '2'))
  const [list = '', fetch = '', create = '', update = '', remove = '', undelete = '', ...more] = filled
  expect(more).toEqual([])
  const call = async (line: string) => JSON.parse((await bash(`${define}\n${line}`, token)) || '{}').data
  await call(create)
  await call(update.replace('VALUE', 'later'))
  expect((await call(fetch)).data).toEqual({ KEY: 'later' })
  expect((await call(list)).keys).toContain('by-curl')
  await call(remove)
  await expect(call(fetch)).rejects.toThrow()
  await call(undelete)
  expect((await call(fetch)).data).toEqual({ KEY: 'later' })
})

test('and with latchkey, once a file is named too', async () => {
  const machine = await newMachine()
  const token = await newToken('10m', folder)
  const address = vault.server.address
  const kept = { grant: 'g1', token, address, vault: { id: 'example', name: 'example' }, until: Date.now() + 60_000 }
  await machine.keep({ credentials: [{ ...kept, mounts: ['kv'], items: folder }] } as never)
  const file = join(home, 'value.json')
  const write = (user: string) => writeFile(file, JSON.stringify({ user }))
  const printed = textOf('latchkey', waysOfFolder).split('\n')
  const runs = new Map<string, () => Promise<{ code: number; out: string }>>()
  for (const line of printed) {
    const filled = line.replace('NAME', 'by-latchkey').replace('FILE', file).replace('VERSION', '2')
    const words = (await bash(`latchkey() { printf '%s\\0' "$@"; }\n${filled}`, '')).split('\0').slice(0, -1)
    runs.set(words[1] ?? '', () => machine.run(words, { answers: ['yes'] }))
  }
  expect([...runs.keys()]).toEqual(['list', 'fetch', 'create', 'update', 'delete', 'undelete'])
  const done = async (verb: string) => {
    const { code, out } = await sample.present(runs.get(verb))()
    expect([verb, code]).toEqual([verb, 0])
    return out
  }
  await write('first')
  await done('create')
  await write('second')
  await done('update')
  expect(await done('fetch')).toContain('second')
  expect(await done('list')).toContain('by-latchkey')
  await done('delete')
  await done('undelete')
  expect(await done('fetch')).toContain('second')
})

test('the agent keeps the files, goes on with the next token, and is gone with them soon after the last one', async () => {
  const printed = textOf('agent')
  const [, run = ''] = /^# (\(trap .*\))$/m.exec(printed) ?? []
  await writeFile(join(home, 'latchkey-agent.hcl'), printed.replace('"30s"', '"2s"'))
  await writeFile(join(home, 'latchkey-token'), await newToken('5s'), { mode: 0o600 })
  const agent = spawn('bash', ['-c', run], { cwd: home, env: { HOME: home, PATH: `${home}:${process.env.PATH}` } })
  let shown = ''
  for (const stream of [agent.stdout, agent.stderr]) stream.on('data', (chunk) => (shown += chunk))
  const ended = once(agent, 'exit')
  try {
    const says = (wanted: object) =>
      eventually(
        async () => {
          const text = await readFile(join(home, 'secret-1.json'), 'utf8').catch(() => '')
          return text !== '' && isDeepStrictEqual(JSON.parse(text), wanted)
        },
        { limit: 30_000, about: () => shown },
      )
    await says(value)
    expect((await stat(join(home, 'secret-1.json'))).mode & 0o777).toBe(0o600)
    const start = Date.now()
    await writeFile(join(home, 'latchkey-token'), await newToken('9s'))
    await eventually(() => Date.now() > start + 6_000, { limit: 10_000 }) // the first token is over
    await vault.admin('POST', `kv/data/${encoded}`, { data: { ...value, user: 'next' } })
    await says({ ...value, user: 'next' })
    await vault.admin('POST', `kv/data/${encoded}`, { data: value })
    const [code] = await ended
    expect([code, await readdir(home)]).toEqual([1, expect.not.arrayContaining(['secret-1.json', 'latchkey-token'])])
  } finally {
    agent.kill()
    await ended
  }
})
