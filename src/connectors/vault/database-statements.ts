/**
 * Revocation statements for a role of PostgreSQL. They end the login's open sessions, and give what it owns to `heir`.
 *
 * One block, because statements run in one transaction anyway: it does nothing when the login is gone, where a list of
 * statements would fail. The membership lets an administrator who is no superuser do this. Clients reconnect while the
 * transaction runs, so sessions are ended twice; PostgreSQL shows the new ones only after the snapshot is cleared.
 */
export const revocationStatements = (heir: string): string =>
  [
    'DO $$',
    'BEGIN',
    "  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{name}}') THEN",
    '    GRANT "{{name}}" TO CURRENT_USER;',
    `    ${endSessions}`,
    `    REASSIGN OWNED BY "{{name}}" TO ${identifier(heir)};`,
    '    DROP OWNED BY "{{name}}";',
    '    PERFORM pg_stat_clear_snapshot();',
    `    ${endSessions}`,
    '    DROP ROLE "{{name}}";',
    '  END IF;',
    'END',
    '$$;',
  ].join('\n')

const endSessions = "PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';"

/** A quoted name; a `$$` in it would end the block. */
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A name that may stand in the statements: within PostgreSQL's limit, and without what ends a block or a template. */
export const isRoleName = (name: string): boolean =>
  /^[^\p{Cc}]+$/u.test(name) && Buffer.byteLength(name) <= 63 && !/\$\$|\{\{|\}\}/.test(name)

/** What the end of a login leaves in the database, as far as a role's revocation statements tell. */
export type LeftInDatabase = { readonly endsSessions: boolean; readonly givesObjectsAway: boolean }

/** Judges the statements of a role of PostgreSQL. No statements are the server's own: they only drop the login. */
export const judgeStatements = (statements: readonly string[]): LeftInDatabase => {
  const text = statements.join('\n').replace(/--.*$/gm, '')
  return {
    endsSessions: /\bpg_terminate_backend\s*\(/i.test(text),
    givesObjectsAway: /\b(REASSIGN|DROP)\s+OWNED\s+BY\b/i.test(text),
  }
}
