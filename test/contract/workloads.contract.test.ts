import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { Handle } from '../../src/domain/connector.ts'
import { namesIn } from '../../src/domain/connector.ts'
import type { Credential } from '../../src/domain/credential.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import { type Workload, type WorkloadWish, workloadFor } from '../../src/domain/workload.ts'
import type { Order } from '../../src/ports.ts'
import { breakingProxy } from '../support/breaking-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { type WorkloadLogins, workloadLogins, workloadMounts, workloadsOffered } from '../support/workload-logins.ts'

let vault: TestVault
let logins: WorkloadLogins
let connector: VaultConnector
let folder: string

beforeAll(async () => {
  vault = await openBao({
    ...{ workloadMounts, optionalRights: ['workloads', 'list-policies', 'revoke-tokens'] },
  })
  folder = await mkdtemp(join(tmpdir(), 'latchkey-workloads-'))
  logins = await workloadLogins(vault, folder)
  logins.cluster.addAccount('shop', 'payments')
  logins.cluster.addAccount('shop', 'invoices')
  logins.cluster.addAccount('billing', 'payments')
  connector = connectorTo(vault.prepared, { workloads: workloadsOffered })
  for (const name of ['db', 'other']) await vault.admin('POST', `kv/data/apps/${name}`, { data: { value: 'example' } })
})
afterAll(async () => {
  await connector.close()
  await logins.stop()
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})

const item: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/apps/db', permission: 'read' }
let count = 0

const workloadOf = (wish: WorkloadWish): Workload => {
  const made = workloadFor(wish, connector.workloads)
  if (!made.ok) throw new Error(made.refusal.code)
  return made.value
}
const orderFor = (workload: Workload, given: Partial<Order> = {}): Order => {
  const plan = connector.plan([item], workload)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`job${++count}`)
  const account = connector.drawAccount(personId('ada'))
  const until = after(timestamp(Date.now()), seconds(600))
  return {
    grant,
    account,
    handle: connector.draw(grant, undefined),
    items: [item],
    plan: plan.value,
    until,
    workload,
    ...given,
  }
}
const again = (order: Order): Order => ({ ...order, handle: connector.draw(order.grant, order.handle) })
const newest = (handle: Handle) => namesIn(handle).at(-1) ?? ''

const payments = workloadOf.bind(undefined, {
  ...{ kind: 'kubernetes', mount: 'kubernetes', namespace: 'shop', serviceAccount: 'payments' },
})
const mainBranch = workloadOf.bind(undefined, {
  ...{ kind: 'jwt', mount: 'jwt', claims: { repository: 'acme/shop', ref: 'refs/heads/main' } },
})
const job = workloadOf.bind(undefined, { kind: 'job' })
const service = workloadOf.bind(undefined, { kind: 'approle', cidrs: ['127.0.0.0/8'] })

const read = async (token: string | undefined, path = 'kv/data/apps/db') =>
  (await rawCall(vault.server.address, token ?? '')('GET', path)).status

type Gift = { readonly order: Order; readonly logIn: () => ReturnType<WorkloadLogins['logIn']> }
/** A granted access, and how its own workload logs in. */
const given: Readonly<Record<Workload['kind'], () => Promise<Gift>>> = {
  kubernetes: async () => {
    const order = orderFor(payments())
    await connector.provision(order)
    const role = newest(order.handle)
    return {
      order,
      logIn: async () =>
        logins.logIn('kubernetes', { role, jwt: await logins.cluster.tokenFor('shop', 'payments', 'vault') }),
    }
  },
  jwt: async () => {
    const order = orderFor(mainBranch())
    await connector.provision(order)
    const role = newest(order.handle)
    const jwt = await logins.jwt({ repository: 'acme/shop', ref: 'refs/heads/main' })
    return { order, logIn: () => logins.logIn('jwt', { role, jwt }) }
  },
  job: () => fetched(job()),
  approle: () => fetched(service()),
}
const fetched = async (workload: Workload): Promise<Gift & { credential: Credential; secret_id: string }> => {
  const first = orderFor(workload)
  await connector.provision(first)
  const order = again(first)
  const { credential, handle } = await connector.issue(order)
  const secret_id = await logins.unwrap(credential.wrappingToken.reveal())
  const role_id = credential.appRole?.roleId
  const logIn = () => logins.logIn('latchkey-workloads', { role_id, secret_id })
  return { order: { ...order, handle }, logIn, credential, secret_id }
}

describe.each(['kubernetes', 'jwt', 'job', 'approle'] as const)('access of a workload: %s', (kind) => {
  test('opens exactly what was granted, and nothing after the end, which may be repeated', async () => {
    const { order, logIn } = await given[kind]()
    const { token, said } = await logIn()
    expect([await read(token), said]).toEqual([200, said])
    expect(await read(token, 'kv/data/apps/other')).toBe(403)
    expect(await connector.inspect(order.handle, order.plan, undefined, order.workload)).toBe('sound')
    const self = await rawCall(vault.server.address, token ?? '')('GET', 'auth/token/lookup-self')
    expect(self.body.data.policies).toEqual([newest(order.handle)])
    expect(self.body.data.explicit_max_ttl).toBeLessThanOrEqual(600)

    const proof = await connector.revoke(order, true)
    expect(proof.means).toBe(kind === 'kubernetes' || kind === 'jwt' ? 'readback' : 'canary')
    expect(await read(token)).toBe(403)
    expect((await logIn()).token).toBeUndefined()
    expect(await connector.inspect(order.handle, order.plan, undefined, order.workload)).toBe('missing')
    expect((await connector.revoke(order, true)).means).toBe('readback')
  })

  test('is powerless at once by a cut, and a role without its policy is a leftover that goes', async () => {
    const { order, logIn } = await given[kind]()
    const { token } = await logIn()
    await connector.cut(order.handle)
    expect(await read(token)).toBe(403)
    const name = newest(order.handle)
    expect(await connector.leftovers()).toContainEqual({ name, kind: 'policy', grant: order.grant })
    expect(await connector.remove({ name, kind: 'policy' })).toBe(true)
    expect(await connector.remove({ name, kind: 'policy' })).toBe(false)
    expect((await logIn()).token).toBeUndefined()
    expect(await connector.leftovers()).not.toContainEqual(expect.objectContaining({ name }))
  })

  test('is not given where its role was changed or removed, and a role is never made again under an old name', async () => {
    const { order } = await given[kind]()
    const mount = kind === 'kubernetes' || kind === 'jwt' ? kind : 'latchkey-workloads'
    const role = `auth/${mount}/role/${newest(order.handle)}`
    const needed = kind === 'jwt' && { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['vault'] }
    await vault.admin('POST', role, { ...needed, token_policies: [newest(order.handle), 'root-like'] })
    expect(await connector.inspect(order.handle, order.plan, undefined, order.workload)).toBe('altered')
    await vault.admin('DELETE', role)
    expect(await connector.inspect(order.handle, order.plan, undefined, order.workload)).toBe('missing')
    const next = again(order)
    await connector.provision(next)
    expect(await vault.admin('GET', role).catch(() => undefined)).toBeUndefined()
    expect(await connector.inspect(next.handle, next.plan, undefined, next.workload)).toBe('sound')
    await connector.revoke(next, false)
  })
})

describe('a service account', () => {
  test.each([
    ['another account of the namespace', 'shop', 'invoices', 'vault'],
    ['the same name in another namespace', 'billing', 'payments', 'vault'],
    ['a token for another audience', 'shop', 'payments', 'https://kubernetes.default.svc.cluster.local'],
  ])('does not let %s in', async (_, namespace, name, audience) => {
    const { order } = await given.kubernetes()
    const jwt = await logins.cluster.tokenFor(namespace, name, audience)
    expect((await logins.logIn('kubernetes', { role: newest(order.handle), jwt })).token).toBeUndefined()
    await connector.revoke(order, false)
  })
})

describe('a pipeline', () => {
  test.each([
    ['another branch', { repository: 'acme/shop', ref: 'refs/heads/feature' }],
    ['another repository', { repository: 'acme/other', ref: 'refs/heads/main' }],
    ['a branch whose name only begins so', { repository: 'acme/shop', ref: 'refs/heads/main2' }],
    ['a token without the claim', { repository: 'acme/shop' }],
    ['a token for another audience', { repository: 'acme/shop', ref: 'refs/heads/main' }, 'https://other.example'],
  ])('does not let %s in', async (_, claims, audience?: string) => {
    const { order } = await given.jwt()
    const jwt = await logins.jwt(claims, audience)
    expect((await logins.logIn('jwt', { role: newest(order.handle), jwt })).token).toBeUndefined()
    await connector.revoke(order, false)
  })
})

describe('a secret_id', () => {
  test('of a job logs in once, and lives no longer than the access even if nobody ends it', async () => {
    const { order, logIn, credential } = await fetched(job())
    expect(credential.signInUrl).toBeUndefined()
    expect(credential.appRole).toMatchObject({ uses: 'once' })
    const first = await logIn()
    expect(await read(first.token)).toBe(200)
    expect((await logIn()).status).toBe(400)
    const { body } = await rawCall(vault.server.address, first.token ?? '')('GET', 'auth/token/lookup-self')
    const loginBy = credential.appRole?.loginBy ?? 0
    expect(loginBy + body.data.explicit_max_ttl * 1000).toBeLessThanOrEqual(order.until + 1000)
    await connector.revoke(order, true)
  })

  test('of a service logs in often; fetching again makes another, and everything earlier is dead', async () => {
    const { order, logIn } = await fetched(service())
    const tokens = [(await logIn()).token, (await logIn()).token]
    expect(await Promise.all(tokens.map((token) => read(token)))).toEqual([200, 200])
    const next = again(order)
    const { credential, handle } = await connector.issue(next)
    const secret_id = await logins.unwrap(credential.wrappingToken.reveal())
    const fresh = await logins.logIn('latchkey-workloads', { role_id: credential.appRole?.roleId, secret_id })
    expect(await read(fresh.token)).toBe(200)
    expect(await Promise.all(tokens.map((token) => read(token)))).toEqual([403, 403])
    expect((await logIn()).token).toBeUndefined()
    await connector.revoke({ ...next, handle }, true)
    expect(await read(fresh.token)).toBe(403)
  })

  test('works only from its networks, and then the end is proved by reading back', async () => {
    const { order, logIn } = await fetched(workloadOf({ kind: 'approle', cidrs: ['10.99.0.0/16', '10.99.0.1/32'] }))
    expect((await logIn()).token).toBeUndefined()
    expect(await connector.inspect(order.handle, order.plan, undefined, order.workload)).toBe('sound')
    expect((await connector.revoke(order, true)).means).toBe('readback')
  })

  test('that was opened on its way is never shown, and a withdrawal ends it without ending the access', async () => {
    const { order, logIn } = await fetched(job())
    const { token } = await logIn()
    const { handle, proof } = await connector.withdraw(order)
    expect([proof.means, namesIn(handle)]).toEqual(['canary', []])
    expect(await read(token)).toBe(403)
    const next = again({ ...order, handle })
    const { credential } = await connector.issue(next)
    const secretId = await connector.reveal(next, credential.wrappingToken)
    expect(secretId.reveal()).toMatch(/^[0-9a-f-]{36}$/)
    await expect(connector.reveal(next, credential.wrappingToken)).rejects.toMatchObject({ code: 'spent-unseen' })
    await connector.revoke(next, true)
  })
})

describe('the plan', () => {
  test('covers who uses it, so that another workload is another plan', async () => {
    const workloads = [undefined, job(), service(), payments(), mainBranch()]
    const plans = workloads.map((workload) => connector.plan([item], workload))
    expect(new Set(plans.map((plan) => plan.ok && plan.value.hash)).size).toBe(workloads.length)
    expect(new Set(plans.map((plan) => plan.ok && plan.value.document)).size).toBe(1)
    const order = orderFor(job())
    await expect(connector.provision({ ...order, workload: service() })).rejects.toMatchObject({ code: 'plan-changed' })
    expect(await connector.leftovers()).not.toContainEqual(expect.objectContaining({ grant: order.grant }))
  })

  test('of what is not offered any more is refused, and its live access still ends', async () => {
    const { order, logIn } = await given.kubernetes()
    const less = connectorTo(vault.prepared, {
      workloads: { ...workloadsOffered, kubernetes: [{ ...workloadsOffered.kubernetes[0], namespaces: ['billing'] }] },
    })
    expect(less.plan([item], order.workload)).toMatchObject({ ok: false, refusal: { code: 'workload-refused' } })
    await expect(less.provision(again(order))).rejects.toMatchObject({ code: 'not-offered' })
    const none = connectorTo(vault.prepared)
    expect((await none.revoke(order, true)).means).toBe('readback')
    expect((await logIn()).token).toBeUndefined()
    await Promise.all([less.close(), none.close()])
  })

  test('of a workload without the optional right writes no role, and says which right is missing', async () => {
    const poor = await vault.prepare({ roleName: 'poor', policyName: 'apono-poor', optionalRights: [] })
    const without = connectorTo(poor, { workloads: workloadsOffered })
    await expect(without.provision(orderFor(job()))).rejects.toMatchObject({ code: 'denied' })
    expect((await without.checkRights()).join()).toContain('workloads')
    await without.close()
  })

  test('is noticed when it was left behind; a bot that may not list roles says so', async () => {
    expect((await connector.checkRights()).join()).not.toContain('roles that were left behind')
    const optionalRights = ['workloads', 'list-policies'] as const
    const blind = await vault.prepare({ roleName: 'blind', policyName: 'apono-blind', optionalRights, workloadMounts })
    const place = 'sys/policies/acl/apono-blind'
    const { data } = z.object({ data: z.object({ policy: z.string() }) }).parse(await vault.admin('GET', place))
    const { path } = z.object({ path: z.record(z.string(), z.unknown()) }).parse(JSON.parse(data.policy))
    const less = Object.entries(path).filter(([rule]) => !rule.endsWith('/role'))
    await vault.admin('POST', place, { policy: JSON.stringify({ path: Object.fromEntries(less) }) })
    const bot = connectorTo(blind, { workloads: workloadsOffered })
    expect((await bot.checkRights()).join()).toContain('roles that were left behind')
    await bot.close()
  })
})

describe('a step that is cut off', () => {
  const steps: readonly (readonly [Workload['kind'], 'before' | 'after', string])[] = (
    ['kubernetes', 'jwt', 'job', 'approle'] as const
  ).flatMap((kind) =>
    (['before', 'after'] as const).flatMap((when) =>
      ['POST sys/policies', 'GET sys/policies', 'DELETE sys/policies', 'POST auth', 'GET auth', 'DELETE auth'].map(
        (call) => [kind, when, call] as const,
      ),
    ),
  )

  test.each(steps)(
    'of a %s, %s "%s", leaves nothing that the next try and the end do not take away',
    async (...step) => {
      const [kind, when, call] = step
      const proxy = await breakingProxy(vault.server.address, '/v1/')
      const shaky = connectorTo(vault.prepared, { workloads: workloadsOffered, internalUrl: proxy.address })
      const workload = { kubernetes: payments, jwt: mainBranch, job, approle: service }[kind]()
      const calls = new RegExp(`^${call}/(?!latchkey-approle|approle/login)`)
      const names: string[] = []
      let order = orderFor(workload)
      /** As the reconciler does it: each try draws a name, which is stored before its use. */
      const tried = async (work: (next: Order) => Promise<unknown>) => {
        for (let attempt = 0; attempt < 6; attempt += 1) {
          names.push(newest(order.handle))
          const done = await work(order).then(
            () => true,
            () => false,
          )
          if (done) return
          order = again(order)
        }
        throw new Error('no try succeeded')
      }
      const cut = () => void proxy.once({ when, call: calls }, () => 'cut')
      cut()
      await tried((next) => shaky.provision(next))
      if (kind === 'job' || kind === 'approle') {
        cut()
        order = again(order)
        await tried(async (next) => {
          order = { ...next, handle: (await shaky.issue(next)).handle }
        })
      }
      proxy.forgetHooks()
      expect(await connector.inspect(order.handle, order.plan, undefined, workload)).toBe('sound')
      expect(new Set(names).size).toBe(names.length)
      cut()
      const ended = async () => (await shaky.revoke(order, true)).means
      await ended().catch(ended)
      expect(await connector.leftovers()).not.toContainEqual(expect.objectContaining({ grant: order.grant }))
      await shaky.close()
      await proxy.stop()
    },
  )
})
