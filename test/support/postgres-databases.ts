import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { type PostgresLogin, type PostgresServer, startPostgres } from './postgres.ts'

/** A migrated database with its two roles: the owner, and the server's, which has fewer rights. */
export type PostgresDatabase = {
  readonly name: string
  readonly owner: ClientConfig
  readonly server: ClientConfig
}

export type PostgresDatabases = {
  /** The PostgreSQL of this file of tests. */
  server(): PostgresServer
  /** The logins of the two roles. */
  readonly roles: { readonly owner: PostgresLogin; readonly server: PostgresLogin }
  /** An empty database without any table, which the owner may migrate. */
  empty(): Promise<PostgresDatabase>
  /** A new migrated database. */
  fresh(): Promise<PostgresDatabase>
  /** A migrated database without rows. A later test gets it again, so its tables and rights must stay as they are. */
  clean(): Promise<PostgresDatabase>
}

const folder = join(import.meta.dirname, '../../migrations/postgres')

/** One PostgreSQL for a file of tests; new databases are copied from a migrated one. */
export const usePostgres = (): PostgresDatabases => {
  let running: PostgresServer | undefined
  const used: PostgresDatabase[] = []
  const lent: PostgresDatabase[] = []
  const roles = {
    owner: { user: 'latchkey_owner', password: randomUUID() },
    server: { user: 'latchkey_server', password: randomUUID() },
  }
  const server = () => {
    if (!running) throw new Error('PostgreSQL does not run.')
    return running
  }
  const create = async (name: string, how = ''): Promise<PostgresDatabase> => {
    await server().run(`CREATE DATABASE ${name} OWNER ${roles.owner.user} ${how}`)
    const as = (login: PostgresLogin): ClientConfig => ({ connectionString: server().url(login, name) })
    return { name, owner: as(roles.owner), server: as(roles.server) }
  }
  const draw = () => `latchkey_${randomUUID().replaceAll('-', '')}`
  const fresh = () => create(draw(), 'TEMPLATE migrated')
  const emptied = async (database: PostgresDatabase): Promise<PostgresDatabase> => {
    const administrator = await server().connect(undefined, database.name)
    await administrator.query(emptying)
    await administrator.end()
    return database
  }
  beforeAll(async () => {
    running = await startPostgres()
    for (const { user, password } of Object.values(roles)) {
      await running.run(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`)
    }
    await migrate((await create('migrated')).owner, roles.server.user, folder)
  })
  afterEach(() => {
    used.push(...lent.splice(0))
  })
  afterAll(() => running?.stop())
  const clean = async (): Promise<PostgresDatabase> => {
    const former = used.pop()
    const database = former ? await emptied(former) : await fresh()
    lent.push(database)
    return database
  }
  return { server, roles, empty: () => create(draw()), fresh, clean }
}

/** Past the triggers that keep the audit log. Of few rows, deleting takes a seventh of the time that new files take. */
const emptying = `
SET session_replication_role = replica;
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'latchkey' AND tablename NOT IN ('migrations', 'audit_head')
  LOOP
    EXECUTE format('DELETE FROM latchkey.%I', name);
  END LOOP;
  PERFORM setval(format('latchkey.%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'latchkey' AND last_value IS NOT NULL;
  UPDATE latchkey.audit_head SET sequence = 0, hash = repeat('0', 64);
END $$`
