const endSessions = "PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';"

/**
 * Revocation statements for a role of PostgreSQL. They end the login's open sessions, and leave what it owned to a role
 * that is made for this: it cannot log in, and holds nothing else. A view or function works with its owner's rights, so
 * any other heir would lend its rights to whoever the login let use them.
 *
 * One block, because statements run in one transaction anyway: it does nothing when the login is gone, where a list of
 * statements would fail. The membership lets an administrator who is no superuser do this. A new owner of a function
 * must be able to create in its schema, so the heir is, inside the transaction. Clients reconnect while it runs, so
 * sessions are ended twice; PostgreSQL shows the new ones only after the snapshot is cleared.
 */
export const revocationStatements = `DO $$
DECLARE
  login CONSTANT text := '{{name}}';
  heir CONSTANT text := left('left-' || login, 63);
  place text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
    GRANT "{{name}}" TO CURRENT_USER;
    ${endSessions}
    IF EXISTS (SELECT FROM pg_shdepend WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass
      AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = login)) THEN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = heir) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', heir);
      END IF;
      EXECUTE format('GRANT %I TO CURRENT_USER', heir);
      BEGIN
        EXECUTE format('REASSIGN OWNED BY %I TO %I', login, heir);
      EXCEPTION WHEN insufficient_privilege THEN
        FOR place IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
          AND has_schema_privilege(oid, 'CREATE WITH GRANT OPTION') LOOP
          EXECUTE format('GRANT CREATE ON SCHEMA %I TO %I', place, heir);
        END LOOP;
        EXECUTE format('REASSIGN OWNED BY %I TO %I', login, heir);
        FOR place IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
          AND nspowner <> (SELECT oid FROM pg_roles WHERE rolname = heir)
          AND has_schema_privilege(oid, 'CREATE WITH GRANT OPTION') LOOP
          EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', place, heir);
        END LOOP;
      END;
    END IF;
    DROP OWNED BY "{{name}}";
    PERFORM pg_stat_clear_snapshot();
    ${endSessions}
    DROP ROLE "{{name}}";
  END IF;
END
$$;`

/** What the end of a login leaves in the database, as far as a role's revocation statements tell. */
export type LeftInDatabase = {
  readonly endsSessions: boolean
  readonly givesObjectsAway: boolean
  /** An existing role that gets what a login owned: views and functions then work with its rights. */
  readonly heir?: string
}

/** Judges the statements of a role of PostgreSQL. No statements are the server's own: they only drop the login. */
export const judgeStatements = (statements: readonly string[]): LeftInDatabase => {
  const text = statements.join('\n').replace(/--.*$/gm, '')
  const [, quoted, plain] =
    /\bREASSIGN\s+OWNED\s+BY\s+[^;]*?\sTO\s+(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))/iu.exec(text) ?? []
  const heir = quoted?.replaceAll('""', '"') ?? plain
  return {
    endsSessions: /\bpg_terminate_backend\s*\(/i.test(text),
    givesObjectsAway: /\b(REASSIGN|DROP)\s+OWNED\s+BY\b/i.test(text),
    ...(heir !== undefined && { heir }),
  }
}
