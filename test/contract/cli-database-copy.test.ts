import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { integrationId } from '../../src/domain/ids.ts'
import { openStore } from '../../src/store/index.ts'
import { eventually } from '../support/eventually.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'

const databases = usePostgres()
const main = join(import.meta.dirname, '../../src/cli/main.ts')
let folder: string
let file: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'database-copy-'))
  file = join(folder, 'latchkey.sqlite')
  const store = await openStore(file, { newId: randomUUID })
  await store.instance()
  await sample.activated(store)
  await sample.ended(store, { items: [sample.item('apps/db'), sample.item('apps/mail')] })
  const waiting = await sample.submitted(store, { by: sample.grace })
  await store.addCards([sample.card({ request: waiting.request.id })])
  await store.audit([sample.event(), sample.event()])
  await store.close()
})
afterEach(() => rmSync(folder, { recursive: true }))

const copying = async (made: { readonly name: string } | undefined = undefined) => {
  const { name } = made ?? (await databases.fresh())
  const url = databases.server().url(databases.roles.owner, name)
  const to = url.replace(/:[^:@]*@/, '@')
  const environment = { DATABASE_OWNER_URL: url }
  const copy = (...more: readonly string[]) =>
    runCli(['database', 'copy', '--from', file, '--to', to, ...more], { environment })
  return { name, to, environment, copy }
}

/** The rows of a query in the target, as the superuser sees them. */
const ask = async (database: string, text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = await databases.server().connect(undefined, database)
  return client
    .query(text)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}
const countOf = async (database: string, table: string) =>
  (await ask(database, `SELECT count(*)::int AS rows FROM latchkey.${table}`))[0]?.rows

/** Rows one to `count`, which a statement of SQLite makes. */
const add = (count: number, insert: string): void => {
  const source = new Database(file)
  source.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) ${insert}`).run(count)
  source.close()
}
const tenResources = () =>
  add(
    10,
    `INSERT INTO resources (id, integration, type, path, name, permissions, seen_at, is_gone)
    SELECT 'some-' || i, 'production', 'secret', 'kv/some/' || i, i, '["read"]', 1, i % 2 FROM n`,
  )

describe('latchkey database copy', () => {
  test('first says how many rows there are, and changes nothing', async () => {
    const { copy, name } = await copying()
    const before = readFileSync(file)
    const { code, out } = await copy('--dry-run')
    expect(code).toBe(0)
    expect(out).toMatch(/\n {9}3 {2}requests\n/)
    expect(out).toMatch(/\d+ rows would be copied to .*Nothing was changed\./)
    expect(readFileSync(file)).toEqual(before)
    expect(await countOf(name, 'requests')).toBe(0)
  })

  test('brings every row as it is, with the whole audit log, and says what to change then', async () => {
    const { copy, name } = await copying()
    tenResources()
    const { code, out, err } = await copy()
    expect([code, err]).toEqual([0, ''])
    const source = new Database(file)
    for (const table of ['requests', 'grants', 'decisions', 'cards', 'asked_items', 'open_items', 'named_people']) {
      expect([table, await countOf(name, table)]).toEqual([
        table,
        source.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
      ])
    }
    const numbered = 'SELECT number, id, state, items, plan FROM'
    expect(await asNumbers(await ask(name, `${numbered} latchkey.grants ORDER BY number`))).toEqual(
      source.prepare(`${numbered} grants ORDER BY number`).all(),
    )
    const hashes = 'SELECT sequence, hash FROM'
    const log = source.prepare<[], { sequence: number; hash: string }>(`${hashes} audit ORDER BY sequence`).all()
    expect(await asNumbers(await ask(name, `${hashes} latchkey.audit ORDER BY sequence`))).toEqual(log)
    expect(out).toContain(`head ${log.at(-1)?.sequence}:${log.at(-1)?.hash}`)
    expect(await ask(name, 'SELECT count(*)::int AS rows FROM latchkey.resources WHERE is_gone')).toEqual([{ rows: 5 }])
    source.close()
    expect(out).toContain('set DATABASE_URL')
    expect(out).toContain(`move ${file} away`)
  })

  test('finds what was discovered by parts of its path, as before', async () => {
    const { copy, name } = await copying()
    tenResources()
    await copy()
    const store = await openStore(databases.server().url(databases.roles.server, name), { newId: randomUUID })
    const pathsOf = async (words: string) =>
      (await store.findResources([integrationId('production')], words, 10)).map(({ path }) => path)
    expect([await pathsOf('some 4'), await pathsOf('kv ome/1')]).toEqual([['kv/some/4'], ['kv/some/10']])
    await store.close()
  })

  test('leaves constraints, triggers and numbers as a migration made them', async () => {
    const shape = `SELECT conname, pg_get_constraintdef(oid) AS says FROM pg_constraint
      WHERE connamespace = 'latchkey'::regnamespace ORDER BY conrelid::regclass::text, conname`
    const untouched = await databases.fresh()
    const { copy, name } = await copying()
    await copy()
    expect(await ask(name, shape)).toEqual(await ask(untouched.name, shape))
    await expect(ask(name, "UPDATE latchkey.audit SET kind = 'started'")).rejects.toThrow()
    const [next] = await ask(name, "SELECT nextval(pg_get_serial_sequence('latchkey.grants', 'number'))::int AS next")
    expect(next).toEqual({ next: 3 })
  })

  test('copies every table that a migration of SQLite ever made, but the index of words', async () => {
    const { name } = await databases.fresh()
    const source = new Database(file)
    const columns = 'SELECT t.name AS "table", c.name FROM sqlite_schema t, pragma_table_xinfo(t.name) c'
    const made = source.prepare<[], Named>(
      `${columns} WHERE t.type = 'table' AND t.name NOT LIKE 'resource\\_%' ESCAPE '\\'`,
    )
    const inTarget = `SELECT table_name AS table, column_name AS name FROM information_schema.columns WHERE table_schema = 'latchkey'`
    const known = new Set((await ask(name, inTarget)).map((one) => `${one.table}.${one.name}`))
    expect(made.all().filter((one) => !known.has(`${one.table}.${one.name}`))).toEqual([])
    source.close()
  })

  test('refuses while a server runs on the file, and a target with rows', async () => {
    const { copy, name, environment, to } = await copying()
    const server = await openStore(file, { newId: randomUUID })
    expect((await copy()).err).toContain('Another Latchkey is using')
    await server.close()
    expect((await copy()).code).toBe(0)
    expect((await copy()).err).toContain('the target is not empty')
    const wrong = await runCli(['database', 'copy', '--from', file, '--to', to.replace(name, 'other')], { environment })
    expect(wrong.err).toContain('DATABASE_OWNER_URL leads to')
  })

  test('refuses a log that somebody changed, and leaves the target empty', async () => {
    const { copy, name } = await copying()
    const source = new Database(file)
    source.exec('DROP TRIGGER IF EXISTS audit_is_never_changed')
    for (const { name: trigger } of source
      .prepare<[], Named>("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'")
      .all())
      source.exec(`DROP TRIGGER ${trigger}`)
    source.exec("UPDATE audit SET detail = '{}' WHERE sequence = 2")
    source.close()
    expect((await copy()).err).toContain('the audit log of the source is not whole at row 2')
    expect([await countOf(name, 'audit'), await countOf(name, 'requests')]).toEqual([0, 0])
  })

  test('mends a text that PostgreSQL cannot store', async () => {
    const { copy, name } = await copying()
    const source = new Database(file)
    source.prepare("UPDATE requests SET reason = 'a' || char(0) || 'b' WHERE number = 1").run()
    source.close()
    expect((await copy()).err).toContain('In 1 texts a NUL character')
    expect(await ask(name, 'SELECT reason FROM latchkey.requests WHERE number = 1')).toEqual([{ reason: 'a\u{fffd}b' }])
  })

  test('killed in the middle, it leaves the file whole and the target empty; then it succeeds', async () => {
    const { copy, name, to, environment } = await copying()
    add(120_000, "INSERT INTO signatures (signature, seen_at) SELECT 'many-' || i, i FROM n")
    const late = "signature <> 'many-110000' OR pg_advisory_xact_lock(42) IS NOT NULL"
    await ask(name, `ALTER TABLE latchkey.signatures ADD CONSTRAINT waits CHECK (${late})`)
    const holder = await databases.server().connect(undefined, name)
    await holder.query('SELECT pg_advisory_lock(42)')
    const child = spawn(process.execPath, [main, 'database', 'copy', '--from', file, '--to', to], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    })
    const isThere = async () => (await ask(name, waiting)).length === 1
    await eventually(isThere, { limit: 30_000, about: () => 'the copy is in the middle' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await holder.end()
    const isGone = async () => (await ask(name, sessions)).length === 0
    await eventually(isGone, { about: () => 'PostgreSQL noticed the end' })
    expect([await countOf(name, 'signatures'), await countOf(name, 'audit')]).toEqual([0, 0])
    await ask(name, 'ALTER TABLE latchkey.signatures DROP CONSTRAINT waits')
    expect((await copy()).code).toBe(0)
    expect(await countOf(name, 'signatures')).toBe(120_000)
  })
})

type Named = { readonly table: string; readonly name: string }
const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
const sessions = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'latchkey' AND datname = current_database()"

/** Whole numbers arrive as text. */
const asNumbers = async (rows: readonly Record<string, unknown>[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [
        key,
        /^(number|sequence|revision)$/.test(key) ? Number(value) : value,
      ]),
    ),
  )
