import { once } from 'node:events'
import { chmod, lstat, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { Log } from '../app/deps.ts'
import { jsonOf } from '../domain/json-of.ts'
import type { Operator } from '../domain/operator-role.ts'
import { linesOf } from './lines.ts'
import { longestLine, protocolVersion, Request, Verb } from './protocol.ts'
import { newProof, proved, removeProofs } from './prove.ts'
import { ownAndRoot, unixName } from './unix-users.ts'

export type ControlOptions = {
  readonly path: string
  readonly log: Log
  /** Performs the verb for `operator`; throws `ControlRefusal` to refuse. */
  readonly answer: (verb: Verb, operator: Operator) => Promise<unknown>
  /** For other users of the machine as well: `answer` decides what they may do. */
  readonly isShared?: boolean
  /** User ids that may use the socket; by default our own and root. */
  readonly admitted?: readonly number[]
  /** Milliseconds in which a connection proves its user. */
  readonly proofWithin?: number
  /** How many connections one user may hold; by default few where others want some, too. */
  readonly mostOfOne?: number
}

/** A refusal for the operator to read. */
export class ControlRefusal extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'ControlRefusal'
    this.code = code
  }
}

export type ControlSocket = { close(): Promise<void> }

const mostConnections = 64 // each is somebody's who has proved who it is, or is over soon
const longestPath = 103 // bytes, on macOS; Linux takes 107
const idle = 300_000 // milliseconds of silence before a connection ends

/**
 * Listens on a socket that only its owner may open. Only the holder of the database's lock may call this. A silent file
 * at the path is then a leftover of a killed process.
 */
export const openControlSocket = async (options: ControlOptions): Promise<ControlSocket> => {
  const { path, log, isShared = false } = options
  const folder = dirname(path)
  if (Buffer.byteLength(path) > longestPath) {
    throw new Error(
      `${path} is too long for a socket (${longestPath} bytes); keep the database in a folder nearer to the root`,
    )
  }
  if (!isShared) await refuseSharedFolder(folder)
  await removeStale(path)
  await removeProofs(folder)
  const sockets = new Set<Socket>()
  const answering = new Set<Promise<unknown>>()
  const users = new Map<Socket, number>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket) && users.delete(socket))
    serve(socket, options, folder, { answering, users })
      .catch((error: unknown) => log.warn({ error: String(error) }, 'a control connection broke'))
      .finally(() => socket.destroySoon())
  })
  server.maxConnections = mostConnections
  const umask = process.umask(isShared ? 0o111 : 0o177) // the mode must be right from the start, so that nobody connects before `chmod`
  try {
    server.listen(path)
  } finally {
    process.umask(umask)
  }
  await once(server, 'listening')
  await chmod(path, isShared ? 0o666 : 0o600)
  return {
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await Promise.allSettled(answering)
      for (const socket of sockets) socket.destroySoon()
      await closed
    },
  }
}

/** What is under way: answers, and the proved user of each connection. */
type UnderWay = { readonly answering: Set<Promise<unknown>>; readonly users: Map<Socket, number> }

const serve = async (
  socket: Socket,
  { answer, log, isShared = false, ...options }: ControlOptions,
  folder: string,
  { answering, users }: UnderWay,
): Promise<void> => {
  const { admitted = ownAndRoot(), proofWithin = 5_000, mostOfOne = isShared ? 8 : mostConnections } = options
  socket.on('error', () => {}) // a client that left is no error of ours
  socket.setTimeout(idle, () => socket.destroy())
  const late = setTimeout(() => socket.destroy(), proofWithin)
  socket.once('close', () => clearTimeout(late))
  const proof = newProof()
  const say = (content: object) => void socket.write(`${JSON.stringify(content)}\n`)
  say({ latchkey: protocolVersion, prove: proof })
  let user: number | undefined
  for await (const line of linesOf(socket, longestLine)) {
    user ??= await proved(folder, proof)
    const hasEnough = [...users].filter(([other, uid]) => other !== socket && uid === user).length >= mostOfOne
    const refusal =
      user === undefined || !(isShared || admitted.includes(user))
        ? no('not-admitted', 'only the user that runs Latchkey, and root, may ask')
        : hasEnough && no('too-many', `you have ${mostOfOne} connections already; end one, or try again`)
    if (user === undefined || refusal) {
      log.warn(
        { user: user ?? 'unknown', ...(refusal && { code: refusal.error.code }) },
        'a control connection was refused',
      )
      say({ v: protocolVersion, id: 0, ...refusal })
      socket.end()
      return
    }
    clearTimeout(late)
    if (!socket.destroyed) users.set(socket, user)
    const request = Request.safeParse(jsonOf(line))
    const { id = 0, v, ask, behind } = request.data ?? {}
    const replying = reply(v, ask, await operatorOf(user, behind), answer, log).then((said) =>
      say({ v: protocolVersion, id, ...said }),
    )
    answering.add(replying)
    await replying
    answering.delete(replying)
  }
}

const reply = async (
  version: number | undefined,
  ask: unknown,
  operator: Operator,
  answer: ControlOptions['answer'],
  log: Log,
): Promise<object> => {
  if (version === undefined) return no('not-understood', 'that is not a request')
  if (version !== protocolVersion) {
    return no(
      'version',
      `this server speaks version ${protocolVersion}, not ${version}: use the command of its own installation`,
    )
  }
  const verb = Verb.safeParse(ask)
  if (!verb.success)
    return no(
      'not-understood',
      verb.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    )
  try {
    return { ok: true, result: await answer(verb.data, operator) }
  } catch (error) {
    if (error instanceof ControlRefusal) return no(error.code, error.message)
    log.error({ verb: verb.data.verb, error: String(error) }, 'a control request failed')
    return no('failed', 'the request failed; the log of the server says why')
  }
}

const no = (code: string, message: string) => ({ ok: false, error: { code, message } })

/** Such as `latchkey@host`, or `root@host for alice` when somebody became root. */
const operatorOf = async (user: number, behind: string | undefined): Promise<Operator> => {
  const own = process.getuid?.() === user ? ownName(user) : user === 0 ? 'root' : await unixName(user)
  const claimed = behind?.match(/^[\w.@-]{1,64}$/)?.[0]
  const name = `${own}@${hostname()}${claimed && claimed !== own ? ` for ${claimed}` : ''}`
  return { kind: 'unix-user', uid: user, name }
}

const ownName = (user: number): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${user}` // containers often run as a user without a name
  }
}

/** In a folder writable by all, anybody could replace our socket. A group cannot: both sides check who owns a file. */
const refuseSharedFolder = async (folder: string): Promise<void> => {
  const { mode } = await stat(folder) // `stat` follows links: systemd makes state folders links
  if ((mode & 0o002) === 0) return
  throw new Error(`anybody may write to ${folder}; keep the database in a separate folder (chmod 700)`)
}

const removeStale = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (!found.isSocket()) throw new Error(`${path} exists and is not a socket`)
  if (await isAnswered(path)) throw new Error(`another Latchkey listens on ${path}; give each one a separate folder`)
  await rm(path, { force: true })
}

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
