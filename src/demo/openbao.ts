import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findOpenBao, type OnProgress } from './openbao-binary.ts'

/** A server that runs in memory, on the loopback address only, for the demo and for tests. */
export type OpenBaoServer = {
  /** Such as `http://127.0.0.1:43210`. */
  readonly address: string
  readonly rootToken: string
  /** The audit log: one JSON line per request and per response. */
  readonly auditFile: string
  /** The product of the program, which may be a HashiCorp Vault on the PATH or in `BAO_BIN`. */
  readonly flavour: 'openbao' | 'vault'
  readonly pid: number
  /** Ends the server and removes everything it wrote. May be called twice. */
  stop(): Promise<void>
}

type Options = {
  readonly onProgress?: OnProgress
  /** More text for the server's configuration file, such as `initialize` stanzas (OpenBao only). */
  readonly config?: string
  /** Where the program is looked for; the process's own environment by default. */
  readonly env?: NodeJS.ProcessEnv
}

const attempts = 5
const startLimit = 20_000

/**
 * Starts a development server with a random root token on a free port, and waits until it answers. The server ends with
 * this process, even if this process is killed. Throws an Error with the end of the server's output, or with the
 * remedies if there is no program.
 */
export async function startOpenBao(options: Options = {}): Promise<OpenBaoServer> {
  const { onProgress = () => {}, config = '', env = process.env } = options
  const binary = await findOpenBao(onProgress, { env })
  const flavour = await flavourOf(binary)
  onProgress(`Starting ${flavour === 'openbao' ? 'OpenBao' : 'HashiCorp Vault'} (${binary}).`)
  let failure: unknown
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return await startOnce(binary, flavour, config)
    } catch (error) {
      if (!(error instanceof Error && /address already in use/i.test(error.message))) throw error
      failure = error // another process took the port before the server started
    }
  }
  throw failure
}

async function startOnce(binary: string, flavour: OpenBaoServer['flavour'], config: string): Promise<OpenBaoServer> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-openbao-'))
  const auditFile = join(home, 'audit.log')
  const settings = join(home, 'server.hcl')
  // OpenBao creates audit devices only from its configuration; HashiCorp Vault only through its API.
  const audit = flavour === 'openbao' ? `audit "file" "main" { options { file_path = "${auditFile}" } }\n` : ''
  await writeFile(settings, `${audit}${config}\n`)
  const port = await freePort()
  const rootToken = `root-${randomBytes(16).toString('hex')}`
  const flags = [`-dev-root-token-id=${rootToken}`, '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`]
  const server = spawn(binary, ['server', '-dev', ...flags, `-config=${settings}`], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C in the terminal goes to us; we decide when the server ends
  })
  const watcher = watch(server, home)
  const ended = once(server, 'exit').catch((error: unknown) => [error])
  void ended.then(() => watcher.kill('SIGKILL')) // its target is gone, so it must not signal a reused process id
  const output = tail(server)
  const stop = async () => {
    server.kill('SIGTERM')
    const patience = setTimeout(() => server.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(patience)
    await rm(home, { recursive: true, force: true })
  }
  const address = `http://127.0.0.1:${port}`
  try {
    await untilReady(address, rootToken, ended)
    if (flavour === 'vault') await enableAudit(address, rootToken, auditFile)
  } catch (error) {
    await stop()
    throw new Error(`OpenBao did not start: ${error instanceof Error ? error.message : error}\n${output()}`)
  }
  return { address, rootToken, auditFile, flavour, pid: server.pid ?? 0, stop }
}

/**
 * A shell that waits for the end of its standard input, which any end of this process causes, even SIGKILL. It then
 * kills the server and removes its folder.
 */
const watch = (server: ChildProcess, home: string): ChildProcess =>
  spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf -- "$2"', 'sh', `${server.pid}`, home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })

async function untilReady(address: string, rootToken: string, ended: Promise<unknown>): Promise<void> {
  const exited = ended.then(() => Promise.reject(new Error('it ended at once.')))
  exited.catch(() => {})
  const deadline = Date.now() + startLimit
  for (;;) {
    // The token proves that this is our server, and not another one on the same port.
    const ready = fetch(`${address}/v1/auth/token/lookup-self`, { headers: { 'X-Vault-Token': rootToken } })
    if (await Promise.race([ready.then((answer) => answer.ok).catch(() => false), exited])) return
    if (Date.now() > deadline) throw new Error(`no answer within ${startLimit / 1000} seconds.`)
    await Promise.race([delay(20), exited])
  }
}

async function enableAudit(address: string, rootToken: string, path: string): Promise<void> {
  const body = JSON.stringify({ type: 'file', options: { file_path: path } })
  const headers = { 'X-Vault-Token': rootToken }
  const answer = await fetch(`${address}/v1/sys/audit/main`, { method: 'PUT', headers, body })
  if (!answer.ok) throw new Error(`the audit file was refused with status ${answer.status}.`)
}

async function flavourOf(binary: string): Promise<OpenBaoServer['flavour']> {
  const { stdout } = await promisify(execFile)(binary, ['version'], { timeout: startLimit })
  return /openbao/i.test(stdout) ? 'openbao' : 'vault'
}

/** A port that is free together with the next one, which a development server also uses. */
async function freePort(): Promise<number> {
  for (;;) {
    const first = await listen(0)
    const second = first && first.port < 65_535 ? await listen(first.port + 1) : undefined
    await Promise.all([first?.close(), second?.close()])
    if (first && second) return first.port
  }
}

async function listen(port: number): Promise<{ port: number; close(): Promise<unknown> } | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return undefined
  }
  const address = server.address()
  const close = () => once(server.close(), 'close')
  return typeof address === 'object' && address ? { port: address.port, close } : undefined
}

/** The last 4,000 characters of what a process wrote. */
function tail(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4000)
    })
  }
  return () => text
}
