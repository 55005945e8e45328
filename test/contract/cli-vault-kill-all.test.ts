import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

let vault: TestVault
let folder: string
beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-kill-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await vault.stop()
})

/** A corner as `vault setup` makes it, with the connectors of two instances. */
const newWorld = async () => {
  const where = await newCorner(vault)
  const credentials = join(folder, where.name)
  const line = ['vault', 'setup', '--apply', '--unwrapped', '--credentials-dir', credentials]
  await runCli(line, { environment: where.environment })
  const params = {
    ...where.at,
    credentials: { folder: credentials },
    namePrefix: 'latchkey-',
    userpassMount: 'latchkey-users',
    approleMount: 'latchkey-approle',
  }
  const [first, second] = ['i0first', 'i0second'].map((instance) => {
    const connector = connectorTo(vault.prepared, params, instance)
    onTestFinished(connector.close)
    return connector
  })
  if (!first || !second) throw new Error('two were made')
  await where.call('POST', 'auth/latchkey-users/users/somebody', { password: 'somebody-s' })
  await expect.poll(async () => (await where.call('POST', 'kv/data/one', { data: { a: 'b' } })).status).toBe(200)
  return { where, first, second }
}

let count = 0
/** Access that works: the answer is what the person's token gets now. */
const giveAccess = async (where: Corner, connector: VaultConnector): Promise<() => Promise<number>> => {
  const grant = grantId(`g${++count}`)
  const items = [{ resource: resourceId('one'), type: 'secret', path: 'kv/one', permission: 'read' }]
  const plan = connector.plan(items)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const account = connector.drawAccount(personId('somebody'))
  const until = timestamp(Date.now() + 600_000)
  const order = { grant, account, items, plan: plan.value, until, handle: connector.draw(grant, undefined) }
  await connector.provision(order)
  const issued = await connector.issue({ ...order, handle: connector.draw(grant, order.handle) })
  const token = await connector.reveal({ ...order, handle: issued.handle }, issued.credential.wrappingToken)
  const use = async () => (await where.as(token.reveal())('GET', 'kv/data/one')).status
  expect(await use()).toBe(200)
  return use
}

/** The role of a workload, whose policy is gone already. */
const leaveRole = async (where: Corner): Promise<void> => {
  const role = `latchkey-i0first-g-old-0-${'a'.repeat(16)}`
  await where.call('POST', 'sys/auth/latchkey-workloads', { type: 'approle' })
  for (const name of [role, 'somebodys'])
    await where.call('POST', `auth/latchkey-workloads/role/${name}`, { token_policies: [name] })
}

const killAll = (where: Corner, ...more: readonly string[]) =>
  runCli(['vault', 'kill-all', ...more], { environment: where.environment })

describe('latchkey vault kill-all', () => {
  test.each(['by us', 'by hand'])('ends all access of every instance and touches nothing else, %s', async (how) => {
    const { where, first, second } = await newWorld()
    const uses = [await giveAccess(where, first), await giveAccess(where, first), await giveAccess(where, second)]
    await leaveRole(where)
    if (how === 'by us') {
      const done = await killAll(where, '--yes', '--json')
      expect(done).toMatchObject({ code: 0, err: expect.stringContaining('Read back: all of it is gone') })
      const rows: { kind: string; state: string }[] = JSON.parse(done.out)
      expect(rows.map(({ kind, state }) => `${kind}: ${state}`).toSorted()).toEqual([
        ...Array(3).fill('policy: removed'),
        'role: removed, its tokens live on without rights',
        ...Array(3).fill('user: removed, tokens revoked'),
      ])
    } else {
      const { out } = await killAll(where, '--print')
      expect(await where.sh(`BAO_TOKEN=wrong; export BAO_TOKEN\n${out}`)).toMatchObject({ code: 1 })
      expect(await uses[0]?.()).toBe(200)
      expect(await where.sh(out)).toMatchObject({ code: 0 })
      expect(await where.sh(out)).toMatchObject({ code: 0 })
    }
    for (const use of uses) expect(await use()).toBe(403)
    const names = async (path: string) => (await where.call('GET', `${path}?list=true`)).body.data.keys
    expect(await names('auth/latchkey-users/users')).toEqual(['somebody'])
    expect(await names('auth/latchkey-workloads/role')).toEqual(['somebodys'])
    expect(await where.policies()).toEqual(['latchkey_management'])
    const lookup = 'sys/leases/lookup/auth/latchkey-users/login?list=true'
    expect((await where.call('GET', lookup)).status).toBe(404)
    expect((await where.call('GET', 'kv/data/one')).status).toBe(200)
    const again = await killAll(where, '--yes')
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('has no policy or user of this pattern') })
    await expect(giveAccess(where, first)).resolves.toBeTypeOf('function')
  })

  test('ends only one instance’s when that was asked for', async () => {
    const { where, first, second } = await newWorld()
    const [one, other] = [await giveAccess(where, first), await giveAccess(where, second)]
    expect((await killAll(where, '--yes', '--instance', 'i0first')).code).toBe(0)
    expect([await one(), await other()]).toEqual([403, 200])
  })

  test.each(['by us', 'by hand'])('takes Latchkey’s own login and rights away first, %s', async (how) => {
    const { where, first } = await newWorld()
    const use = await giveAccess(where, first)
    const printed = await killAll(where, '--stop-bot', how === 'by us' ? '--yes' : '--print')
    if (how === 'by hand') expect(await where.sh(printed.out)).toMatchObject({ code: 0 })
    expect(await use()).toBe(403)
    await expect(giveAccess(where, first)).rejects.toMatchObject({ code: expect.stringMatching(/denied|credentials/) })
    expect((await where.call('GET', 'auth/latchkey-approle/role/latchkey')).status).toBe(404)
  })

  test('asks first, and says what it is about to do', async () => {
    const { where, first } = await newWorld()
    const use = await giveAccess(where, first)
    const { environment } = where
    const line = ['vault', 'kill-all']
    const refused = await runCli(line, { environment, answers: ['yes'] })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('1 policies and 1 users') })
    expect(await runCli(line, { environment })).toMatchObject({ code: 2 })
    expect(await use()).toBe(200)
    expect(await runCli(line, { environment, answers: ['kill-all'] })).toMatchObject({ code: 0 })
    expect(await use()).toBe(403)
  })

  test('goes on past what it may not remove, and fails naming it', async () => {
    const { where, first } = await newWorld()
    const uses = [await giveAccess(where, first), await giveAccess(where, first)]
    const rules = {
      'sys/policies/acl': ['list'],
      'sys/policies/acl/*': ['read', 'delete'],
      'sys/auth': ['read'],
      'auth/latchkey-users/users': ['list'],
      'auth/latchkey-users/users/*': ['read'],
    }
    const path = Object.fromEntries(Object.entries(rules).map(([rule, capabilities]) => [rule, { capabilities }]))
    await where.call('POST', 'sys/policies/acl/half', { policy: JSON.stringify({ path }) })
    const half = await where.call('POST', 'auth/token/create', { policies: ['half'] })
    const environment = { ...where.environment, BAO_TOKEN: half.body.auth.client_token }
    const done = await runCli(['vault', 'kill-all', '--yes'], { environment })
    expect(done).toMatchObject({ code: 1, err: expect.stringContaining('NOT ALL IS GONE, 2 still there') })
    expect(done.out).toContain('FAILED')
    for (const use of uses) expect(await use()).toBe(403)
    const whole = { ...path, 'auth/latchkey-users/users/*': { capabilities: ['read', 'delete'] } }
    await where.call('POST', 'sys/policies/acl/half', { policy: JSON.stringify({ path: whole }) })
    const again = await runCli(['vault', 'kill-all', '--yes'], { environment })
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('all of it is gone, but for tokens that') })
  })

  test('without address or token it says which variable to set', async () => {
    expect(await runCli(['vault', 'kill-all'])).toMatchObject({ code: 2, err: expect.stringContaining('BAO_ADDR') })
    const environment = { VAULT_ADDR: vault.server.address }
    expect(await runCli(['vault', 'kill-all'], { environment })).toMatchObject({
      code: 2,
      err: expect.stringContaining('BAO_TOKEN'),
    })
    const wrong = { ...environment, VAULT_TOKEN: 'wrong' }
    expect(await runCli(['vault', 'kill-all'], { environment: wrong })).toMatchObject({
      code: 1,
      err: expect.stringContaining('does the token have the rights'),
    })
  })
})
