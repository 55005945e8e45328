import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { takeStep } from '../../src/app/grant-steps.ts'
import { openFetchLink } from '../../src/app/open-fetch-link.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Loaded, Order } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { grantStateText } from '../../src/views/copy-states.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { discovered, latchkeyOf, newCompany } from '../support/company.ts'
import { enforceMfa } from '../support/login-mfa.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy, type ProxyRules } from '../support/openbao-proxy.ts'
import { prepareVault } from '../support/prepare-vault.ts'
import * as sample from './store-samples.ts'

// What a vault does with the life that was asked of it, and with logins: nothing of it is taken for granted.

let vault: TestVault
const endings: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  vault = await openBao()
  await vault.admin('POST', 'kv/data/apps/db', { data: { value: 'example' } })
})
afterAll(async () => {
  for (const end of endings.toReversed()) await end()
  await vault.stop()
})

const hours = (count: number) => seconds(count * 3600)
const now = () => timestamp(Date.now())
let count = 0
/** A userpass mount of its own, which a test may spoil. */
const people = async (more: object = {}) => {
  const corner = { userpassMount: `people-${++count}`, roleName: `role-${count}`, policyName: `policy-${count}` }
  const prepared = await vault.prepare(corner)
  const connector = connectorTo(prepared, more)
  endings.push(connector.close)
  return { connector, mount: corner.userpassMount }
}
const limit = (mount: string, life: string) => vault.admin('POST', `sys/auth/${mount}/tune`, { max_lease_ttl: life })
const item: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/apps/db', permission: 'read' }
const orderFor = (connector: VaultConnector): Order => {
  const plan = connector.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`grant${++count}`)
  const account = connector.drawAccount(personId('ada'))
  return {
    grant,
    account,
    handle: connector.draw(grant, undefined),
    items: [item],
    plan: plan.value,
    until: after(now(), hours(4)),
  }
}
const issued = async (connector: VaultConnector, order: Order) => {
  const { credential, handle } = await connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })
  const token = await connector.reveal({ ...order, handle }, credential.wrappingToken)
  const { body } = await rawCall(vault.server.address, token.reveal())('GET', 'auth/token/lookup-self')
  return { credential, realEnd: Date.parse(body.data.expire_time), order: { ...order, handle } }
}

describe('a limit of the vault on the life of tokens', () => {
  test('is found when access is set up, and the end that is told is never later than the real one', async () => {
    const { connector, mount } = await people()
    await limit(mount, '60s')
    const order = orderFor(connector)
    expect(await connector.provision(order)).toBe(60)
    const { credential, realEnd } = await issued(connector, order)
    expect(credential.until).toBeLessThanOrEqual(realEnd)
    expect(realEnd - credential.until).toBeLessThan(10_000)
  })

  test('is found also when it came after access was set up', async () => {
    const { connector, mount } = await people()
    const order = orderFor(connector)
    expect(await connector.provision(order)).toBeUndefined()
    const first = await issued(connector, order)
    expect(first.credential.until).toBe(order.until)
    await limit(mount, '90s')
    const { credential, realEnd } = await issued(connector, first.order)
    expect(credential.until).toBeLessThanOrEqual(realEnd)
    expect(credential.until).toBeLessThan(order.until)
  })

  test('is found when it is the server’s own, which no mount tells', async () => {
    const server = await startOpenBao({ config: 'max_lease_ttl = "3m"\ndefault_lease_ttl = "1m"' })
    endings.push(server.stop)
    const credentialsFolder = await mkdtemp(join(tmpdir(), 'latchkey-limit-'))
    endings.push(() => rm(credentialsFolder, { recursive: true }))
    const connector = connectorTo(await prepareVault({ ...server, credentialsFolder }))
    endings.push(connector.close)
    expect(await connector.provision(orderFor(connector))).toBe(180)
  })

  test('is told by card, page and record alike: none of them names a later end than the token has', async () => {
    const { connector, mount } = await people()
    await limit(mount, '10m')
    const store = await openStore(':memory:', { newId: randomUUID })
    endings.push(store.close)
    const integration = { ...sample.vault, durations: [hours(4)] as const }
    const plain = latchkeyOf({ store, company: newCompany(), now, integrations: [integration] })
    const deps: Deps = { ...plain, integrations: new Map([[integration.id, { integration, connector }]]) }
    const { id } = await discovered(store, integration.id, 'kv/apps/db')
    const wish = { requester: sample.ada, draft: randomUUID(), items: [{ resource: id, permission: 'read' }] as const }
    const asked = sample.granted(
      await submitRequest(deps)({ ...wish, duration: hours(4), reason: 'The nightly export fails.' }),
    )
    await decideRequest(deps)(asked.request.id, { by: sample.grace, verdict: 'approve' })
    const step = async () => {
      const loaded = await sample.reload(store, asked.request)
      const took = sample.present(await takeStep(deps, connector, loaded))
      await recordStep(deps, sample.grantOf(loaded).id, { took })
      return activeIn(await sample.reload(store, asked.request))
    }
    const grant = await step()
    const card = plainText(grantStateText(grant, (person) => ({ person, identities: [] })))
    expect(grant.expiresAt - grant.since).toBe(600_000)
    expect(card).toMatch(/The vault lets no token live longer, though 4 hours was approved/)

    await limit(mount, '2m')
    const link = sample.granted(await openFetchLink(deps)(grant.id, sample.ada))
    const page = await redeemFetchLink(deps)(link.url.reveal().split('/').at(-1) ?? '', 'browser')
    if (page.kind !== 'credential') throw new Error(page.kind)
    const unwrapped = await rawCall(vault.server.address, page.credential.wrappingToken.reveal())(
      'POST',
      'sys/wrapping/unwrap',
    )
    const realEnd = Date.now() + unwrapped.body.auth.lease_duration * 1000
    const ends: Timestamp[] = [page.what.until, activeIn(await sample.reload(store, asked.request)).expiresAt]
    for (const end of ends) expect(end).toBeLessThanOrEqual(realEnd)
    const rows = await store.auditRows(0, 100)
    expect(rows.find(({ kind }) => kind === 'access-provisioned')?.detail.lasts).toBe(600)
    expect(rows.find(({ kind }) => kind === 'credential-issued')?.detail.until).toBe(page.what.until)
  })
})

const activeIn = ({ grant }: Loaded) => {
  if (grant?.state !== 'active') throw new Error(grant?.state)
  return grant
}

describe('login MFA on the mount of the people', () => {
  const enforce = (mount: string) => enforceMfa(asRoot(), mount)

  test('is named when access is set up, before anything is handed out', async () => {
    const { connector, mount } = await people()
    await enforce(mount)
    const failing = connector.provision(orderFor(connector))
    await expect(failing).rejects.toMatchObject({ code: 'login-needs-mfa', transient: false })
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('second factor') })
  })

  test('is named also when it came after access was set up and the vault drops the line', async () => {
    let isCut = false
    const rules: ProxyRules = {
      before: async (line) => {
        if (isCut && line.startsWith('POST auth/people-') && line.includes('/login/')) {
          isCut = false
          throw new Error('the line is dropped')
        }
      },
    }
    const proxy = await loopbackProxy(vault.server.address, rules)
    endings.push(proxy.stop)
    const { connector, mount } = await people({ internalUrl: proxy.address })
    const order = orderFor(connector)
    await connector.provision(order)
    await enforce(mount)
    isCut = true
    await expect(issued(connector, order)).rejects.toMatchObject({ code: 'login-needs-mfa' })
  })
})

test('a person’s user that the vault kept otherwise than it was written is not logged in to', async () => {
  const rules: ProxyRules = {
    request: (passing) => {
      if (passing.path.includes('/users/') && passing.method === 'POST') {
        const { token_explicit_max_ttl: _dropped, ...kept } = JSON.parse(passing.body)
        passing.body = JSON.stringify(kept)
      }
      return undefined
    },
  }
  const proxy = await loopbackProxy(vault.server.address, rules)
  endings.push(proxy.stop)
  const { connector } = await people({ internalUrl: proxy.address })
  await expect(connector.provision(orderFor(connector))).rejects.toMatchObject({ code: 'user-differs' })
  expect(proxy.seen.some((line) => line.includes('/login/ada'))).toBe(false)
})

const asRoot = () => rawCall(vault.server.address, vault.server.rootToken)
/** The server's tokens that logins at this mount made; other mounts of the server have logins at the same time. */
const tokensOf = async (mount: string): Promise<number> => {
  const call = asRoot()
  const { keys } = (await call('GET', 'auth/token/accessors?list=true')).body.data
  const found = await Promise.all(
    keys.map((accessor: string) => call('POST', 'auth/token/lookup-accessor', { accessor })),
  )
  return found.filter(({ body }) => body.data?.path.startsWith(`auth/${mount}/login/`)).length
}

test('a login that is only tried leaves a disarmed user and no token', async () => {
  const { connector, mount } = await people()
  const order = orderFor(connector)
  await connector.provision(order)
  expect(await tokensOf(mount)).toBe(0)
  const user = await asRoot()('GET', `auth/${mount}/users/${order.account}`)
  expect(user.body.data).toMatchObject({ token_policies: [], token_ttl: 60 })
  await issued(connector, order)
  expect(await tokensOf(mount)).toBe(1)
})
