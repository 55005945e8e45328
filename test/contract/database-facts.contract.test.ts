import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeStatements, revocationStatements } from '../../src/connectors/vault/database-statements.ts'
import { breakLease, databaseEngine, engineLogin, rawStorage } from '../support/database-engine.ts'
import { eventually } from '../support/eventually.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

// What the product leans on at the database engine of OpenBao, with a real PostgreSQL behind it. The build of HashiCorp
// Vault that the tests know has no database plugin, so there nothing of this can be asked.

let vault: TestVault
let postgres: PostgresServer
let root: RawCall
let count = 0

beforeAll(async () => {
  ;[vault, postgres] = await Promise.all([openBao({}, rawStorage), startPostgres()])
  root = rawCall(vault.server.address, vault.server.rootToken)
  await databaseEngine(vault.admin, postgres)
})
afterAll(async () => {
  await vault.stop()
  await postgres.stop()
})

/** A token with exactly these rights, such as a person would have. */
const tokenWith = async (path: object) => {
  const policy = `test-${++count}`
  await root('PUT', `sys/policies/acl/${policy}`, { policy: JSON.stringify({ path }) })
  const made = await root('POST', 'auth/token/create', { policies: [policy], no_default_policy: true, ttl: '5m' })
  const { client_token: token, accessor } = made.body.auth
  return { call: rawCall(vault.server.address, token), accessor, policy }
}
const reader = (role: string) => tokenWith({ [`database/creds/${role}`]: { capabilities: ['read'] } })

const loginOf = async (call: RawCall, role: string) => {
  const { body } = await call('GET', `database/creds/${role}`)
  return { user: body.data.username, password: body.data.password, lease: body.lease_id, life: body.lease_duration }
}
const isThere = async (user: string) =>
  (await postgres.run('SELECT 1 FROM pg_roles WHERE rolname = $1', [user])).length > 0
const always = () => true
const never = () => false
const ends = (accessor: string) => root('POST', 'auth/token/revoke-accessor', { accessor })

describe('the login of a database role', () => {
  test('says how long its role lets it live, not how long its token does', async () => {
    const { call } = await reader('app')
    expect((await loginOf(call, 'app')).life).toBe(3600) // from a token of five minutes
  })

  test('outlives the policy, and ends with the token', async () => {
    const { call, accessor, policy } = await reader('app')
    const login = await loginOf(call, 'app')
    await root('DELETE', `sys/policies/acl/${policy}`)
    expect((await call('GET', 'database/creds/app')).status).toBe(403)
    await (await postgres.connect(login)).end()
    expect((await ends(accessor)).status).toBe(204)
    expect((await ends(accessor)).body.warnings.join()).toContain('No token found') // so a second call is the proof
    await eventually(async () => !(await isThere(login.user)))
    await expect(postgres.connect(login)).rejects.toThrow(/authentication failed|does not exist/)
  })

  test.each([
    { role: 'plain', left: true },
    { role: 'app', left: false },
  ])(
    'with an open session and a table of its own, by the statements of $role: left is $left',
    async ({ role, left }) => {
      const login = await loginOf(root, role)
      const session = await postgres.connect(login)
      const table = `mine_${++count}`
      await session.query(`CREATE TABLE ${table} (id int)`)
      const { status } = await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: true })
      expect(status).toBe(left ? 400 : 204)
      expect(await session.query('SELECT 1').then(always, never)).toBe(left)
      expect(await isThere(login.user)).toBe(left)
      expect(await postgres.connect(login).then((again) => again.end().then(always), never)).toBe(left)
      const [row] = await postgres.run('SELECT tableowner FROM pg_tables WHERE tablename = $1', [table])
      expect(row?.tableowner).toBe(left ? login.user : `left-${login.user}`)
      await session.end().catch(never)
    },
  )

  test('nobody who reconnects at once slips through our statements, and a login that is gone already is no fault', async () => {
    const login = await loginOf(root, 'app')
    let isOver = false
    const reconnecting = async () => {
      while (!isOver) {
        const session = await postgres.connect(login).catch(() => undefined)
        await session?.query('SELECT pg_sleep(60)').catch(() => {})
        await session?.end().catch(() => {})
      }
    }
    const clients = [reconnecting(), reconnecting(), reconnecting()]
    const sessions = async () =>
      Number(
        (await postgres.run("SELECT count(*) AS n FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"))[0]?.n,
      )
    await eventually(async () => (await sessions()) === 3)
    expect((await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: true })).status).toBe(204)
    expect(await sessions()).toBe(0)
    isOver = true
    await Promise.all(clients)

    const gone = await loginOf(root, 'app')
    const admin = await postgres.connect(engineLogin)
    await admin.query(revocationStatements.replaceAll('{{name}}', gone.user))
    await admin.end()
    expect((await root('POST', 'sys/leases/revoke', { lease_id: gone.lease, sync: true })).status).toBe(204)
  })
})

describe('what a login made, and let everybody use,', () => {
  test('gives the next login nothing after its end: the heir is a role of its own without any rights', async () => {
    const login = await loginOf(root, 'app')
    const session = await postgres.connect(login)
    await session.query(
      `CREATE TABLE kept (id int); INSERT INTO kept VALUES (7); CREATE SCHEMA own;
       CREATE VIEW peek AS SELECT * FROM payroll; GRANT SELECT ON peek, kept TO PUBLIC;
       CREATE FUNCTION run(what text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
         'DECLARE found int; BEGIN EXECUTE what INTO found; RETURN found; END';
       CREATE FUNCTION own.one() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE STATISTICS many ON id, (id + 1) FROM kept`,
    )
    await session.end()
    expect((await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: true })).status).toBe(204)
    expect(await isThere(login.user)).toBe(false)

    const next = await postgres.connect(await loginOf(root, 'app'))
    const refusal = (text: string) => next.query(text).then(() => 'worked', String)
    for (const text of ['SELECT * FROM payroll', 'SELECT * FROM peek', "SELECT run('SELECT id FROM payroll')"])
      expect(await refusal(text)).toContain('permission denied for table payroll')
    expect(await refusal("SELECT run('SELECT id FROM orders')")).toContain('permission denied for table orders')
    expect(await refusal("SELECT run('CREATE TABLE public.x (id int)')")).toContain('permission denied for schema')
    expect((await next.query('SELECT id FROM kept')).rows).toEqual([{ id: 7 }])
    await next.end()
    const heir = `left-${login.user}`
    const [of] = await postgres.run(
      `SELECT rolcanlogin, rolsuper, (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships,
         has_schema_privilege(r.oid, 'public', 'CREATE') AS creates FROM pg_roles AS r WHERE rolname = $1`,
      [heir],
    )
    expect(of).toEqual({ rolcanlogin: false, rolsuper: false, memberships: 0, creates: false })
  })

  test('needs no heir where the login owned nothing', async () => {
    const login = await loginOf(root, 'app')
    expect((await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: true })).status).toBe(204)
    expect([await isThere(login.user), await isThere(`left-${login.user}`)]).toEqual([false, false])
  })
})

describe('a lease that the server has given up', () => {
  test('is on a list with its reason, which needs read and sudo on exactly that path', async () => {
    const login = await loginOf(root, 'app')
    const mend = await breakLease(vault.admin, login.lease)
    await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: false })
    const list = 'sys/leases?type=irrevocable&limit=none'
    await eventually(async () => (await root('GET', list)).body.data.lease_count === 1)
    const asked = async (...capabilities: string[]) =>
      (await tokenWith({ 'sys/leases': { capabilities } })).call('GET', list)
    expect((await asked('read')).status).toBe(403)
    expect((await asked('list', 'sudo')).status).toBe(403)
    const [lease] = (await asked('read', 'sudo')).body.data.leases
    expect(lease).toMatchObject({ lease_id: login.lease, error: expect.stringContaining('no handler for route') })
    const other = await tokenWith({ 'sys/leases': { capabilities: ['read', 'sudo'] } })
    expect((await other.call('POST', 'sys/leases/lookup', { lease_id: login.lease })).status).toBe(403)
    await mend()
    expect((await root('POST', 'sys/leases/revoke', { lease_id: login.lease, sync: true })).status).toBe(204)
    expect((await root('GET', list)).body.data.leases).toEqual([])
  })
})

test('the statements of a role are judged by what they leave', () => {
  expect(judgeStatements([revocationStatements])).toEqual({ endsSessions: true, givesObjectsAway: true })
  expect(judgeStatements([])).toEqual({ endsSessions: false, givesObjectsAway: false })
  for (const [to, heir] of Object.entries({ app_owner: 'app_owner', '"a ""b"': 'a "b', CURRENT_USER: 'CURRENT_USER' }))
    expect(judgeStatements([`REASSIGN OWNED BY "{{name}}" TO ${to}; DROP OWNED BY "{{name}}"`]).heir).toBe(heir)
  expect(judgeStatements(['-- pg_terminate_backend()', 'DROP ROLE "{{name}}"']).endsSessions).toBe(false)
})
