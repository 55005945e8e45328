import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findPostgres } from './postgres-binaries.ts'
import { freePort, newCluster, surroundingsOf, userOfServer } from './postgres-process.ts'

const run = promisify(execFile)

/** A login of the server. */
export type PostgresLogin = { readonly user: string; readonly password: string }

/** A real PostgreSQL with a cluster of its own, on the loopback address only. */
export type PostgresServer = {
  readonly port: number
  /** The superuser. */
  readonly owner: PostgresLogin
  /** The address of a database for a login; without them, of `postgres` for the superuser. */
  url(login?: PostgresLogin, database?: string): string
  /** Connects; the caller ends the client. A connection that the server breaks off is no error here: the next query is. */
  connect(login?: PostgresLogin, database?: string): Promise<pg.Client>
  /** Runs statements as the superuser, and returns the rows of the last one. */
  run(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** Stops it as an outage would, at once; the data stays. */
  goAway(): Promise<void>
  /** Starts it again, at the same port. */
  comeBack(): Promise<void>
  /** Ends it and removes everything. */
  stop(): Promise<void>
}

/** Starts a server; never skipped: without the programs it throws. It ends with this process, even if that is killed. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = await findPostgres((line) => console.error(line))
  const user = await userOfServer()
  const home = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'))
  const data = join(home, 'data')
  const owner = { user: 'postgres', password: randomBytes(16).toString('hex') }
  const passwordFile = join(home, 'password')
  await writeFile(passwordFile, owner.password, { mode: 0o600 })
  if (user) for (const path of [home, passwordFile]) await chown(path, user.uid, user.gid)
  const surroundings = surroundingsOf(home, user)
  const how = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(join(programs, 'initdb'), ['-D', data, '-U', owner.user, ...how], surroundings)

  return serveCluster({ programs, home, data, owner, user })
}

type Cluster = {
  readonly programs: string
  readonly home: string
  readonly data: string
  readonly owner: PostgresLogin
  readonly user: Awaited<ReturnType<typeof userOfServer>>
}

/** Starts the server of a prepared cluster. */
export async function serveCluster({ programs, home, data, owner, user }: Cluster): Promise<PostgresServer> {
  const surroundings = surroundingsOf(home, user)
  const port = await freePort()
  const settings = ['-p', `${port}`, '-h', '127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off']

  const url: PostgresServer['url'] = (login = owner, database = 'postgres') =>
    `postgresql://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${database}`
  const connect: PostgresServer['connect'] = async (login, database) => {
    const client = new pg.Client({ connectionString: url(login, database) })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const answers = () =>
    connect().then(
      (client) => client.end().then(() => true),
      () => false,
    )
  const { comeBack, goAway, stop } = newCluster({ ...surroundings, programs, home, data, settings, answers })
  try {
    await comeBack()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...{ port, owner, url, connect, goAway, comeBack, stop },
    run: async (text, values = []) => {
      const client = await connect()
      try {
        const result: pg.QueryResult<Record<string, unknown>> = await client.query(text, [...values])
        return [result].flat().at(-1)?.rows ?? []
      } finally {
        await client.end()
      }
    },
  }
}
