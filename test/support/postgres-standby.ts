import { execFile } from 'node:child_process'
import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'
import { type PostgresServer, serveCluster } from './postgres.ts'
import { findPostgres } from './postgres-binaries.ts'
import { surroundingsOf, userOfServer } from './postgres-process.ts'

const run = promisify(execFile)

/** A second server that follows a first one by streaming. */
export type PostgresStandby = PostgresServer & {
  /** Ends following: it takes writes from then on, on a timeline of its own. */
  promote(): Promise<void>
  /** From now on it gets nothing more, as if it lagged. Only for a standby that no commit waits for. */
  fallBehind(): Promise<void>
}

/**
 * Makes a standby of a running server. With `synchronous`, each commit there waits until this one has it; otherwise what
 * is on its way is lost with that server.
 */
export async function startStandby(
  primary: PostgresServer,
  { synchronous }: { readonly synchronous: boolean },
): Promise<PostgresStandby> {
  const programs = await findPostgres()
  const user = await userOfServer()
  const home = await mkdtemp(join(tmpdir(), 'latchkey-standby-'))
  if (user) await chown(home, user.uid, user.gid)
  const data = join(home, 'data')
  const how = ['-D', data, '-d', primary.url(), '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
  await run(join(programs, 'pg_basebackup'), how, surroundingsOf(home, user))
  const server = await serveCluster({ programs, home, data, owner: primary.owner, user })
  const follows = async () => {
    const rows = await primary.run('SELECT sync_state FROM pg_stat_replication WHERE state = $1', ['streaming'])
    return rows.some(({ sync_state }) => (sync_state === 'sync') === synchronous)
  }
  if (synchronous) await set(primary, 'synchronous_standby_names', '*')
  await eventually(follows, { about: () => 'the standby follows' })
  return {
    ...server,
    promote: async () => void (await server.run('SELECT pg_promote()')),
    fallBehind: async () => {
      await set(server, 'primary_conninfo', '')
      await eventually(async () => (await primary.run('SELECT 1 FROM pg_stat_replication')).length === 0, {
        about: () => 'the standby is cut off',
      })
    },
  }
}

const set = async (server: PostgresServer, name: string, value: string): Promise<void> => {
  await server.run(`ALTER SYSTEM SET ${name} = '${value}'`)
  await server.run('SELECT pg_reload_conf()')
}
