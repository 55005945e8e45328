import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { allText } from '../support/documents.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

/** Runs the plain commands of the documentation as an administrator would type them, with the real program `bao`. */
let vault: TestVault
let folder: string
let readme: string
beforeAll(async () => {
  readme = allText()
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-readme-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await vault?.stop()
})

/** The commands below a marker. */
const commandsOf = (kind: 'tested' | 'generated', name: string): string => {
  const [, commands] = new RegExp(`<!-- ${kind}: ${name} -->\\s*\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  if (!commands) throw new Error(`no page has commands marked "${kind}: ${name}"`)
  return commands
}

/** A corner that `latchkey vault setup` prepared with what the README says to type, with two secrets in it. */
const newWorld = async () => {
  const where = await newCorner(vault)
  const credentials = join(folder, where.name)
  const setUp = (...more: readonly string[]) =>
    runCli(['vault', 'setup', '--apply', '--unwrapped', '--credentials-dir', credentials, ...more], {
      environment: where.environment,
    })
  expect(await setUp()).toMatchObject({ code: 0, err: '' })
  const secrets = ['apps/orders/database', 'apps/orders/other']
  for (const path of secrets) {
    const write = () => where.call('POST', `kv/data/${path}`, { data: { password: 'the-secret' } })
    await expect.poll(async () => (await write()).status).toBe(200)
  }
  const connect = (instance: string): VaultConnector => {
    const connector = connectorTo(
      vault.prepared,
      {
        ...where.at,
        credentials: { folder: credentials },
        namePrefix: 'latchkey-',
        userpassMount: 'latchkey-users',
        approleMount: 'latchkey-approle',
      },
      instance,
    )
    onTestFinished(connector.close)
    return connector
  }
  return { where, setUp, credentials, connect }
}

let count = 0
/** Access that works: the answer is what the person's token gets now. */
const giveAccess = async (where: Corner, connector: VaultConnector): Promise<() => Promise<number>> => {
  const grant = grantId(`g${++count}`)
  const items = [{ resource: resourceId('one'), type: 'secret', path: 'kv/apps/orders/database', permission: 'read' }]
  const plan = connector.plan(items)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const account = connector.drawAccount(personId('somebody'))
  const until = timestamp(Date.now() + 600_000)
  const order = { grant, account, items, plan: plan.value, until, handle: connector.draw(grant, undefined) }
  await connector.provision(order)
  const issued = await connector.issue({ ...order, handle: connector.draw(grant, order.handle) })
  const token = await connector.reveal({ ...order, handle: issued.handle }, issued.credential.wrappingToken)
  const use = () => statusFor(where, token.reveal())
  expect(await use()).toBe(200)
  return use
}

const statusFor = async (where: Corner, token: string, path = 'kv/data/apps/orders/database'): Promise<number> =>
  (await where.as(token)('GET', path)).status

test('kill-all as it is printed ends the access of every Latchkey, and nothing else', async () => {
  const { where, connect } = await newWorld()
  const uses = [await giveAccess(where, connect('i0first')), await giveAccess(where, connect('i0second'))]
  await where.call('POST', 'auth/latchkey-users/users/somebody', { password: 'of-their-own' })
  const script = commandsOf('generated', 'kill-all')
  expect(await where.sh(script)).toMatchObject({ code: 0, err: '' })
  for (const use of uses) expect(await use()).toBe(403)
  const names = async (path: string) => (await where.call('GET', `${path}?list=true`)).body.data.keys
  expect(await names('auth/latchkey-users/users')).toEqual(['somebody'])
  expect(await where.policies()).toEqual(['latchkey_management'])
  expect(await where.sh(script)).toMatchObject({ code: 0 })
})

test('kill-all without an administrator’s token ends nothing and says so by its exit code', async () => {
  const { where, connect } = await newWorld()
  const use = await giveAccess(where, connect('i0first'))
  const done = await where.sh(`export BAO_TOKEN=wrong\n${commandsOf('generated', 'kill-all')}`)
  expect(done.code).toBe(1)
  expect(await use()).toBe(200)
})

test('the commands that stop Latchkey leave it no login and no right, and the set-up brings it back', async () => {
  const { where, connect, setUp } = await newWorld()
  const connector = connect('i0first')
  await giveAccess(where, connector)
  expect(await where.sh(commandsOf('tested', 'stop-latchkey'))).toMatchObject({ code: 0 })
  await expect(giveAccess(where, connector)).rejects.toMatchObject({
    code: expect.stringMatching(/denied|credentials/),
  })
  expect(await setUp('--renew')).toMatchObject({ code: 0 })
  await expect(giveAccess(where, connect('i0third'))).resolves.toBeTypeOf('function')
})

test('a stolen secret_id and the tokens made with it are worthless after the commands; --renew alone leaves them', async () => {
  const { where, setUp, credentials, connect } = await newWorld()
  const read = async (name: string) => (await readFile(join(credentials, name), 'utf8')).trim()
  const stolen = { role_id: await read('role_id'), secret_id: await read('secret_id') }
  const logIn = () => where.call('POST', 'auth/latchkey-approle/login', stolen)
  expect(await setUp('--renew')).toMatchObject({ code: 0 })
  const before = await logIn()
  expect(before.status).toBe(200)
  await where.call('POST', 'auth/token/roles/latchkey-lend', { allowed_policies: ['default'], orphan: true })
  const wish = { policies: ['default'], ttl: '1h', display_name: 'any-name' }
  const lent = await where.call('POST', 'auth/token/create/latchkey-lend', wish)
  const tokens = [before, lent].map(({ body }): string => body.auth.client_token)
  const lookUp = () => Promise.all(tokens.map((one) => statusFor(where, one, 'auth/token/lookup-self')))
  expect(await lookUp()).toEqual([200, 200])
  expect(await where.sh(commandsOf('tested', 'stolen-secret-id'))).toMatchObject({ code: 0, err: '' })
  expect((await logIn()).status).toBe(400)
  expect(await lookUp()).toEqual([403, 403])
  expect(await setUp('--renew')).toMatchObject({ code: 0 })
  await expect(giveAccess(where, connect('i0after'))).resolves.toBeTypeOf('function')
})

test('break-glass gives one secret and nothing beside it, and takes it back', async () => {
  const { where } = await newWorld()
  const given = await where.sh(commandsOf('tested', 'break-glass-give'))
  expect(given).toMatchObject({ code: 0, err: '' })
  const [, unwrap = ''] = /types within five minutes: (.*)$/m.exec(given.out) ?? []
  const [, keep = ''] = /To take it back: (.*)$/m.exec(given.out) ?? []
  expect(keep).toMatch(/^name=break-glass-\d+ accessor=\S+$/)

  const unwrapped = await where.sh(unwrap)
  expect(unwrapped).toMatchObject({ code: 0 })
  const token = unwrapped.out.trim()
  const asPerson = (command: string) => where.sh(`unset BAO_TOKEN\n${command}`)
  expect(await asPerson(`bao login -no-print ${token}`)).toMatchObject({ code: 0 })
  const read = () => asPerson('bao kv get -mount=kv apps/orders/database')
  expect(await read()).toMatchObject({ code: 0, out: expect.stringContaining('the-secret') })
  expect(await statusFor(where, token, 'kv/data/apps/orders/other')).toBe(403)
  expect(await statusFor(where, token, 'kv/metadata/apps?list=true')).toBe(403)
  const { body } = await where.as(token)('GET', 'auth/token/lookup-self')
  expect(body.data).toMatchObject({ renewable: false, explicit_max_ttl: 3600, orphan: true })
  expect((await where.sh(unwrap)).code).not.toBe(0)

  const accessor = keep.replace(/.*accessor=/, '')
  const lookUp = () => where.call('POST', 'auth/token/lookup-accessor', { accessor })
  expect((await lookUp()).status).toBe(200)
  const [first = ''] = commandsOf('tested', 'break-glass-end').split('\n')
  expect(await where.sh(`${keep}\n${first}`)).toMatchObject({ code: 0 })
  expect((await read()).code).not.toBe(0)
  expect(await where.sh(`${keep}\n${commandsOf('tested', 'break-glass-end')}`)).toMatchObject({ code: 0 })
  expect(await lookUp()).toMatchObject({ body: { errors: [expect.stringContaining('invalid accessor')] } })
})

test('an owner tag is written with the command of the README and read by Latchkey', async () => {
  const { where, connect } = await newWorld()
  const [, command = ''] = /`(bao kv metadata put [^`]+)`/.exec(readme) ?? []
  expect(await where.sh(command)).toMatchObject({ code: 0 })
  const item = { resource: resourceId('one'), type: 'secret', path: 'kv/apps/orders/database', permission: 'read' }
  expect(await connect('i0first').ownerTag(item, 'owner')).toBe('databases')
})
