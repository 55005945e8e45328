import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'
import type { PostgresLogin, PostgresServer } from './postgres.ts'
import { freePort, surroundingsOf, userOfServer } from './postgres-process.ts'

const run = promisify(execFile)
const installLimit = 5 * 60_000

/** A real PgBouncer in transaction mode before a server, on the loopback address. */
export type PgBouncer = {
  /** The address of a database through it. */
  url(login: PostgresLogin, database: string): string
  stop(): Promise<void>
}

/** Starts one for the given logins; never skipped: without the program it throws. It ends with this process. */
export async function startPgBouncer(server: PostgresServer, logins: readonly PostgresLogin[]): Promise<PgBouncer> {
  const program = await ensurePgBouncer((line) => console.error(line))
  const user = await userOfServer() // it refuses to run as root, too
  const home = await mkdtemp(join(tmpdir(), 'latchkey-pgbouncer-'))
  const port = await freePort()
  const [settings, list] = [join(home, 'pgbouncer.ini'), join(home, 'users.txt')]
  await writeFile(list, logins.map((one) => `"${one.user}" "${one.password}"\n`).join(''), { mode: 0o600 })
  await writeFile(
    settings,
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${list}
pool_mode = transaction
default_pool_size = 10
`,
    { mode: 0o600 },
  )
  if (user) for (const path of [home, settings, list]) await chown(path, user.uid, user.gid)
  const started = spawn(program, [settings], { ...surroundingsOf(home, user), stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4000)
  })
  const watcher = endWith(started, home)
  const answers = async () => {
    if (started.exitCode !== null) throw new Error(`PgBouncer ended at once:\n${output}`)
    const socket = connect(port, '127.0.0.1')
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    return isUp
  }
  await eventually(answers, { limit: 10_000, about: () => `PgBouncer does not answer:\n${output}` })
  return {
    url: ({ user: name, password }, database) =>
      `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      const ended = once(started, 'exit')
      if (started.exitCode === null && started.kill('SIGKILL')) await ended
      watcher.kill('SIGKILL')
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A shell that waits for the end of this process, even by SIGKILL, then ends the program and removes its folder. */
const endWith = (program: ChildProcess, home: string): ChildProcess =>
  spawn(
    '/bin/sh',
    ['-c', 'cat >/dev/null; kill -KILL "$1" 2>/dev/null; rm -rf -- "$2"', 'sh', `${program.pid}`, home],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  )

const findPgBouncer = (): string | undefined => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return [process.env.PGBOUNCER_BIN ?? '', ...folders.map((folder) => join(folder, 'pgbouncer'))].find(
    (path) => path !== '' && existsSync(path),
  )
}

/** As root on Debian or a child of it, a missing one is installed. Throws with the remedies where there is none. */
const ensurePgBouncer = async (onProgress: (line: string) => void): Promise<string> => {
  const found = findPgBouncer()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(remedies)
  onProgress('No PgBouncer here: installing it with apt-get (1 MB, once).')
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: installLimit }
  try {
    await run('apt-get', ['update'], options)
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'pgbouncer'], options)
  } catch (error) {
    throw new Error(`apt-get could not install PgBouncer. ${remedies}`, { cause: error })
  }
  const installed = findPgBouncer()
  if (installed === undefined) throw new Error(remedies)
  return installed
}

const remedies =
  'The tests of pooled connections need PgBouncer. Install it (Debian, Ubuntu: "apt-get install pgbouncer" as root; ' +
  'Fedora: "dnf install pgbouncer"), or set PGBOUNCER_BIN to its path.'
