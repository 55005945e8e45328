import * as z from 'zod'
import { messageOf } from '../../domain/message-of.ts'
import type { DatabaseState } from '../../ports.ts'
import { type Asking, pendingMigrations } from './migrate.ts'

/** What a connection as the server's role finds. */
export type Found = Extract<DatabaseState, { state: 'absent' | 'present' }> & {
  /** Why no server may start on it, as a sentence. */
  readonly obstacle?: string
}

const facts = z.object({
  is_there: z.boolean(),
  may_use: z.boolean(),
  may_create_roles: z.boolean(),
  may_rewrite: z.boolean(),
})

/** Changes nothing. */
export const inspect = async (client: Asking, folder: string): Promise<Found> => {
  const found = facts.parse((await client.query(asked)).rows[0])
  if (!found.is_there) return { state: 'absent', obstacle: `The database has no tables yet: ${remedy}.` }
  if (!found.may_use) {
    const obstacle = `The role of the server has no right to use the tables: ${remedy}, which gives it.`
    return { state: 'present', damage: [], pending: [], obstacle }
  }
  try {
    const pending = (await pendingMigrations(client, folder)).map(({ name }) => name)
    const obstacle = roleFault(found) ?? pendingFault(pending)
    return { state: 'present', damage: [], pending, ...(obstacle !== undefined && { obstacle }) }
  } catch (error) {
    const history = messageOf(error)
    return { state: 'present', damage: [], pending: [], history, obstacle: history }
  }
}

const remedy = 'run `latchkey database migrate` with the owner’s address'

const pendingFault = (pending: readonly string[]): string | undefined =>
  pending.length === 0
    ? undefined
    : `The database lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`}: ${remedy}.`

/** A server that could rewrite the audit log would make it worthless as a proof. */
const roleFault = ({ may_rewrite, may_create_roles }: z.output<typeof facts>): string | undefined => {
  if (may_rewrite)
    return (
      'The role of the server may change or empty the audit log, by itself or as a member of another role. ' +
      'Give the server a role of its own that owns nothing, then migrate again.'
    )
  return may_create_roles
    ? 'The role of the server may give itself other roles: take SUPERUSER and CREATEROLE away from it.'
    : undefined
}

/** The catalogue answers everybody, also whoever has no right in the schema. Owners and superusers have every right. */
const asked = `
WITH log AS (
  SELECT c.oid, c.relname, n.oid AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'latchkey' AND c.relname IN ('audit', 'audit_head', 'migrations'))
SELECT EXISTS (SELECT FROM log WHERE relname = 'migrations') AS is_there,
  coalesce((SELECT bool_and(has_schema_privilege(log.schema, 'USAGE') AND has_table_privilege(log.oid, 'SELECT'))
    FROM log), false) AS may_use,
  EXISTS (SELECT FROM pg_roles r WHERE r.rolname = current_user AND (r.rolsuper OR r.rolcreaterole)) AS may_create_roles,
  EXISTS (SELECT FROM pg_roles r, log WHERE pg_has_role(r.oid, 'MEMBER') AND relname <> 'migrations'
    AND (has_table_privilege(r.oid, log.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
      OR has_any_column_privilege(r.oid, log.oid, 'INSERT, UPDATE'))) AS may_rewrite`
