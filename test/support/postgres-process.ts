import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'

const run = promisify(execFile)

/** In what PostgreSQL's programs run. */
export const surroundingsOf = (home: string, user: ServerUser | undefined) => ({
  cwd: home,
  env: { PATH: process.env.PATH, HOME: home, TZ: 'UTC' },
  ...user,
})

type ClusterOptions = ReturnType<typeof surroundingsOf> & {
  readonly programs: string
  readonly home: string
  readonly data: string
  readonly settings: readonly string[]
  /** Whether the server takes connections. */
  readonly answers: () => Promise<boolean>
}

/** One cluster's server, which can go away and come back. It ends with this process, even if that is killed. */
export const newCluster = ({ programs, home, data, settings, answers, ...surroundings }: ClusterOptions) => {
  let server: ChildProcess | undefined
  const goAway = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGQUIT') // breaks every connection off; the next start recovers
    await ended
  }
  return {
    comeBack: async () => {
      let output = ''
      const started = spawn(join(programs, 'postgres'), ['-D', data, ...settings], { ...surroundings, detached: true })
      server = started
      for (const stream of [started.stdout, started.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-4000)
        })
      const watcher = watch(started, home)
      void once(started, 'exit').then(() => watcher.kill('SIGKILL')) // it must not signal a reused process id
      const isUp = async () => {
        if (started.exitCode !== null) throw new Error(`PostgreSQL ended at once:\n${output}`)
        return answers()
      }
      await eventually(isUp, { limit: 20_000, about: () => `PostgreSQL does not answer:\n${output}` })
    },
    goAway,
    stop: async () => {
      await goAway()
      await rm(home, { recursive: true, force: true })
    },
  }
}

type ServerUser = { readonly uid: number; readonly gid: number }

/** PostgreSQL refuses to run as root, so there it runs as the user of its package, or as nobody. */
export const userOfServer = async (): Promise<ServerUser | undefined> => {
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

/** A port that was free a moment ago, on the loopback address. */
export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await once(probe.close(), 'close')
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}
