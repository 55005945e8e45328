import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { unwrap } from '../../src/demo/person.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Credential, Item } from '../../src/people-cli/safe/content.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { newMachine, type PersonsMachine } from '../support/people-cli.ts'
import { granted } from './store-samples.ts'

/** The verbs of people's `latchkey` on a real vault, with grants that Latchkey's own connector makes. */
const mounts = ['kv', ...Array.from({ length: 24 }, (_, index) => `kv${10 + index}`)]
const unused = mounts.slice(1)
let vault: TestVault
let connector: VaultConnector
beforeAll(async () => {
  vault = await openBao({ kvMounts: mounts })
  const permissions = ['ReadOnly', 'ReadWrite', 'Admin']
  connector = connectorTo(vault.prepared, { management: mounts.map((path) => ({ path, permissions })) })
})
afterAll(async () => {
  await connector?.close()
  await vault?.stop()
})

let count = 0

/** A new grant of these items with its token, as `latchkey login` keeps it. */
const credentialFor = async (...given: readonly Item[]): Promise<Credential> => {
  const grant = grantId(`g${++count}`)
  const items = given.map((item) => ({ ...item, resource: resourceId(item.path) }))
  const handle = connector.draw(grant, undefined)
  const until = after(timestamp(Date.now()), seconds(600))
  const account = connector.drawAccount(personId('ada'))
  const order = { grant, account, handle, items, plan: granted(connector.plan(items)), until }
  await connector.provision(order)
  const { credential } = await connector.issue({ ...order, handle: connector.draw(grant, handle) })
  const { address } = vault.server
  return {
    ...{ grant, address, until, items: given, token: await unwrap(address, credential.wrappingToken.reveal()) },
    mounts: [...new Set(given.map(({ path }) => path.split('/')[0] ?? ''))],
    vault: { id: 'prod', name: 'prod' },
  }
}

/** A mount of this test alone. */
const newMount = (): string => {
  const mount = unused.shift()
  if (!mount) throw new Error('the vault needs more mounts')
  return mount
}
const put = (path: string, data: object) => {
  const [mount = '', ...rest] = path.split('/')
  return vault.admin('POST', `${mount}/data/${rest.join('/')}`, { data })
}
const machineWith = async (...credentials: readonly Credential[]): Promise<PersonsMachine> => {
  const machine = await newMachine()
  await machine.keep({ credentials })
  return machine
}
const folder = (path: string, permission: string, except?: readonly string[]): Item => ({
  ...{ type: 'management', path, permission },
  ...(except && { except }),
})
const secret = (path: string): Item => ({ type: 'secret', path, permission: 'read' })

describe('the documented table', () => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    Admin: ['list', 'create', 'fetch', 'update', 'delete'],
    ReadWrite: ['list', 'create', 'fetch', 'update'],
    ReadOnly: ['list', 'fetch'],
  }
  /** The lines of the documentation, as a shell would read them. */
  const linesFor = (mount: string): readonly (readonly string[])[] => [
    ['vault', 'list', '--vault-id', 'prod'],
    ['vault', 'create', `${mount}/fresh`, '--vault-id', 'prod', '--value', '{"key": "value"}'],
    ['vault', 'fetch', `${mount}/known`, '--vault-id', 'prod'],
    ['vault', 'update', `${mount}/known`, '--vault-id', 'prod', '--value', '{"key": "new-value"}'],
    ['vault', 'delete', `${mount}/known`, '--vault-id', 'prod'],
  ]
  const keyIn = async (path: string) => {
    const [mount = '', name = ''] = path.split('/')
    const answer = await vault.admin('GET', `${mount}/data/${name}`).catch(() => undefined)
    return (answer as { data?: { data: { key?: string } | null } } | undefined)?.data?.data?.key
  }

  const effects: Readonly<Record<string, readonly [name: string, value: string | undefined]>> = {
    create: ['fresh', 'value'],
    update: ['known', 'new-value'],
    delete: ['known', undefined],
  }
  const curedBy: Readonly<Record<string, string>> = { create: 'ReadWrite', update: 'ReadWrite', delete: 'Admin' }

  test.each(Object.keys(allowed))(
    'holds for %s: what it allows is done, and the rest is refused here and there',
    async (level) => {
      const mount = newMount()
      await put(`${mount}/known`, { key: 'value' })
      const given = await credentialFor(folder(`${mount}/`, level))
      const machine = await machineWith(given)
      // The same token, said to allow everything: the vault itself decides.
      const claimed = await machineWith({ ...given, items: [folder(`${mount}/`, 'Admin')] })
      for (const line of linesFor(mount)) {
        const verb = line[1] ?? ''
        const [name = 'known', after] = effects[verb] ?? []
        const before = await keyIn(`${mount}/${name}`)
        const done = await machine.run(line, { answers: ['y'] })
        if (allowed[level]?.includes(verb)) {
          expect(done.code, `${line.join(' ')}: ${done.err}`).toBe(0)
          if (verb === 'list') expect(done.out).toBe(`${mount}/known\n`)
          else if (verb === 'fetch') expect(JSON.parse(done.out)).toEqual({ key: 'value' })
          else expect(await keyIn(`${mount}/${name}`), verb).toBe(after)
          continue
        }
        expect(done.code, line.join(' ')).toBe(3) // nobody is signed in who could have more at Latchkey
        const refused = await claimed.run(line, { answers: ['y'] })
        expect(refused.code, line.join(' ')).toBe(4)
        expect(refused.err).toContain(
          `latchkey: the vault refused this: permission denied on ${mount}/${verb === 'delete' ? 'delete' : 'data'}/${name}\n`,
        )
        const cure = `latchkey request ${mount}/ --vault-id prod --permission ${curedBy[verb]} --for 2h`
        expect(refused.err).toContain(`This asks for it:\n  ${cure} --reason "why you need it"\n`)
        expect(await keyIn(`${mount}/${name}`), verb).toBe(before)
      }
    },
  )

  test('holds for a single secret, which is fetched without its mount', async () => {
    const mount = newMount()
    await put(`${mount}/apps/db`, { password: 'the-secret' })
    const machine = await machineWith(await credentialFor(secret(`${mount}/apps/db`)))
    const { code, out } = await machine.run(['vault', 'fetch', 'apps/db', '--vault-id', 'prod'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ password: 'the-secret' })
    expect(await machine.run(['vault', 'fetch', `${mount}/apps/other`, '--vault-id', 'prod'])).toMatchObject({
      code: 3,
    })
  })
})

describe('fetch', () => {
  test('gives one field exactly as it is, and earlier versions', async () => {
    const mount = newMount()
    await put(`${mount}/db`, { key: 'first' })
    await put(`${mount}/db`, { key: '-----BEGIN\nKEY-----\n', id: 7 })
    const machine = await machineWith(await credentialFor(secret(`${mount}/db`)))
    expect((await machine.run(['vault', 'fetch', `${mount}/db`, '--field', 'key'])).out).toBe('-----BEGIN\nKEY-----\n')
    expect((await machine.run(['vault', 'fetch', `${mount}/db`, '--field', 'id'])).out).toBe('7')
    const first = await machine.run(['vault', 'fetch', `${mount}/db`, '--version', '1', '--json'])
    expect(JSON.parse(first.out)).toMatchObject({ path: `${mount}/db`, version: 1, data: { key: 'first' } })
    expect(await machine.run(['vault', 'fetch', `${mount}/db`, '--field', 'none'])).toMatchObject({ code: 6 })
    expect(await machine.run(['vault', 'fetch', `${mount}/db`, '--version', '9'])).toMatchObject({ code: 6 })
    expect(await machine.run(['vault', 'fetch', `${mount}/db`, '--version', 'x'])).toMatchObject({ code: 2 })
  })

  test('shows a person no character that could control the terminal', async () => {
    const mount = newMount()
    await put(`${mount}/db`, { key: 'a\u001b[2Jb' })
    const machine = await machineWith(await credentialFor(secret(`${mount}/db`)))
    const line = ['vault', 'fetch', `${mount}/db`, '--field', 'key']
    expect((await machine.run(line, { isShown: true })).out).toBe('a\\u001b[2Jb\n')
    expect((await machine.run(line)).out).toBe('a\u001b[2Jb')
  })

  test('reads names with characters that addresses treat in their own way', async () => {
    const mount = newMount()
    const names = ['a b', 'a%2fb', 'ü/日本', 'q?x=1', 'h#1', 'semi;colon', "it's"]
    const machine = await machineWith(await credentialFor(folder(`${mount}/`, 'ReadWrite')))
    for (const name of names) {
      const created = await machine.run(['vault', 'create', `${mount}/${name}`, '--value-file', '-'], {})
      expect(created.code).toBe(2)
      const value = JSON.stringify({ name })
      expect(
        await machine.run(['vault', 'create', `${mount}/${name}`, '--value', '-'], { input: value }),
      ).toMatchObject({
        code: 0,
      })
      const { out } = await machine.run(['vault', 'fetch', `${mount}/${name}`, '--field', 'name'])
      expect(out).toBe(name)
    }
    const { out } = await machine.run(['vault', 'list'])
    expect(out.trim().split('\n')).toEqual(names.map((name) => `${mount}/${name}`).toSorted())
    for (const bad of ['a/../b', 'a//b', './a', 'a/']) {
      expect(await machine.run(['vault', 'fetch', `${mount}/${bad}`])).toMatchObject({ code: 2 })
    }
  })
})

describe('create and update', () => {
  test('never overwrite what they have not seen', async () => {
    const mount = newMount()
    const machine = await machineWith(await credentialFor(folder(`${mount}/`, 'Admin')))
    const value = ['--value', '{"key": "value"}']
    expect(await machine.run(['vault', 'update', `${mount}/db`, ...value])).toMatchObject({ code: 6 })
    expect((await machine.run(['vault', 'create', `${mount}/db`, ...value])).out).toBe(
      `Created ${mount}/db: version 1.\n`,
    )
    const again = await machine.run(['vault', 'create', `${mount}/db`, ...value])
    expect(again).toMatchObject({ code: 8, err: expect.stringContaining(`latchkey vault update ${mount}/db`) })
    const both = await Promise.all(
      [1, 2].map((one) =>
        machine.run(['vault', 'update', `${mount}/db`, '--version', '1', '--value', `{"by": ${one}}`]),
      ),
    )
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 8])
    expect(await machine.run(['vault', 'delete', `${mount}/db`, '--yes'])).toMatchObject({ code: 0 })
    const afterwards = await machine.run(['vault', 'create', `${mount}/db`, ...value])
    expect(afterwards).toMatchObject({ code: 8, err: expect.stringContaining('undelete') })
    expect(await machine.run(['vault', 'update', `${mount}/db`, ...value])).toMatchObject({ code: 0 })
  })

  test('take one JSON object and nothing else, and never repeat it in a message', async () => {
    const mount = newMount()
    const machine = await machineWith(await credentialFor(folder(`${mount}/`, 'Admin')))
    const line = ['vault', 'create', `${mount}/db`]
    for (const value of ['hush', '"hush"', '["hush"]', 'null', '{"key": hush}', '']) {
      const refused = await machine.run([...line, '--value', value])
      expect(refused.code).toBe(2)
      expect(refused.err).not.toContain('hush')
    }
    expect(await machine.run(line)).toMatchObject({ code: 2 })
    expect(await machine.run([...line, '--value', '{}', '--value-file', 'x'])).toMatchObject({ code: 2 })
    const typed = await machine.run([...line, '--value', '-'], {
      answers: ['{"key": "hush"}'],
    })
    expect(typed).toMatchObject({ code: 0 })
    expect((await machine.run(['vault', 'fetch', `${mount}/db`])).out).toContain('hush')
    const warned = await machine.run(['vault', 'update', `${mount}/db`, '--value', '{"key": "v"}'], { answers: [] })
    expect(warned.err).toContain('history')
  })
})

describe('delete and undelete', () => {
  test('ask first, and are believed only by what the metadata say afterwards', async () => {
    const mount = newMount()
    await put(`${mount}/db`, { key: 'value' })
    const machine = await machineWith(await credentialFor(folder(`${mount}/`, 'Admin')))
    expect(await machine.run(['vault', 'delete', `${mount}/db`])).toMatchObject({ code: 2 })
    expect(await machine.run(['vault', 'delete', `${mount}/db`], { answers: ['n'] })).toMatchObject({ code: 130 })
    expect(await machine.run(['vault', 'fetch', `${mount}/db`])).toMatchObject({ code: 0 })
    const done = await machine.run(['vault', 'delete', `${mount}/db`], { answers: ['y'] })
    expect(done).toMatchObject({ code: 0, out: `Deleted: version 1 of ${mount}/db.\n` })
    const gone = await machine.run(['vault', 'fetch', `${mount}/db`])
    expect(gone).toMatchObject({ code: 6, err: expect.stringContaining('was deleted at') })
    expect(await machine.run(['vault', 'delete', `${mount}/db`, '--yes'])).toMatchObject({ code: 6 })
    expect(await machine.run(['vault', 'undelete', `${mount}/db`])).toMatchObject({ code: 0 })
    expect(await machine.run(['vault', 'undelete', `${mount}/db`])).toMatchObject({ code: 8 })
    await vault.admin('POST', `${mount}/destroy/db`, { versions: [1] })
    expect(await machine.run(['vault', 'undelete', `${mount}/db`])).toMatchObject({ code: 6 })
    expect(await machine.run(['vault', 'delete', `${mount}/none`, '--yes'])).toMatchObject({ code: 6 })
  })
})

describe('list', () => {
  test('shows what is beneath every folder and each single secret, and leaves out what the access does', async () => {
    const [one, other] = [newMount(), newMount()]
    for (const path of ['apps/db', 'apps/db/replica', 'apps/mail', 'top']) await put(`${one}/${path}`, {})
    await put(`${other}/single`, {})
    const wide = await credentialFor(folder(`${one}/`, 'ReadOnly', [`${one}/apps/mail`]))
    const machine = await machineWith(wide, await credentialFor(secret(`${other}/single`)))
    const { out, err } = await machine.run(['vault', 'list', '--vault-id', 'prod'])
    expect(out.trim().split('\n')).toEqual([
      `${one}/apps/db`,
      `${one}/apps/db/replica`,
      `${one}/top`,
      `${other}/single`,
    ])
    expect(err).toContain('1 more')
    const some = await machine.run(['vault', 'list', `${one}/apps`, '--json'])
    expect(JSON.parse(some.out)).toEqual([
      { path: `${one}/apps/db`, grant: wide.grant, permission: 'ReadOnly' },
      { path: `${one}/apps/db/replica`, grant: wide.grant, permission: 'ReadOnly' },
    ])
    expect(await machine.run(['vault', 'list', '--vault-id', 'other'])).toMatchObject({ code: 3 })
  })
})

describe('several accesses', () => {
  test('the narrowest that permits is used; --grant chooses another', async () => {
    const mount = newMount()
    await put(`${mount}/apps/db`, { key: 'value' })
    const single = await credentialFor(secret(`${mount}/apps/db`))
    const wide = await credentialFor(folder(`${mount}/`, 'Admin'))
    const narrow = { ...(await credentialFor(folder(`${mount}/apps/`, 'ReadOnly'))), token: 'not-tried' }
    const machine = await machineWith(wide, narrow, single)
    expect(await machine.run(['vault', 'fetch', `${mount}/apps/db`])).toMatchObject({ code: 0 })
    expect(await machine.run(['vault', 'update', `${mount}/apps/db`, '--value', '{}'])).toMatchObject({ code: 0 })
    expect(await machine.run(['vault', 'fetch', `${mount}/apps/db`, '--grant', wide.grant])).toMatchObject({ code: 0 })
    expect(
      await machine.run(['vault', 'update', `${mount}/apps/db`, '--value', '{}', '--grant', single.grant]),
    ).toMatchObject({
      code: 3,
    })
  })

  test('a token that no longer works is forgotten, and the next one is used', async () => {
    const mount = newMount()
    await put(`${mount}/db`, { key: 'value' })
    const dead = { ...(await credentialFor(secret(`${mount}/db`))), token: 'hvs.dead' }
    const machine = await machineWith(dead, await credentialFor(folder(`${mount}/`, 'ReadOnly')))
    expect(await machine.run(['vault', 'fetch', `${mount}/db`])).toMatchObject({ code: 0 })
    expect(await machine.run(['vault', 'fetch', `${mount}/db`, '--grant', dead.grant])).toMatchObject({ code: 3 })
  })

  test('a name without its mount that can mean several secrets is refused, and they are listed', async () => {
    const [one, other] = [newMount(), newMount()]
    const both = await credentialFor(secret(`${one}/db`), secret(`${other}/db`))
    const machine = await machineWith(both)
    const { code, err } = await machine.run(['vault', 'fetch', 'db'])
    expect(code).toBe(2)
    expect(err).toContain(`${one}/db\n${other}/db\n`)
  })
})

test('a vault that does not answer is told by exit code 7', async () => {
  const given = await credentialFor(secret('kv/db'))
  const machine = await machineWith({ ...given, address: 'http://127.0.0.1:1' })
  expect(await machine.run(['vault', 'fetch', 'kv/db'])).toMatchObject({ code: 7 })
})
