import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'

/** The options of `latchkey database setup`. */
export type SetupOptions = { readonly database: string; readonly owner: string; readonly server: string }

/** Prints what an administrator of PostgreSQL runs once. */
export const printSetup = (options: SetupOptions, io: Io): void => {
  if (options.owner === options.server) throw usageError('owner and server must be two roles')
  io.say(setupSql(options))
}

/** The statements for psql, which asks for the passwords: so they stand in no file and no history. */
const setupSql = ({ database, owner, server }: SetupOptions): string => {
  const [base, owning, serving] = [database, owner, server].map(identifier)
  return `-- For an administrator of PostgreSQL: psql --set ON_ERROR_STOP=1 --file THIS-FILE
-- ${owner} owns the tables and migrates them. ${server} is the server's, and can rewrite no audit row.
CREATE ROLE ${owning} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
CREATE ROLE ${serving} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
\\password ${owning}
\\password ${serving}
CREATE DATABASE ${base} OWNER ${owning} ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE ${base} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${base} TO ${serving};
\\connect ${base}
REVOKE ALL ON SCHEMA public FROM PUBLIC;`
}

const identifier = (name: string): string => {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name
  throw usageError(`${name}: use a-z, digits and "_", at most 63, with a letter first`)
}
