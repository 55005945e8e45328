import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import { afterAll, beforeAll } from 'vitest'
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
}

const folder = join(import.meta.dirname, '../../migrations/postgres')

/** One PostgreSQL for a file of tests; each test takes a new database, which is copied from a migrated one. */
export const usePostgres = (): PostgresDatabases => {
  let running: PostgresServer | undefined
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
  beforeAll(async () => {
    running = await startPostgres()
    for (const { user, password } of Object.values(roles)) {
      await running.run(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`)
    }
    await migrate((await create('migrated')).owner, roles.server.user, folder)
  })
  afterAll(() => running?.stop())
  return { server, roles, empty: () => create(draw()), fresh: () => create(draw(), 'TEMPLATE migrated') }
}
