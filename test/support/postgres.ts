import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { eventually } from './eventually.ts'
import { findPostgres } from './postgres-binaries.ts'

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
  const surroundings = { cwd: home, env: { PATH: process.env.PATH, HOME: home, TZ: 'UTC' }, ...user }
  const how = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(join(programs, 'initdb'), ['-D', data, '-U', owner.user, ...how], surroundings)

  const port = await freePort()
  const settings = ['-p', `${port}`, '-h', '127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off']
  let server: ChildProcess | undefined
  let output = ''

  const url: PostgresServer['url'] = (login = owner, database = 'postgres') =>
    `postgresql://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${database}`
  const connect: PostgresServer['connect'] = async (login, database) => {
    const client = new pg.Client({ connectionString: url(login, database) })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const comeBack = async () => {
    const started = spawn(join(programs, 'postgres'), ['-D', data, ...settings], { ...surroundings, detached: true })
    server = started
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4000)
      })
    const watcher = watch(started, home)
    void once(started, 'exit').then(() => watcher.kill('SIGKILL')) // it must not signal a reused process id
    const answers = async () => {
      if (started.exitCode !== null) throw new Error(`PostgreSQL ended at once:\n${output}`)
      return connect().then(
        (client) => client.end().then(() => true),
        () => false,
      )
    }
    await eventually(answers, { limit: 20_000, about: () => `PostgreSQL does not answer:\n${output}` })
  }
  const goAway = async () => {
    if (!server || server.exitCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGQUIT') // breaks every connection off; the next start recovers
    await ended
  }
  const stop = async () => {
    await goAway()
    await rm(home, { recursive: true, force: true })
  }
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

/** PostgreSQL refuses to run as root, so there it runs as the user of its package, or as nobody. */
const userOfServer = async (): Promise<{ uid: number; gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = async (which: '-u' | '-g', name: string) => Number((await run('id', [which, name])).stdout)
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([idOf('-u', name), idOf('-g', name)]).catch(() => undefined)
    if (ids) return { uid: ids[0], gid: ids[1] }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.')
}

/** A shell that waits for the end of this process, even by SIGKILL, then kills the server and removes its folder. */
const watch = (server: ChildProcess, home: string): ChildProcess =>
  spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -QUIT "$1" 2>/dev/null; rm -rf -- "$2"', 'sh', `${server.pid}`, home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await once(probe.close(), 'close')
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}
