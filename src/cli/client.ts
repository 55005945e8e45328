import { once } from 'node:events'
import { lstat, rm, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { linesOf } from '../control/lines.ts'
import {
  Hello,
  protocolVersion,
  Response,
  type Result,
  results,
  socketName,
  type VerbInput,
} from '../control/protocol.ts'
import { prove } from '../control/prove.ts'
import { jsonOf } from '../domain/json-of.ts'
import { databaseOf, operatorsFolder, type PlaceOptions } from './data-folder.ts'
import type { Io } from './io.ts'
import { CliError } from './trouble.ts'

/** A connection to the running server. */
export type ControlClient = {
  /** Asks one thing; a refusal by the server becomes a `CliError`. */
  ask<Name extends VerbInput['verb']>(verb: VerbInput & { verb: Name }): Promise<Result<Name>>
}

const patience = 30_000 // milliseconds of silence from the server
const longest = 64 * 1024 * 1024 // a guard against an endless answer; the server is ours

/** Connects to the running server of the chosen database, and always hangs up. */
export const withServer = async <T>(
  options: PlaceOptions,
  io: Pick<Io, 'environment'>,
  work: (client: ControlClient) => Promise<T>,
): Promise<T> => {
  const { name, folder: own, facts } = databaseOf(options, io)
  const shared = operatorsFolder(options, io)
  const isShared = shared !== undefined && !(own !== undefined && (await isOwn(join(own, socketName))))
  const folder = isShared ? shared : own
  if (folder === undefined)
    throw new CliError(`${name} has no folder on this machine, so no server can be asked there.`)
  const path = join(folder, socketName)
  await (isShared ? refuseReplaced(folder, path) : refuseStranger(path))
  const socket = await connected(path, facts ? elsewhere : `Start it with "latchkey serve"`, name)
  try {
    return await work(await talk(socket, dirname(path), io.environment.SUDO_USER))
  } finally {
    socket.destroy()
  }
}

const talk = async (socket: Socket, folder: string, behind: string | undefined): Promise<ControlClient> => {
  const lines = linesOf(socket, longest)
  const next = async (): Promise<unknown> => {
    const line = await lines.next().catch(() => undefined)
    if (!line || line.done) throw new CliError('The server hung up. Its log says why.')
    return jsonOf(line.value)
  }
  const hello = Hello.safeParse(await next())
  if (!hello.success)
    throw new CliError('The program that listens there is not a Latchkey that this command understands.')
  const proof = hello.data.prove
  await prove(folder, proof).catch((error: unknown) => {
    throw new CliError(
      `${folder} cannot be written: run this as the user that runs Latchkey, or as one of "operators".`,
      undefined,
      error,
    )
  })
  let id = 0
  return {
    ask: async ({ verb, ...given }) => {
      id += 1
      const request = { v: protocolVersion, id, ...(behind && { behind }), ask: { verb, ...given } }
      socket.write(`${JSON.stringify(request)}\n`)
      const response = Response.safeParse(await next())
      await rm(join(folder, proof), { force: true })
      if (!response.success) throw new CliError('This command does not understand the answer of the server.')
      if (!response.data.ok) throw new CliError(`The server says: ${response.data.error.message}.`)
      const result = results[verb].safeParse(response.data.result)
      if (!result.success)
        throw new CliError('This command does not understand the answer of the server: is it another version?')
      return result.data as Result<typeof verb>
    },
  }
}

/** The socket of Latchkey's own user is for that user and root. */
const isOwn = async (path: string): Promise<boolean> => {
  const found = await lstat(path).catch(() => undefined)
  const user = process.getuid?.()
  return found !== undefined && (user === 0 || found.uid === user)
}

/** In the folder for other users, the socket must be of whom the folder belongs to, and stay theirs. */
const refuseReplaced = async (folder: string, path: string): Promise<void> => {
  const [around, found] = await Promise.all([folder, path].map((place) => lstat(place).catch(() => undefined)))
  if (!around || !found) return // the connection says what is missing
  const { mode } = await stat(folder)
  const isKept = (mode & 0o022) === 0 || (mode & 0o1000) !== 0
  if (around.isDirectory() && found.uid === around.uid && isKept) return
  throw new CliError(`${path} may belong to somebody else than Latchkey: ask an administrator to look at ${folder}.`)
}

/** In a folder that others may write to, another program could listen in the server's place. */
const refuseStranger = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined)
  const own = process.getuid?.()
  if (!found || own === 0 || found.uid === own || found.uid === 0) return
  throw new CliError(`${path} belongs to the user ${found.uid}: run this as that user, or as root.`)
}

/** At a database with several processes none may run on this machine. */
const elsewhere = 'Run this on a machine where a process of it runs, or use the API for operators'

const connected = async (path: string, remedy: string, database: string): Promise<Socket> => {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('error', () => {}) // the end of the lines reports it
    return socket
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EACCES') throw new CliError(`${path} may not be opened: run this as the user that runs Latchkey.`)
    const reason = code === 'ENOENT' || code === 'ECONNREFUSED' ? '' : ` (${code})`
    throw new CliError(
      `Latchkey is not running on ${database}: nobody answers at ${path}${reason}. ${remedy}, ` +
        'or name the right configuration with --config.',
    )
  }
}
