import type { ClientConfig } from 'pg'
import * as z from 'zod'
import { withClient } from './connection.ts'
import { pendingMigrations } from './migrate.ts'

/** What an owner finds before a migration. */
export type OwnersView = {
  /** Migrations that are still to be applied, in their order. */
  readonly pending: readonly string[]
  /** Why the migration would not succeed, or what it gives would not be safe. */
  readonly obstacles: readonly string[]
}

const oldest = 14

const facts = z.object({
  version: z.coerce.number(),
  shown: z.string(),
  encoding: z.string(),
  is_there: z.boolean(),
  is_super: z.boolean(),
  is_owner: z.boolean(),
  may_create: z.boolean(),
})

/** Looks as the owner, and changes nothing. */
export const look = (owner: ClientConfig, role: string, folder: string): Promise<OwnersView> =>
  withClient(owner, async (client) => {
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown,
        current_setting('server_encoding') AS encoding, r.oid IS NOT NULL AS is_there,
        coalesce(r.rolsuper OR r.rolcreaterole OR r.rolbypassrls, false) AS is_super,
        coalesce(pg_has_role(r.oid, current_user, 'MEMBER'), false) AS is_owner,
        has_database_privilege(current_database(), 'CREATE') AS may_create
      FROM (SELECT 1) AS one LEFT JOIN pg_roles r ON r.rolname = $1`,
      [role],
    )
    const found = facts.parse(rows[0])
    const pending = await pendingMigrations(client, folder)
    return { pending: pending.map(({ name }) => name), obstacles: obstaclesIn(found, role, pending.length) }
  })

const obstaclesIn = (found: z.output<typeof facts>, role: string, pending: number): readonly string[] => [
  ...(found.version < oldest * 10_000 ? [`PostgreSQL ${found.shown} is too old: ${oldest} or newer is needed`] : []),
  ...(found.encoding === 'UTF8' ? [] : [`the database has the encoding ${found.encoding}: make one with UTF8`]),
  ...(found.is_there
    ? []
    : [`there is no role ${role} for the server; "latchkey database setup" prints what makes it`]),
  ...(found.is_super
    ? [`the role ${role} of the server may do too much: take SUPERUSER, CREATEROLE and BYPASSRLS away`]
    : []),
  ...(found.is_owner
    ? [`the role ${role} of the server may act as the owner: it must be another role, and no member`]
    : []),
  ...(pending > 0 && !found.may_create ? ['this role may not create a schema in the database: make it the owner'] : []),
]
