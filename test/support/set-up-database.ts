import type { PostgresServer } from './postgres.ts'
import { runScript } from './psql.ts'
import { runCli } from './run-cli.ts'

/** A database with both roles and without tables, and the environment of the commands that use it. */
export type SetUpDatabase = {
  readonly owner: string
  readonly server: string
  /** The address for one of the roles. */
  url(user: string): string
  readonly environment: { readonly DATABASE_URL: string; readonly DATABASE_OWNER_URL: string }
}

/** Runs what `latchkey database setup` prints as an administrator does, with passwords where psql would ask for them. */
export const setUpDatabase = async (postgres: PostgresServer, name: string): Promise<SetUpDatabase> => {
  const [owner, server] = [`${name}_owner`, `${name}_server`]
  const { out } = await runCli(['database', 'setup', '--database', name, '--owner', owner, '--server', server])
  await runScript(postgres, out.replaceAll(/^\\password (\w+)$/gm, "ALTER ROLE $1 PASSWORD 'of $1';"))
  const url = (user: string) => postgres.url({ user, password: `of ${user}` }, name)
  return { owner, server, url, environment: { DATABASE_URL: url(server), DATABASE_OWNER_URL: url(owner) } }
}
