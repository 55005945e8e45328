import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { Handle } from '../../src/domain/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { type LoopbackProxy, loopbackProxy } from '../support/openbao-proxy.ts'

// Something happens between any two calls of issuing. A claim on the person's account normally keeps steps apart; this
// shows that nothing leaks when a claim has run out and two of them meet after all.

let vault: TestVault
let healthy: VaultConnector
const open: { close(): Promise<void> }[] = []
beforeAll(async () => {
  vault = await openBao()
  healthy = connectorTo(vault.prepared)
  await vault.admin('POST', 'kv/data/apps/db', { data: { value: 'example' } })
})
afterAll(async () => {
  await Promise.all([healthy, ...open].map((each) => each.close()))
  await vault.stop()
})

/** The calls of one issuing, about as they are sent: those of the policy and those of the account run side by side. */
const steps = [
  'read old',
  'ask for the limit',
  'write new',
  'arm',
  'read new',
  'read the user',
  'log in',
  'look at the wrapping',
  'read old again',
  'disarm',
  'delete old',
] as const
const numbers = steps.map((_step, index) => index + 1)
const item: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/apps/db', permission: 'read' }
const root = () => rawCall(vault.server.address, vault.server.rootToken)
const policiesOf = (handle: Handle): string[] => (Array.isArray(handle.policies) ? handle.policies : [])

/** A provisioned order with the next name drawn, and a connector whose calls are counted from now on. */
const aboutToIssue = async (name: string, before: (order: Order, call: number) => Promise<void>) => {
  const plan = healthy.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(name)
  const account = healthy.drawAccount(personId('jane'))
  const provisioned = healthy.draw(grant, undefined)
  const until = after(timestamp(Date.now()), seconds(600))
  const basics = { grant, account, items: [item], plan: plan.value, until }
  await healthy.provision({ ...basics, handle: provisioned })
  const order: Order = { ...basics, handle: healthy.draw(grant, provisioned) }

  let warm = Number.POSITIVE_INFINITY
  const proxy: LoopbackProxy = await loopbackProxy(vault.server.address, {
    before: (_line, number) => before(order, number - warm),
  })
  const connector = connectorTo(vault.prepared, { internalUrl: proxy.address })
  open.push({
    close: async () => {
      await connector.close()
      await proxy.stop()
    },
  })
  // The first issuing also logs the bot in, asks for the flavour, and proves that password hashes work.
  const other = { ...basics, grant: grantId(`${name}warm`), handle: healthy.draw(grantId(`${name}warm`), undefined) }
  await connector.provision({ ...other, account: healthy.drawAccount(personId('jane')) })
  await connector.issue({ ...other, account: healthy.drawAccount(personId('jane')) })
  warm = proxy.seen.length
  return { order, connector, calls: () => proxy.seen.slice(warm) }
}

test.each(numbers)('ending the grant just before call %i of issuing leaves nothing that works', async (call) => {
  const { order, connector, calls } = await aboutToIssue(`end${call}`, async (about, number) => {
    if (number === call) await healthy.revoke(about, false)
  })
  const outcome = await connector.issue(order).catch((error: unknown) => error)
  expect(calls().length).toBeGreaterThanOrEqual(call)
  for (const name of policiesOf(order.handle))
    expect((await root()('GET', `sys/policies/acl/${name}`)).status).toBe(404)
  expect((await root()('GET', `auth/userpass/users/${order.account}`)).body.data.token_policies).toEqual([])
  if (outcome instanceof Error)
    return expect(outcome).toMatchObject({ code: expect.stringMatching(/missing-at-vault|not-proven/) })
  const { credential } = outcome as Awaited<ReturnType<VaultConnector['issue']>>
  const opened = await rawCall(vault.server.address, credential.wrappingToken.reveal())('POST', 'sys/wrapping/unwrap')
  const person = rawCall(vault.server.address, opened.body.auth.client_token)
  expect((await person('GET', 'kv/data/apps/db')).status).toBe(403)
})

test('issuing between the two deletions of an end leaves nothing that works', async () => {
  const { order, connector } = await aboutToIssue('split', async () => {})
  let deletions = 0
  let outcome: unknown
  const proxy = await loopbackProxy(vault.server.address, {
    before: async (line) => {
      if (line.startsWith('DELETE') && ++deletions === 2) outcome = await connector.issue(order).catch((error) => error)
    },
  })
  const ending = connectorTo(vault.prepared, { internalUrl: proxy.address })
  const proof = await ending.revoke(order, false)
  expect([outcome, proof.means]).toMatchObject([{ code: 'missing-at-vault' }, 'readback'])
  for (const name of policiesOf(order.handle))
    expect((await root()('GET', `sys/policies/acl/${name}`)).status).toBe(404)
  await ending.close()
  await proxy.stop()
})

test('issuing takes the calls that this file thinks it does', async () => {
  const { order, connector, calls } = await aboutToIssue('count', async () => {})
  await connector.issue(order)
  const [first, second] = policiesOf(order.handle).map((name) => `sys/policies/acl/${name}`)
  const limit = 'GET sys/internal/ui/mounts/auth/userpass'
  const user = `POST auth/userpass/users/${order.account}`
  const stored = `GET auth/userpass/users/${order.account}`
  const login = `POST auth/userpass/login/${order.account}`
  const look = 'POST sys/wrapping/lookup'
  const read = `GET ${first}`
  expect(calls()).toHaveLength(steps.length)
  const those = (...names: string[]) => calls().filter((call) => names.includes(call))
  const write = [`POST ${second}`, `GET ${second}`]
  expect(those(read, ...write, login)).toEqual([read, ...write, login, read])
  expect(those(user, stored, login)).toEqual([user, stored, login, user])
  expect(those(limit, user)).toEqual([limit, user, user])
  expect(those(login, look, `DELETE ${first}`)).toEqual([login, look, `DELETE ${first}`])
})

test('what the policy is waited for makes no token live longer', async () => {
  const { order } = await aboutToIssue('wait', async () => {})
  const policy = policiesOf(order.handle).at(-1) ?? ''
  const user = `auth/userpass/users/${order.account}`
  let waited = 0
  const armed = Promise.withResolvers<void>()
  const proxy = await loopbackProxy(vault.server.address, {
    request: ({ path, body }) => {
      if (path === user && body.includes(policy)) armed.resolve()
      return undefined
    },
    before: async (line) => {
      if (line !== `GET sys/policies/acl/${policy}`) return
      await armed.promise
      waited = 20_000
    },
  })
  const clock = { now: () => timestamp(Date.now() + waited) }
  const connector = connectorTo(vault.prepared, { internalUrl: proxy.address }, 'i0test', clock)
  open.push(connector, { close: proxy.stop })
  const { credential } = await connector.issue(order)
  const opened = await rawCall(vault.server.address, credential.wrappingToken.reveal())('POST', 'sys/wrapping/unwrap')
  expect(opened.body.auth.lease_duration).toBeLessThanOrEqual((order.until - clock.now()) / 1000 + 1)
})

test('a connection lost for good at any call of issuing leaves what a restart can clean up', {
  timeout: 60_000,
}, async () => {
  const lost = numbers.map(async (call) => {
    const { order, connector } = await aboutToIssue(`lost${call}`, async (_about, number) => {
      if (number >= call) throw new Error('cut')
    })
    await expect(connector.issue(order), steps[call - 1]).rejects.toMatchObject({ transient: true })
    await healthy.disarm(order.account)
    const user = await root()('GET', `auth/userpass/users/${order.account}`)
    expect(user.body.data.token_policies).toEqual([])

    const again = await healthy.issue({ ...order, handle: healthy.draw(order.grant, order.handle) })
    expect(policiesOf(again.handle)).toHaveLength(1)
    for (const name of policiesOf(order.handle))
      expect((await root()('GET', `sys/policies/acl/${name}`)).status).toBe(404)
    expect((await healthy.revoke({ ...order, handle: again.handle }, true)).means).toBe('canary')
  })
  await Promise.all(lost)
})
