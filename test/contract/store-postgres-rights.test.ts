import { randomUUID } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'

const databases = usePostgres()
const shipped = join(import.meta.dirname, '../../migrations/postgres')

/** What a server says that starts there. */
const starting = (config: ClientConfig): Promise<string> =>
  openPostgresStore({ config, newId: randomUUID }).then(
    async (store) => {
      await store.close?.()
      return 'It started.'
    },
    (error: unknown) => String(error),
  )

describe('a server starts on PostgreSQL', () => {
  const server = databases.roles.server.user
  const asAdministrator = async (database: string, ...statements: readonly string[]) => {
    const client = await databases.server().connect(undefined, database)
    for (const statement of statements) await client.query(statement)
    await client.end()
  }

  test('with its own role, once the owner has migrated', async () => {
    const { owner, server: config } = await databases.empty()
    expect(await starting(config)).toContain('The database has no tables yet: run `latchkey database migrate`')
    expect((await migrate(owner, server, shipped)).length).toBeGreaterThan(1)
    expect(await starting(config)).toBe('It started.')
    expect(await migrate(owner, server, shipped)).toEqual([])
  })

  test('never as a role that could rewrite the audit log', async () => {
    const { name, owner, server: config } = await databases.fresh()
    const refused = 'may change or empty the audit log'
    expect(await starting(owner)).toContain(refused)
    expect(await starting({ connectionString: databases.server().url(undefined, name) })).toContain(refused)
    for (const right of ['INSERT', 'UPDATE', 'UPDATE (hash)', 'DELETE', 'TRUNCATE', 'TRIGGER']) {
      for (const table of ['audit', 'audit_head']) {
        await asAdministrator(name, `GRANT ${right} ON latchkey.${table} TO ${server}`)
        expect(await starting(config), `${right} ON ${table}`).toContain(refused)
        await asAdministrator(name, `REVOKE ${right} ON latchkey.${table} FROM ${server}`)
      }
    }
    expect(await starting(config)).toBe('It started.')
  })

  test('never as a member of a role that could, even where it does not use that membership by itself', async () => {
    const { name, server: config } = await databases.fresh()
    for (const role of [databases.roles.owner.user, 'pg_write_all_data']) {
      await asAdministrator(name, `ALTER ROLE ${server} NOINHERIT`, `GRANT ${role} TO ${server}`)
      expect(await starting(config), role).toContain('may change or empty the audit log')
      await asAdministrator(name, `REVOKE ${role} FROM ${server}`, `ALTER ROLE ${server} INHERIT`)
    }
    await asAdministrator(name, `ALTER ROLE ${server} CREATEROLE`)
    expect(await starting(config)).toContain('may give itself other roles')
    await asAdministrator(name, `ALTER ROLE ${server} NOCREATEROLE`)
  })

  test('not while a right is missing, which migrating again gives', async () => {
    const { name, owner, server: config } = await databases.fresh()
    await asAdministrator(name, `REVOKE ALL ON SCHEMA latchkey FROM ${server}`)
    expect(await starting(config)).toContain('no right to use the tables: run `latchkey database migrate`')
    await asAdministrator(name, `GRANT UPDATE ON latchkey.audit TO ${server}`)
    await migrate(owner, server, shipped)
    expect(await starting(config)).toBe('It started.')
  })

  test('not before a new migration, not on a newer schema, and not where an old migration was changed', async () => {
    const { owner, name, server: config } = await databases.fresh()
    await asAdministrator(
      name,
      'CREATE TABLE kept AS SELECT * FROM latchkey.migrations WHERE number = (SELECT max(number) FROM latchkey.migrations)',
      'DELETE FROM latchkey.migrations WHERE number IN (SELECT number FROM kept)',
    )
    expect(await starting(config)).toContain('The database lacks a migration: run `latchkey database migrate`')
    await asAdministrator(name, 'INSERT INTO latchkey.migrations SELECT * FROM kept')
    expect(await starting(config)).toBe('It started.')
    await asAdministrator(
      name,
      "INSERT INTO latchkey.migrations (name, hash, applied_at) VALUES ('9999-x.sql', 'x', 1)",
    )
    expect(await starting(config)).toContain('written by a newer Latchkey')
    await expect(migrate(owner, server, shipped)).rejects.toThrow('written by a newer Latchkey')
    await asAdministrator(
      name,
      "DELETE FROM latchkey.migrations WHERE name = '9999-x.sql'",
      "UPDATE latchkey.migrations SET hash = 'x' WHERE number = 1",
    )
    expect(await starting(config)).toContain('was changed after it had been applied')
  })

  test('after a migration that failed, on the schema from before it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'))
    await cp(shipped, folder, { recursive: true })
    const { owner, server: config } = await databases.fresh()
    const next = join(folder, `${String(readdirSync(folder).length + 1).padStart(4, '0')}-wrong.sql`)
    writeFileSync(next, 'CREATE TABLE latchkey.half (number bigint); SELECT 1 / 0;')
    await expect(migrate(owner, server, folder)).rejects.toThrow('(22012)')
    expect(await starting(config)).toBe('It started.')
    await rm(folder, { recursive: true })
  })

  test('once, however many migrate at the same moment', async () => {
    const { owner, server: config } = await databases.empty()
    const applied = await Promise.all([1, 2, 3].map(() => migrate(owner, server, shipped)))
    expect(applied.flat().toSorted()).toEqual([...new Set(applied.flat())].toSorted())
    expect(await starting(config)).toBe('It started.')
  })
})
