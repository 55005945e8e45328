import { readFileSync } from 'node:fs'
import { checkServerIdentity } from 'node:tls'
import type { ClientConfig } from 'pg'
import type { PostgresAddress } from '../postgres-address.ts'

/** The settings of a connection. Nothing is taken from the environment or from defaults that trust more. */
export const clientConfig = ({ host, port, database, user, password, tls }: PostgresAddress): ClientConfig => ({
  ...{ host, port, database, user },
  // Without one, the library would look for PGPASSWORD and then for ~/.pgpass, as every client of PostgreSQL does.
  ...(password && { password: () => password.reveal() }),
  ssl: tls
    ? {
        rejectUnauthorized: true,
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
        ...(tls.ca !== undefined && { ca: readFileSync(tls.ca, 'utf8') }),
        ...(tls.cert !== undefined && { cert: readFileSync(tls.cert, 'utf8') }),
        ...(tls.key !== undefined && { key: readFileSync(tls.key, 'utf8') }),
      }
    : false,
  application_name: 'latchkey',
  connectionTimeoutMillis: 10_000,
})
