import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Deps } from '../../src/app/deps.ts'
import { lookAtFetchLink, redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import { evidenceOf } from '../../src/domain/outage.ts'
import { timestamp } from '../../src/domain/time.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'

// A real rate quota: the vault answers 429 to what it has not done.

let vault: TestVault
const connectors: VaultConnector[] = []
beforeAll(async () => {
  vault = await openBao()
  await vault.admin('POST', 'kv/data/apps/db', { data: { password: 'the-secret' } })
})
afterEach(async () => {
  for (const name of ['people', 'bot']) await vault.admin('DELETE', `sys/quotas/rate-limit/${name}`)
  for (const connector of connectors.splice(0)) await connector.close()
})
afterAll(() => vault.stop())

const open = () => {
  const connector = connectorTo(vault.prepared)
  connectors.push(connector)
  return connector
}
const limit = (name: string, path: string, rate: number, interval = '1s') =>
  vault.admin('POST', `sys/quotas/rate-limit/${name}`, { path, rate, interval })

const lookedUp = z.object({ data: z.object({ expire_time: z.string() }) })

let count = 0
const provisioned = async (connector: VaultConnector) => {
  const grant = grantId(`g${++count}`)
  const items = [{ resource: resourceId('db'), type: 'secret', path: 'kv/apps/db', permission: 'read' }]
  const plan = connector.plan(items)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const account = connector.drawAccount(personId(`p${count}`))
  const until = timestamp(Date.now() + 600_000)
  const order = { grant, account, items, plan: plan.value, until, handle: connector.draw(grant, undefined) }
  await connector.provision(order)
  return order
}

describe('a link whose credential the vault refuses for now', () => {
  let world: LinkWorld
  let isLost = false
  let login: (() => Promise<unknown>) | undefined
  beforeAll(async () => {
    const before = async (line: string) => {
      const meanwhile = line.startsWith('POST auth/userpass/') ? login : undefined
      if (meanwhile) login = undefined
      await meanwhile?.()
    }
    const response = (text: string, path: string) => {
      if (isLost && path.startsWith('auth/userpass/login/') && text.includes('wrap_info')) throw new Error('lost')
      return text
    }
    world = await linkWorld({ rules: { before, response } })
    await world.admin('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
  })
  afterEach(async () => {
    isLost = false
    await world.admin('DELETE', 'sys/quotas/rate-limit/people')
  })
  afterAll(() => world.stop())
  const limitTo = (rate: number, interval: string) =>
    world.admin('POST', 'sys/quotas/rate-limit/people', { path: 'auth/userpass/', rate, interval })
  const refuseAll = async () => {
    await limitTo(1, '300s')
    await world.admin('POST', 'auth/userpass/login/nobody', { password: 'x' }).catch(() => {})
  }
  const linkOf = async (nonce: string) => world.store.link({ hash: world.deps.hash(nonce) })
  const works = async (grant: Parameters<LinkWorld['read']>[0], answer: Awaited<ReturnType<LinkWorld['press']>>) =>
    answer.kind === 'credential' ? world.read(grant, answer.credential.wrappingToken.reveal()) : answer.kind

  test('stays usable in the browser that used it, gives one credential, and then no more', async () => {
    const grant = await world.grantFor('ada')
    const nonce = await world.open(grant)
    await refuseAll()
    for (let turn = 0; turn < 3; turn += 1) {
      const refused = await world.press(nonce, 'hers')
      expect(refused).toEqual({ kind: 'not-yet', after: expect.any(Number) })
      expect(await lookAtFetchLink(world.deps)(nonce, 'hers')).toMatchObject({ kind: 'ready' })
      expect(await lookAtFetchLink(world.deps)(nonce, 'theirs')).toMatchObject({ kind: 'used' })
    }
    expect(world.minted(grant)).toEqual([])
    await world.admin('DELETE', 'sys/quotas/rate-limit/people')
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => world.press(nonce, 'hers')))
    expect(answers.filter(({ kind }) => kind === 'credential')).toHaveLength(1)
    expect(world.minted(grant)).toHaveLength(1)
    for (const answer of answers) if (answer.kind === 'credential') expect(await works(grant, answer)).toBe(200)
    expect(await world.press(nonce, 'hers')).toMatchObject({ kind: 'redeemed-here' })
    expect(world.minted(grant)).toHaveLength(1)
    expect((await linkOf(nonce))?.misusedAt).toBeUndefined()
  })

  test('gives nothing more once another browser pressed it, and that is told', async () => {
    const grant = await world.grantFor('grete')
    const nonce = await world.open(grant)
    await refuseAll()
    expect(await world.press(nonce, 'hers')).toMatchObject({ kind: 'not-yet' })
    expect(await world.press(nonce, 'theirs')).toMatchObject({ kind: 'used', isReported: true })
    await world.admin('DELETE', 'sys/quotas/rate-limit/people')
    expect(await world.press(nonce, 'hers')).toMatchObject({ kind: 'used', isReported: true })
    await world.settled(grant)
    expect(world.minted(grant)).toEqual([])
    expect(await works(grant, await world.press(await world.open(grant), 'hers'))).toBe(200)
  })

  test.each(['after', 'before'])(
    'is over for good when a newer one is opened %s the vault refused it',
    async (when) => {
      const grant = await world.grantFor(`hedy-${when}`)
      const old = await world.open(grant)
      await refuseAll()
      let newer = ''
      const open = async () => {
        newer = await world.open(grant)
      }
      if (when === 'before') login = open
      expect(await world.press(old, 'stranger')).toMatchObject({ kind: when === 'before' ? 'failed' : 'not-yet' })
      if (when === 'after') await open()
      await world.admin('DELETE', 'sys/quotas/rate-limit/people')
      const hers = await world.press(newer, 'hers')
      expect(await lookAtFetchLink(world.deps)(old, 'stranger')).toMatchObject({ kind: 'redeemed-here' })
      expect(await world.press(old, 'stranger')).toMatchObject({ kind: 'redeemed-here' })
      expect(world.minted(grant)).toHaveLength(1)
      expect(await works(grant, hers)).toBe(200)
    },
  )

  test('asks for the sign-in again where its browser is no longer known to be the person’s', async () => {
    const grant = await world.grantFor('ida')
    const deps: Deps = { ...world.deps, settings: { ...world.deps.settings, linkConfirm: 'sign-in' } }
    const nonce = await world.open(grant)
    const [press, look] = [redeemFetchLink(deps), lookAtFetchLink(deps)]
    await refuseAll()
    expect(await press(nonce, 'hers', personId('ida'))).toMatchObject({ kind: 'not-yet' })
    await world.admin('DELETE', 'sys/quotas/rate-limit/people')
    for (const who of [undefined, personId('grace')]) {
      expect(await look(nonce, 'hers', who)).toEqual({ kind: 'sign-in-first' })
      expect(await press(nonce, 'hers', who)).toEqual({ kind: 'sign-in-first' })
    }
    expect(await look(nonce, 'hers', personId('ida'))).toMatchObject({ kind: 'ready' })
    expect(await works(grant, await press(nonce, 'hers', personId('ida')))).toBe(200)
  })

  test('is spent when the answer to the login is lost: there may be a credential that nobody saw', async () => {
    const grant = await world.grantFor('emmy')
    const nonce = await world.open(grant)
    isLost = true
    expect(await world.press(nonce, 'hers')).toEqual({ kind: 'failed' })
    isLost = false
    expect(await world.press(nonce, 'hers')).toMatchObject({ kind: 'redeemed-here' })
    expect(world.minted(grant)).toEqual([])
  })

  test('is not used up when eight people fetch at once under a quota', async () => {
    const grants = await Promise.all(Array.from({ length: 8 }, (_, index) => world.grantFor(`person-${index}`)))
    const nonces = await Promise.all(grants.map((grant) => world.open(grant)))
    await limitTo(12, '1s')
    const answers = await Promise.all(
      nonces.map(async (nonce) => {
        const first = await world.press(nonce, 'theirs')
        return first.kind === 'not-yet' ? world.press(nonce, 'theirs') : first
      }),
    )
    await world.admin('DELETE', 'sys/quotas/rate-limit/people')
    for (const [index, grant] of grants.entries()) {
      const answer = answers[index]
      expect(answer && (await works(grant, answer))).toBe(200)
      expect(world.minted(grant)).toHaveLength(1)
    }
  })
})

describe('a rate quota', () => {
  test('on the logins of people delays eight credentials fetched at once, and costs none', async () => {
    const connector = open()
    const orders = []
    for (let n = 0; n < 8; n += 1) orders.push(await provisioned(connector))
    await limit('people', 'auth/userpass/', 12)
    const issued = await Promise.all(
      orders.map((order) => connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })),
    )
    await vault.admin('DELETE', 'sys/quotas/rate-limit/people')
    for (const [index, { credential, handle }] of issued.entries()) {
      const order = orders[index]
      if (!order) throw new Error('as many were issued as were asked for')
      const token = await connector.reveal({ ...order, handle }, credential.wrappingToken)
      const headers = { 'X-Vault-Token': token.reveal() }
      const seen = await fetch(`${vault.server.address}/v1/auth/token/lookup-self`, { headers })
      const { data } = lookedUp.parse(await seen.json())
      // However long the vault had it waited for, the token does not outlive what was approved.
      expect(Date.parse(data.expire_time)).toBeLessThan(order.until + 1_500)
      expect((await fetch(`${vault.server.address}/v1/kv/data/apps/db`, { headers })).status).toBe(200)
    }
  })

  test('on the login of the bot delays it', async () => {
    await limit('bot', 'auth/approle/', 1, '2s')
    await vault.admin('POST', 'auth/approle/login', {}).catch(() => {}) // uses up what there is
    const connector = open()
    await expect(connector.checkRights()).resolves.toBeInstanceOf(Array)
  })

  test('on the login of the bot that lasts concerns the whole vault', async () => {
    await vault.admin('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
    await limit('bot', 'auth/approle/', 1, '300s')
    await vault.admin('POST', 'auth/approle/login', {}).catch(() => {})
    const refused = expect(open().checkRights()).rejects
    await refused.toMatchObject({ code: 'login-limited', transient: true, retryAfter: expect.any(Number) })
    expect(evidenceOf('login-limited')).toBe('outage')
  })

  test('that asks for longer than anybody waits is said at once, and is no other failure', async () => {
    const connector = open()
    const order = await provisioned(connector)
    await vault.admin('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
    await limit('people', 'auth/userpass/', 1, '300s')
    await vault.admin('POST', 'auth/userpass/login/nobody', { password: 'x' }).catch(() => {})
    const began = Date.now()
    const issue = connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })
    await expect(issue).rejects.toMatchObject({ code: 'rate-limited', transient: true })
    expect(Date.now() - began).toBeLessThan(10_000)
  })
})
