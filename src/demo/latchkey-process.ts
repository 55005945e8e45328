import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A running Latchkey as an operator runs it: a separate process with a configuration file and environment. */
export type LatchkeyProcess = {
  readonly pid: number
  readonly url: string
  /** Resolves when it has exited. */
  readonly exited: Promise<unknown>
  stop(): Promise<void>
  kill(): Promise<void>
}

type Options = {
  readonly configFile: string
  readonly url: string
  readonly environment: Readonly<Record<string, string>>
  /** Gets every log line. */
  readonly logFile: string
}

/** The flags of the image, the systemd unit and the first line of `launch.cjs`. */
export const nodeFlags = ['--max-semi-space-size=4']
const main = join(import.meta.dirname, '../main.ts')
/** Where `launch.cjs` keeps what it compiled, too: a start takes half the time. */
const compiled = join(import.meta.dirname, '../../node_modules/.cache/latchkey')
/** A start takes a second or two; a machine that does much else at once needs far more. */
const startLimit = 120_000

/** Starts Latchkey and waits until it is ready. Throws with the end of its output if it exits first. */
export const startLatchkey = async (options: Options): Promise<LatchkeyProcess> => {
  const { ready, ...latchkey } = launchLatchkey(options)
  await ready
  return latchkey
}

/**
 * Starts Latchkey, which can be killed before it is `ready`. That rejects with the end of its output if it exits first.
 */
export const launchLatchkey = (options: Options): LatchkeyProcess & { readonly ready: Promise<void> } => {
  const child = spawn(process.execPath, [...nodeFlags, main], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_COMPILE_CACHE: compiled,
      ...options.environment,
      LATCHKEY_CONFIG: options.configFile,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log.write(chunk)
      tail = (tail + chunk.toString()).slice(-4000)
    })
  }
  const exited = once(child, 'exit').finally(() => log.end())
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal)
    await exited
  }
  const ready = untilReady(child, options.url, () => tail)
  return { pid: child.pid ?? 0, url: options.url, exited, ready, stop: end('SIGTERM'), kill: end('SIGKILL') }
}

const untilReady = async (child: ChildProcess, url: string, tail: () => string): Promise<void> => {
  const deadline = Date.now() + startLimit
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Latchkey did not start:\n${tail()}`)
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`Latchkey was not ready within ${startLimit / 1000} s:\n${tail()}`)
    }
    await delay(25)
  }
}

/**
 * A port that was free a moment ago, on the loopback address. Outgoing connections get ports above 32,767, so none of them
 * takes it while its server is restarted.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_768)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
