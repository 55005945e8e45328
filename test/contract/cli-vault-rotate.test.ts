import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wayTo } from '../../src/cli/vault/way-to.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { rotateSecretId } from '../../src/connectors/vault/rotation.ts'
import { freePort, startLatchkey } from '../../src/demo/latchkey-process.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

const root = join(import.meta.dirname, '../..')
let vault: TestVault
let folder: string
beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-rotate-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await vault.stop()
})

type World = Corner & {
  readonly credentials: string
  readonly params: Record<string, unknown>
  readonly config: string
}

/** A corner that setup prepared, with a configuration that names it. */
const newWorld = async (...options: readonly string[]): Promise<World> => {
  const where = await newCorner(vault)
  const credentials = join(folder, where.name)
  const rights = options.includes('--with') ? [] : ['--with', 'rotate-credentials']
  const line = ['vault', 'setup', '--apply', '--unwrapped', '--credentials-dir', credentials, ...rights, ...options]
  const done = await runCli(line, { environment: where.environment })
  if (done.code !== 0) throw new Error(done.err)
  const params = {
    ...where.at,
    credentials: { folder: credentials },
    namePrefix: 'latchkey-',
    userpassMount: 'latchkey-users',
    approleMount: 'latchkey-approle',
  }
  return { ...where, credentials, params, config: await writeConfig(where.name, params) }
}
const writeConfig = async (name: string, vaultSettings: object): Promise<string> => {
  const file = join(folder, `${name}.yaml`)
  const integration = { name: 'production', requesters: ['group:a'], owner: ['group:b'], vault: vaultSettings }
  const content = { link: { baseUrl: 'https://latchkey.example' }, integrations: [integration] }
  await writeFile(file, JSON.stringify(content))
  return file
}
const rotate = ({ config }: Pick<World, 'config'>) => runCli(['vault', 'rotate', '--config', config])
const onDisk = async ({ credentials }: World) => {
  const [role_id, secret_id] = await Promise.all(
    ['role_id', 'secret_id'].map(async (name) => (await readFile(join(credentials, name), 'utf8')).trim()),
  )
  return { role_id, secret_id }
}
const login = async (world: World, body: object) =>
  (await world.call('POST', 'auth/latchkey-approle/login', body)).status
/** How many secret_ids the vault knows. */
const known = async (world: World): Promise<number> => {
  const listed = await world.call('GET', 'auth/latchkey-approle/role/latchkey/secret-id?list=true')
  return listed.status === 404 ? 0 : listed.body.data.keys.length
}

describe('latchkey vault rotate', () => {
  test('puts a new secret_id in place, destroys the old one, and keeps owner and mode', async () => {
    const world = await newWorld()
    const owner = process.getuid?.() === 0 ? 12_345 : (process.getuid?.() ?? 0) // only root may give files away
    await chown(join(world.credentials, 'secret_id'), owner, process.getgid?.() ?? 0)
    await chmod(join(world.credentials, 'secret_id'), 0o640)
    const before = await onDisk(world)
    expect(await rotate(world)).toMatchObject({ code: 0, out: expect.stringContaining('production: a new secret_id') })
    const after = await onDisk(world)
    expect(after.secret_id).not.toBe(before.secret_id)
    expect([await login(world, before), await login(world, after), await known(world)]).toEqual([400, 200, 1])
    expect((await readdir(world.credentials)).toSorted()).toEqual(['role_id', 'secret_id'])
    const { mode, uid } = await stat(join(world.credentials, 'secret_id'))
    expect([mode & 0o777, uid]).toEqual([0o640, owner])
  })

  test('renews credentials in one JSON file, whose other keys stay', async () => {
    const world = await newWorld()
    const file = join(folder, 'credentials.json')
    await writeFile(file, JSON.stringify({ note: 'kept', ...(await onDisk(world)) }), { mode: 0o600 })
    const config = await writeConfig('json', { ...world.params, credentials: { file } })
    expect(await rotate({ config })).toMatchObject({ code: 0 })
    const { note, ...after } = JSON.parse(await readFile(file, 'utf8'))
    expect(note).toBe('kept')
    expect([await login(world, after), await login(world, await onDisk(world))]).toEqual([200, 400])
  })

  test('refuses, before it asks the vault for anything, where nothing can be written', async () => {
    const world = await newWorld()
    const mounted = join(folder, 'mounted')
    await mkdir(mounted)
    await writeFile(join(mounted, 'role_id'), 'x')
    await symlink('/proc/version', join(mounted, 'secret_id'))
    const config = await writeConfig('mounted', { ...world.params, credentials: { folder: mounted } })
    expect(await rotate({ config })).toMatchObject({
      code: 1,
      err: expect.stringContaining('renewed where it comes from'),
    })
    const variables = { roleIdVariable: 'ROLE_ID', secretIdVariable: 'SECRET_ID' }
    const inEnvironment = await writeConfig('variables', { ...world.params, credentials: variables })
    expect(await rotate({ config: inEnvironment })).toMatchObject({
      code: 1,
      err: expect.stringContaining('environment'),
    })
    expect(await known(world)).toBe(1)
  })

  test('without the right it says which one, and changes nothing', async () => {
    const world = await newWorld('--with', 'revoke-tokens')
    const before = await onDisk(world)
    expect(await rotate(world)).toMatchObject({ code: 1, err: expect.stringContaining('--with rotate-credentials') })
    expect(await onDisk(world)).toEqual(before)
    expect(await login(world, before)).toBe(200)
  })

  test('no request of a running Latchkey fails meanwhile, although it logs in all the time', async () => {
    const world = await newWorld('--token-ttl', '1s', '--token-max-ttl', '1s')
    const connector = connectorTo(vault.prepared, world.params)
    let isOver = false
    let calls = 0
    const using = (async () => {
      for (; !isOver; calls += 1) await connector.checkRights()
    })()
    const deadline = Date.now() + 4000
    let rotations = 0
    for (; Date.now() < deadline; rotations += 1) expect(await rotate(world)).toMatchObject({ code: 0 })
    isOver = true
    await using
    await connector.close()
    expect(rotations).toBeGreaterThan(2)
    expect(calls).toBeGreaterThan(5)
    expect(await known(world)).toBe(1)
  })
})

const run = async (program: string, ...line: readonly string[]) => {
  const child = spawn(process.execPath, [join(root, program), ...line], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  const [code, signal] = await once(child, 'exit')
  return { code, signal, out: out.trim() }
}
const renew = async (world: World, owner: string | undefined, credentials = world.credentials) => {
  const params = vaultParams.parse({ ...world.params, credentials: { folder: credentials } })
  const { rotation, close } = wayTo(params, {})
  return rotateSecretId({ ...rotation(), ...(owner !== undefined && { owner }) }).finally(close)
}
const runChild = (world: World) =>
  run('test/support/rotate-child.ts', JSON.stringify(world.params), '-1', 'i0first/production')

describe('a rotation that is killed', () => {
  test.each([
    ['an instance that is known', 'i0first/production'],
    ['no database yet', undefined],
  ])(
    'at any step leaves a working credential on disk and no other behind the next one, with %s',
    async (_, owner) => {
      const world = await newWorld()
      const died: string[] = []
      const line = (moment: number) => [JSON.stringify(world.params), `${moment}`, ...(owner ? [owner] : [])]
      for (let moment = 0; ; moment += 1) {
        const { code, out } = await run('test/support/rotate-child.ts', ...line(moment))
        expect(await login(world, await onDisk(world)), out).toBe(200)
        if (code === 0) break
        died.push(out)
        expect(await renew(world, owner), out).toBe('swept')
        const left = [await login(world, await onDisk(world)), (await readdir(world.credentials)).length]
        expect([...left, await known(world)], out).toEqual([200, 2, 1])
      }
      const names = new Set(died.map((one) => one.replace(/^(before|after) /, '')))
      const note = ['note: write', 'note: sync', 'note: rename', 'note: sync folder']
      const replace = ['write', 'sync', 'rename', 'sync folder']
      expect([...names]).toEqual(['log in', 'remove', ...note, 'make', 'prove', ...replace, 'destroy'])
      expect(died.length).toBeGreaterThan(30)
    },
    300_000,
  )

  test('at any step of its tidying up is tidied up by the one after', async () => {
    const world = await newWorld()
    const owner = 'i0first/production'
    const child = (moment: number) =>
      run('test/support/rotate-child.ts', JSON.stringify(world.params), `${moment}`, owner)
    const untilIt = async (end: string, at: number): Promise<number> => {
      return (await child(at)).out === end ? at : untilIt(end, at + 1)
    }
    const made = await untilIt('after make', 0)
    const died: string[] = []
    for (let moment = 0; died.at(-1) !== 'before note: write'; moment += 1) {
      expect(await renew(world, owner)).toBe('swept')
      expect((await child(made)).out).toBe('after make')
      const { out } = await child(moment)
      died.push(out)
      expect(await login(world, await onDisk(world)), out).toBe(200)
      expect([await renew(world, owner), await known(world)], out).toEqual(['swept', 1])
    }
    expect(died).toEqual(expect.arrayContaining(['before sweep', 'after sweep', 'before remove', 'after remove']))
  }, 300_000)

  test('at any request to the vault, before it or with its answer lost, does so too', async () => {
    const world = await newWorld()
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; ; at += 1) {
        let child: ReturnType<typeof spawn> | undefined
        let count = 0
        const die = async () => {
          child?.kill('SIGKILL')
          if (child) await once(child, 'exit').catch(() => {})
          throw new Error('the connection is lost')
        }
        const proxy = await loopbackProxy(world.at.internalUrl, {
          before: async (_line, number) => {
            if (when === 'before' && number === at) await die()
          },
          response: (text) => {
            count += 1
            if (when === 'after' && count === at) {
              child?.kill('SIGKILL')
              throw new Error('the answer is lost')
            }
            return text
          },
        })
        const config = await writeConfig('proxied', { ...world.params, internalUrl: proxy.address })
        child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), 'vault', 'rotate', '--config', config])
        const [code] = await once(child, 'exit')
        await proxy.stop()
        expect(await login(world, await onDisk(world)), `${when} ${at}`).toBe(200)
        if (code === 0) {
          expect(at).toBeGreaterThan(5)
          break
        }
        expect(await rotate(world), `${when} ${at}`).toMatchObject({ code: 0, err: '' })
        expect(await known(world), `${when} ${at}`).toBe(1)
      }
    }
  }, 300_000)
})

describe('secret_ids of one role', () => {
  const make = (world: World, metadata: object) =>
    world.call('POST', 'auth/latchkey-approle/role/latchkey/secret-id', { metadata: JSON.stringify(metadata) })
  test('say whose they are, at the vault and at each login', async () => {
    const world = await newWorld()
    expect(await renew(world, 'i0first/production')).toBe('swept')
    const answer = await world.call('POST', 'auth/latchkey-approle/login', await onDisk(world))
    expect(answer.body.auth.metadata).toMatchObject({
      latchkey_instance: 'i0first/production',
      latchkey_drawn: expect.any(String),
    })
  })

  test('of another instance, another integration or nobody are never destroyed', async () => {
    const world = await newWorld()
    const others = await Promise.all([
      make(world, { latchkey_instance: 'i0second/production', latchkey_drawn: 'x' }),
      make(world, { latchkey_instance: 'i0first/staging', latchkey_drawn: 'y' }),
      make(world, { latchkey_instance: 'i0first/production' }),
      make(world, { team: 'somebody' }),
    ])
    const second = join(folder, `second-of-${world.name}`)
    await mkdir(second)
    const [mine] = others
    await writeFile(join(second, 'role_id'), (await onDisk(world)).role_id ?? '')
    await writeFile(join(second, 'secret_id'), mine?.body.data.secret_id)
    for (let turn = 0; turn < 3; turn += 1) {
      await renew(world, 'i0first/production')
      await renew(world, 'i0second/production', second)
    }
    const alive = others.slice(1).map((one) => one.body.data.secret_id)
    const { role_id } = await onDisk(world)
    for (const secret_id of alive) expect(await login(world, { role_id, secret_id })).toBe(200)
    expect(await login(world, await onDisk(world))).toBe(200)
    expect(await login(world, await onDisk({ ...world, credentials: second }))).toBe(200)
    expect(await known(world)).toBe(5)
  })

  test('renewed by two processes at once leave one that works, and no other', async () => {
    const world = await newWorld()
    for (let turn = 0; turn < 3; turn += 1) {
      const all = await Promise.all([1, 2, 3].map(() => runChild(world)))
      for (const { code, out } of all) expect([0, 1], out).toContain(code)
      expect(await login(world, await onDisk(world))).toBe(200)
    }
    await renew(world, 'i0first/production')
    expect([await known(world), (await readdir(world.credentials)).length]).toEqual([1, 2])
  })

  test('without the right to look for them are renewed all the same, and that is said', async () => {
    const world = await newWorld()
    const policy = 'sys/policies/acl/latchkey_management'
    const { policy: text } = (await world.call('GET', policy)).body.data
    const less = text.split('\n').filter((rule: string) => !/secret-id(\/"|-accessor)/.test(rule))
    await world.call('POST', policy, { policy: less.join('\n') })
    const before = await onDisk(world)
    expect(await rotate(world)).toMatchObject({ code: 0, err: expect.stringContaining('sweep-credentials') })
    expect([await login(world, before), await login(world, await onDisk(world))]).toEqual([400, 200])
    const connector = connectorTo(vault.prepared, { ...world.params, rotateEvery: '12h' })
    expect((await connector.checkRights()).join()).toContain('a killed renewal’s secret_id may stay valid')
    await connector.close()
  })
})

describe('rotateEvery', () => {
  test('renews what is old enough, and says when to ask again', async () => {
    const world = await newWorld()
    const connector = connectorTo(vault.prepared, { ...world.params, rotateEvery: '12h' })
    const file = join(world.credentials, 'secret_id')
    const before = await onDisk(world)
    const early = await connector.renewCredentials?.()
    expect(early).toMatchObject({ isRenewed: false })
    expect(await onDisk(world)).toEqual(before)
    const old = new Date(Date.now() - 13 * 3_600_000)
    await utimes(file, old, old)
    const done = await connector.renewCredentials?.()
    expect(done).toMatchObject({ isRenewed: true })
    expect((done?.next ?? 0) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    expect([await login(world, before), await login(world, await onDisk(world))]).toEqual([400, 200])
    expect((await connector.checkRights()).join()).not.toContain('renew its credentials')
    await connector.close()
  })

  test('ends what a killed renewal left, also when the next one is not due', async () => {
    const world = await newWorld()
    const before = await onDisk(world)
    // Before that moment nothing is in its place yet.
    for (let moment = 26; (await onDisk(world)).secret_id === before.secret_id; moment += 1) {
      await run('test/support/rotate-child.ts', JSON.stringify(world.params), `${moment}`, 'i0test/example')
    }
    expect([await known(world), await login(world, before)]).toEqual([2, 200])
    const connector = connectorTo(vault.prepared, { ...world.params, rotateEvery: '30d' })
    expect(await connector.renewCredentials?.()).toMatchObject({ isRenewed: false })
    expect([await known(world), await login(world, before), await login(world, await onDisk(world))]).toEqual([
      1, 400, 200,
    ])
    await connector.close()
  }, 300_000)

  test('makes a running server renew it by itself, and go on', async () => {
    const world = await newWorld()
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const own = join(folder, `server-${world.name}`)
    await mkdir(own)
    await writeFile(join(own, 'people.yaml'), 'people:\n  one: { name: One }\ngroups: { all: [one] }\n')
    const integration = { name: 'production', requesters: ['group:all'], owner: ['group:all'] }
    const settings = { ...integration, vault: { ...world.params, rotateEvery: '1h' } }
    const content = { listen: { host: '127.0.0.1', port }, link: { baseUrl: url }, integrations: [settings] }
    const configFile = join(own, 'latchkey.yaml')
    await writeFile(configFile, JSON.stringify(content))
    const before = await onDisk(world)
    const old = new Date(Date.now() - 2 * 3_600_000)
    await utimes(join(world.credentials, 'secret_id'), old, old)
    const logFile = join(own, 'log')
    const server = await startLatchkey({ configFile, url, environment: {}, logFile })
    await expect.poll(() => readFile(logFile, 'utf8'), { timeout: 20_000 }).toContain('credentials renewed')
    await server.stop()
    expect([await login(world, before), await login(world, await onDisk(world)), await known(world)]).toEqual([
      400, 200, 1,
    ])
  })

  test('is refused in a configuration whose credentials cannot be renewed', async () => {
    const world = await newWorld()
    const credentials = { roleIdVariable: 'ROLE_ID', secretIdVariable: 'SECRET_ID' }
    const config = await writeConfig('wrong', { ...world.params, credentials, rotateEvery: '30d' })
    expect(await rotate({ config })).toMatchObject({
      code: 1,
      err: expect.stringContaining('integrations[0].vault.rotateEvery: only a secret_id in a folder'),
    })
  })
})
