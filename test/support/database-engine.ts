import { z } from 'zod'
import { revocationStatements } from '../../src/connectors/vault/database-statements.ts'
import type { AdminCall } from '../../src/demo/admin-call.ts'
import type { PostgresLogin, PostgresServer } from './postgres.ts'

/** Owns a table that no login may read, and may be the heir of none. */
export const appOwner = 'app_owner'

/** With this the engine works in the database. */
export const engineLogin: PostgresLogin = { user: 'vault_admin', password: 'example-password' }

const creation =
  "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'; " +
  'GRANT CREATE ON SCHEMA public TO "{{name}}"; GRANT CREATE ON DATABASE postgres TO "{{name}}"; GRANT SELECT ON orders TO "{{name}}"'

/**
 * A database engine in front of a real PostgreSQL. Its role `app` has the statements that `latchkey vault
 * database-statements` prints, `plain` has none. The engine’s own login is no superuser.
 */
export const databaseEngine = async (call: AdminCall, postgres: PostgresServer, mount = 'database'): Promise<void> => {
  const { user, password } = engineLogin
  await postgres.run(
    `CREATE ROLE ${appOwner} NOLOGIN; CREATE ROLE ${user} LOGIN CREATEROLE PASSWORD '${password}'; GRANT ${appOwner} TO ${user};
     GRANT CREATE, USAGE ON SCHEMA public TO ${appOwner}; GRANT CREATE ON SCHEMA public TO ${user} WITH GRANT OPTION;
     GRANT CREATE ON DATABASE postgres TO ${user} WITH GRANT OPTION;
     CREATE TABLE orders (id int); INSERT INTO orders VALUES (1); ALTER TABLE orders OWNER TO ${user};
     CREATE TABLE payroll (id int); INSERT INTO payroll VALUES (1); ALTER TABLE payroll OWNER TO ${appOwner}`,
  )
  await call('POST', `sys/mounts/${mount}`, { type: 'database' })
  await call('POST', `${mount}/config/postgres`, {
    plugin_name: 'postgresql-database-plugin',
    allowed_roles: ['*'],
    connection_url: `postgresql://{{username}}:{{password}}@127.0.0.1:${postgres.port}/postgres`,
    username: user,
    password,
  })
  const role = (name: string, revocation_statements: readonly string[]) =>
    call('POST', `${mount}/roles/${name}`, {
      db_name: 'postgres',
      creation_statements: [creation],
      revocation_statements,
      default_ttl: '1h',
      max_ttl: '2h',
    })
  await role('app', [revocationStatements])
  await role('plain', [])
}

/** Makes a lease one that the server has given up, at once; else that takes it eleven minutes. Needs `rawStorage`. */
export const breakLease = async (call: AdminCall, lease: string): Promise<() => Promise<void>> => {
  const place = `sys/raw/sys/expire/id/${lease}`
  const entry = stored.parse(await call('GET', place)).data.value
  const broken = JSON.stringify({ ...JSON.parse(entry), path: 'no-such-mount/creds/x' })
  await call('PUT', place, { value: broken })
  return async () => void (await call('PUT', place, { value: entry }))
}

const stored = z.object({ data: z.object({ value: z.string() }) })

/** The line of a server’s configuration that opens its storage. */
export const rawStorage = 'raw_storage_endpoint = true'
