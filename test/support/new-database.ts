import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { PostgresLogin, PostgresServer } from './postgres.ts'

const migrations = join(import.meta.dirname, '../../migrations/postgres')
export const databaseName = 'latchkey'

/** A database with its two roles; returns the server's login. */
export const newDatabase = async (postgres: PostgresServer): Promise<PostgresLogin> => {
  const owner = { user: 'latchkey_owner', password: randomUUID() }
  const login = { user: 'latchkey_server', password: randomUUID() }
  for (const { user, password } of [owner, login])
    await postgres.run(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`)
  await postgres.run(`CREATE DATABASE ${databaseName} OWNER ${owner.user}`)
  await migrate({ connectionString: postgres.url(owner, databaseName) }, login.user, migrations)
  return login
}
