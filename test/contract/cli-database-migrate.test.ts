import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { runCli } from '../support/run-cli.ts'
import { setUpDatabase } from '../support/set-up-database.ts'

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const prepared = async (name: string) => {
  const database = await setUpDatabase(postgres, name)
  const { environment } = database
  const migrate = (...more: readonly string[]) => runCli(['database', 'migrate', ...more], { environment })
  return { ...database, name, migrate }
}

describe('latchkey database', () => {
  test('prints what an administrator runs; then the owner migrates, and the server has its rights', async () => {
    const { name, server, migrate } = await prepared('shop')
    const dry = await migrate('--dry-run')
    expect(dry.code).toBe(0)
    expect(dry.out).toMatch(/: \d+ to apply\n {2}0001-/)
    expect(dry.out).toContain('Nothing was changed.')
    const schemas = "SELECT 1 FROM pg_namespace WHERE nspname = 'latchkey'"
    const inShop = await postgres.connect(undefined, name)
    expect((await inShop.query(schemas)).rows).toEqual([])
    const done = await migrate()
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/Applied \d+; shop_server has its rights\./) })
    const rights = `SELECT has_table_privilege('${server}', 'latchkey.requests', 'INSERT') AS requests,
      has_table_privilege('${server}', 'latchkey.audit', 'INSERT, UPDATE, DELETE, TRUNCATE') AS audit`
    expect((await inShop.query(rights)).rows).toEqual([{ requests: true, audit: false }])
    await inShop.end()
    expect((await migrate()).out).toContain('It was up to date; shop_server has its rights.')
  })

  test('migrates nothing without the role of the server, and says so first', async () => {
    const { environment, url, name } = await prepared('half')
    const other = { ...environment, DATABASE_URL: url('nobody_there') }
    const { code, out } = await runCli(['database', 'migrate'], { environment: other })
    expect(code).toBe(1)
    expect(out).toContain('Not possible: there is no role nobody_there for the server')
    const client = await postgres.connect(undefined, name)
    expect((await client.query("SELECT to_regnamespace('latchkey') AS there")).rows).toEqual([{ there: null }])
    await client.end()
  })

  test.each([
    ['no address of the owner', { DATABASE_OWNER_URL: '' }, /set DATABASE_OWNER_URL/],
    ['one role for both', { DATABASE_OWNER_URL: 'postgres://refused_server@127.0.0.1/refused' }, /are one role/],
    ['another database', { DATABASE_OWNER_URL: 'postgres://owner@127.0.0.1/other' }, /leads to the database other/],
    ['an address where nobody listens', { DATABASE_OWNER_URL: 'postgres://o:x@127.0.0.1:1/refused' }, /nobody listens/],
  ])('refuses %s', async (_, changed, sentence) => {
    const address = 'postgres://refused_server:hunter2@127.0.0.1/refused'
    const environment = { DATABASE_URL: address, ...changed }
    const { code, err } = await runCli(['database', 'migrate'], { environment })
    expect([code, err]).toEqual([1, expect.stringMatching(sentence)])
    expect(err).not.toContain('hunter2')
  })

  test('tells a wrong password and a missing database apart', async () => {
    const { url, environment } = await prepared('apart')
    const migrate = (address: string) =>
      runCli(['database', 'migrate'], { environment: { ...environment, DATABASE_OWNER_URL: address } })
    const wrong = await migrate(url('apart_owner').replace('of%20', 'not'))
    expect(wrong.err).toContain('the password is wrong (28P01)')
    const { err } = await runCli(['database', 'migrate'], {
      environment: {
        DATABASE_URL: environment.DATABASE_URL.replace(/apart$/, 'nowhere'),
        DATABASE_OWNER_URL: environment.DATABASE_OWNER_URL.replace(/apart$/, 'nowhere'),
      },
    })
    expect(err).toContain('there is no such database')
  })

  test('gives no role of the server what would let it rewrite the audit log', async () => {
    const { migrate } = await prepared('strong')
    await postgres.run('GRANT strong_owner TO strong_server')
    const { code, out } = await migrate()
    expect([code, out]).toEqual([1, expect.stringContaining('may act as the owner')])
  })
})
