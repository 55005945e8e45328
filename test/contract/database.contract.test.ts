import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leaseFindings } from '../../src/cli/doctor/leases.ts'
import { printStatements } from '../../src/cli/vault/statements.ts'
import { vaultCalls } from '../../src/connectors/vault/calls.ts'
import { vaultClient } from '../../src/connectors/vault/client.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { namesLent } from '../../src/connectors/vault/contained/layout.ts'
import { revocationStatements } from '../../src/connectors/vault/database-statements.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { transport } from '../../src/connectors/vault/transport.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import type { Credential } from '../../src/domain/credential.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'
import { breakLease, databaseEngine, rawStorage } from '../support/database-engine.ts'
import { eventually } from '../support/eventually.ts'
import { writeLent } from '../support/lent-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { type PostgresLogin, type PostgresServer, startPostgres } from '../support/postgres.ts'
import { runCli } from '../support/run-cli.ts'
import { everythingAt } from '../support/walk-vault.ts'

// Access to a database through OpenBao and a real PostgreSQL. The build of HashiCorp Vault that the tests know has no
// database plugin.

let vault: TestVault
let postgres: PostgresServer
let prepared: PreparedVault
let connector: VaultConnector
let endless: VaultConnector
let count = 0

beforeAll(async () => {
  ;[vault, postgres] = await Promise.all([openBao({}, rawStorage), startPostgres()])
  await databaseEngine(vault.admin, postgres)
  const corner = { databaseMounts: ['database'], kvMounts: [], transitMounts: [] }
  const ready = { roleName: 'ready', policyName: 'ready', optionalRights: ['revoke-tokens', 'stuck-leases'] } as const
  prepared = await vault.prepare({ ...corner, ...ready })
  connector = connectorTo(prepared)
  endless = connectorTo(await vault.prepare({ ...corner, roleName: 'endless', policyName: 'endless' }))
})
afterAll(async () => {
  await connector.close()
  await endless.close()
  await vault.stop()
  await postgres.stop()
})

const item = { resource: resourceId('r'), type: 'database', path: 'database/app', permission: 'connect' }
const newOrder = (lasting = 600, by = connector): Order => {
  const plan = by.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`grant${++count}`)
  const until = after(timestamp(Date.now()), seconds(lasting))
  const account = by.drawAccount(personId('jane'))
  return { grant, account, handle: by.draw(grant, undefined), items: [item], plan: plan.value, until }
}

const loginFrom = async ({ wrappingToken }: Pick<Credential, 'wrappingToken'>): Promise<PostgresLogin> => {
  const { body } = await rawCall(vault.server.address, wrappingToken.reveal())('POST', 'sys/wrapping/unwrap')
  const answer = await rawCall(vault.server.address, body.auth.client_token)('GET', 'database/creds/app')
  return { user: answer.body.data.username, password: answer.body.data.password }
}
/** A person who has fetched, and has made a login. */
const fetched = async (order: Order, by = connector) => {
  const drawn = by.draw(order.grant, order.handle, 'issue')
  const { credential, handle } = await by.issue({ ...order, handle: drawn })
  return { order: { ...order, handle }, login: await loginFrom(credential), credential }
}
const given = async (lasting?: number, by = connector) => {
  const order = newOrder(lasting, by)
  await by.provision(order)
  return fetched(order, by)
}
const mayConnect = (login: PostgresLogin): Promise<boolean> =>
  postgres.connect(login).then(
    (client) =>
      client
        .query('SELECT * FROM orders')
        .then(
          () => true,
          () => false, // the login was dropped in this moment
        )
        .finally(() => client.end()),
    () => false,
  )
const isOver = (login: PostgresLogin, limit?: number) =>
  eventually(async () => !(await mayConnect(login)), { ...(limit !== undefined && { limit }) })

describe('what is on offer', () => {
  test('each role, with how long a login lives and what its end leaves behind', async () => {
    expect(await everythingAt(connector)).toEqual([
      {
        ...{ type: 'database', path: 'database/app', permissions: ['connect'] },
        description:
          'logins at postgres; each lives 1 hour at most; the end closes open sessions; the end gives away what a login owns',
      },
      {
        ...{ type: 'database', path: 'database/plain', permissions: ['connect'] },
        description:
          'logins at postgres; each lives 1 hour at most; open sessions go on after the end; a login that owns something outlives the end',
      },
    ])
  })

  test('with a caveat where the role is gone, or its end leaves more than was shown', async () => {
    const write = (statements: readonly string[]) =>
      vault.admin('POST', 'database/roles/changing', {
        ...{ db_name: 'postgres', creation_statements: ['SELECT 1'], default_ttl: '1h', max_ttl: '2h' },
        revocation_statements: statements,
      })
    const caveats = () => connector.caveats({ type: 'database', path: 'database/changing', permission: 'connect' })
    await write([revocationStatements])
    await everythingAt(connector)
    expect(await caveats()).toEqual([])
    await write([])
    expect(await caveats()).toEqual(['role-changed'])
    await everythingAt(connector)
    expect(await caveats()).toEqual([])
    await vault.admin('DELETE', 'database/roles/changing')
    expect(await caveats()).toEqual(['role-gone'])
  })

  test('nothing, with the reason, where the bot may not end tokens; then nothing is given either', async () => {
    const reason = expect.stringContaining('revoke-tokens')
    expect(await everythingAt(endless)).toMatchObject([{ obstacle: reason }, { obstacle: reason }])
    expect(await endless.checkRights()).toContainEqual(expect.stringContaining('auth/token/revoke-accessor'))
    const order = newOrder()
    await expect(endless.provision(order)).rejects.toMatchObject({ code: 'rights-missing', transient: false })
    await expect(endless.issue(order)).rejects.toMatchObject({ code: 'rights-missing' })
  })

  test('nothing for a workload: nobody here could end its tokens', () => {
    expect(
      connectorTo(vault.prepared, { databaseMounts: ['database'], workloads: { approleMount: 'jobs' } }).plan([item], {
        kind: 'job',
      }),
    ).toEqual({ ok: false, refusal: { code: 'workload-refused', fault: { why: 'people-only', path: 'database/app' } } })
  })
})

describe('the end of access to a database', () => {
  test.each(['planned', 'early', 'cut', 'withdrawn', 'after somebody deleted its policy'] as const)(
    'drops the login: %s',
    async (way) => {
      const { order, login } = await given()
      expect(await mayConnect(login)).toBe(true)
      if (way === 'cut') await connector.cut(order.handle)
      else if (way === 'withdrawn') expect((await connector.withdraw(order)).proof.means).toBe('accessor')
      else {
        const [policy] = [order.handle.policies].flat()
        if (way.startsWith('after')) await vault.admin('DELETE', `sys/policies/acl/${policy}`)
        expect((await connector.revoke(order, way === 'early')).means).toBe('accessor')
        expect((await connector.revoke(order, true)).means).toBe('accessor') // as after a kill in between
      }
      await isOver(login)
    },
  )

  test('comes with the token’s own end, whatever the lease says', async () => {
    const { login } = await given(3)
    expect(await mayConnect(login)).toBe(true)
    await isOver(login)
  })

  test('is not proved where the bot may not end the tokens any more, and is tried again', async () => {
    const { order, login } = await given()
    const rules = await vault.admin('GET', 'sys/policies/acl/ready')
    await vault.admin('PUT', 'sys/policies/acl/ready', { policy: withoutRevoking(rules) })
    await expect(connector.revoke(order, true)).rejects.toMatchObject({ code: 'denied' })
    expect(await mayConnect(login)).toBe(true)
    await vault.admin('PUT', 'sys/policies/acl/ready', { policy: rulesIn(rules) })
    await connector.revoke(order, true)
    await isOver(login)
  })

  test('comes for whoever opens the credential on its way, before anybody was shown it', async () => {
    const order = newOrder()
    await connector.provision(order)
    let wrapping = ''
    const stolen: PostgresLogin[] = []
    const proxy = await loopbackProxy(vault.server.address, {
      response: (text, path) => {
        if (path.startsWith('auth/userpass/login/')) wrapping = JSON.parse(text).wrap_info?.token ?? wrapping
        return text
      },
      before: async (line) => {
        if (line !== 'POST sys/wrapping/lookup' || stolen.length > 0) return
        stolen.push(await loginFrom({ wrappingToken: secret(wrapping) }))
      },
    })
    const slow = connectorTo(prepared, { internalUrl: proxy.address })
    const handle = slow.draw(order.grant, order.handle, 'issue')
    await expect(slow.issue({ ...order, handle })).rejects.toMatchObject({ code: 'spent-unseen' })
    expect(stolen).toHaveLength(1)
    for (const login of stolen) await isOver(login)
    await slow.close()
    await proxy.stop()
  })

  test('is another access’s business: a new fetch ends the earlier login, an extension’s own end only its own', async () => {
    const first = await given()
    const again = await fetched(first.order)
    await isOver(first.login)
    const extension = await given()
    await connector.revoke(again.order, false)
    await isOver(again.login)
    expect(await mayConnect(extension.login)).toBe(true)
    await connector.revoke(extension.order, false)
    await isOver(extension.login)
  })

  test('while PostgreSQL is down: the token is gone at once, and the login as soon as PostgreSQL is back', async () => {
    const { order, login } = await given()
    await postgres.goAway()
    expect((await connector.revoke(order, true)).means).toBe('accessor')
    await postgres.comeBack()
    expect(await mayConnect(login)).toBe(true) // the vault tries again after a quarter of a minute
    await isOver(login, 45_000)
  })
})

describe('a lease that the vault has given up', () => {
  test('is seen with its resource, the vault’s words and the command that ends it, until that was run', async () => {
    expect(await endless.stuckLeases?.()).toBeUndefined() // it may not look
    expect(await connector.stuckLeases?.()).toEqual([])
    const root = rawCall(vault.server.address, vault.server.rootToken)
    const lease: string = (await root('GET', 'database/creds/app')).body.lease_id
    const mend = await breakLease(vault.admin, lease)
    await root('POST', 'sys/leases/revoke', { lease_id: lease, sync: false })
    const stuck = await eventually(async () => (await connector.stuckLeases?.())?.[0])
    expect(stuck).toMatchObject({ lease, path: 'database/app', command: `bao lease revoke -sync ${lease}` })
    expect(stuck.reason).toContain('no handler for route')
    expect(await findings()).toContainEqual(
      expect.objectContaining({ state: 'missing', what: 'vault v: leases of database/app', remedy: stuck.command }),
    )
    await mend()
    await root('POST', 'sys/leases/revoke', { lease_id: lease, sync: true })
    expect(await connector.stuckLeases?.()).toEqual([])
  })

  test('is no surprise where doctor’s advice was followed: the printed command gives a role the statements', async () => {
    expect(await findings()).toContainEqual(
      expect.objectContaining({
        ...{ state: 'optional', what: 'vault v: database/plain' },
        remedy: 'latchkey vault database-statements --role database/plain | sh',
      }),
    )
    const environment = { BAO_ADDR: vault.server.address, BAO_TOKEN: vault.server.rootToken }
    const words = ['vault', 'setup', '--apply', '--database', 'database', '--no-kv', '--no-transit']
    const { code, out } = await runCli(words, { environment })
    expect([code, out.match(/latchkey vault database-statements .*/g)]).toEqual([
      0,
      ['latchkey vault database-statements --role database/plain | sh'],
    ])
    expect(out).toContain('Nothing of a database mount is offered without --with revoke-tokens')
    const said: string[] = []
    const io = { environment: {}, say: (text = '') => void said.push(text) }
    printStatements({ role: 'database/plain' }, io)
    const [first = '', ...sql] = said.join('\n').split('\n')
    expect(first).toBe("bao write database/roles/plain revocation_statements=- <<'EOF'")
    const statements = sql.slice(0, -1).join('\n')
    const root = rawCall(vault.server.address, vault.server.rootToken)
    await root('POST', 'database/roles/plain', { revocation_statements: statements })
    const { body } = await root('GET', 'database/roles/plain')
    expect(body.data.revocation_statements).toEqual([statements])
    expect(body.data.creation_statements).toHaveLength(1) // the rest of the role stays
    expect((await findings()).map(({ what }) => what)).toEqual(['vault v: leases'])
    const widening = 'REASSIGN OWNED BY "{{name}}" TO app_owner'
    await root('POST', 'database/roles/plain', { revocation_statements: [statements, widening] })
    const text = 'at the end, views and functions of a login then work with the rights of app_owner'
    expect(await findings()).toContainEqual(expect.objectContaining({ found: expect.stringContaining(text) }))
    await root('POST', 'database/roles/plain', { revocation_statements: statements })
  })
})

test('a bot that only lends offers, gives and ends it too', async () => {
  const gives = [{ type: 'database', path: 'database/app', permissions: ['connect'] }]
  const contained = {
    policies: [{ name: 'lend-app', gives }],
    roles: [{ name: 'latchkey-lend', policies: ['lend-app'], longest: '8h' }],
  }
  const place = { internalUrl: vault.server.address, credentials: { folder: '/nowhere' }, databaseMounts: ['database'] }
  const settings = { ...place, kvMounts: [], transitMounts: [], contained, namePrefix: 'latchkey-' }
  const parsed = vaultParams.parse(settings).contained
  if (!parsed) throw new Error('It lends.')
  const corner = { databaseMounts: ['database'], kvMounts: [], transitMounts: [], prefix: 'latchkey-' }
  const lends = namesLent(parsed)
  const prepared = await vault.prepare({ ...corner, roleName: 'lender', policyName: 'lender', lends })
  await writeLent(vault.admin, settings)
  const lender = connectorTo(prepared, { contained })
  const [app] = await everythingAt(lender)
  expect(app).toMatchObject({ path: 'database/app', permissions: ['connect'] })
  expect(app).not.toHaveProperty('obstacle')
  const first = await given(600, lender)
  expect(await mayConnect(first.login)).toBe(true)
  const again = await fetched(first.order, lender)
  await isOver(first.login)
  await lender.revoke(again.order, true)
  await isOver(again.login)
  const cut = await given(600, lender)
  await lender.cut(cut.order.handle)
  await isOver(cut.login)
  await lender.close()
})

test('kill-all drops the logins too', async () => {
  const { login } = await given()
  const environment = { BAO_ADDR: vault.server.address, BAO_TOKEN: vault.server.rootToken }
  const words = ['vault', 'kill-all', '--yes', '--prefix', 'apono-', '--users-mount', 'userpass']
  expect((await runCli(words, { environment })).out).toContain('removed, tokens revoked')
  await isOver(login)
})

/** What doctor says about leases and roles, with the bot’s own rights. */
const findings = async () => {
  const root = rawCall(vault.server.address, vault.server.rootToken)
  const token = (await root('POST', 'auth/token/create', { policies: ['ready'] })).body.auth.client_token
  const send = vaultClient({ address: vault.server.address, transport: transport() })
  const calls = vaultCalls((call) => send({ ...call, token: secret(token) }))
  return leaseFindings('vault v', { databaseMounts: ['database'], pkiMounts: [], namespace: undefined }, calls, true)
}

const rulesIn = (answer: unknown): string => {
  const { data } = JSON.parse(JSON.stringify(answer))
  return data.policy
}
const withoutRevoking = (answer: unknown): string => {
  const { path } = JSON.parse(rulesIn(answer))
  return JSON.stringify({ path: { ...path, 'auth/token/revoke-accessor': { capabilities: ['deny'] } } })
}
