import { chmod, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { ExternalError } from '../../../ports.ts'
import { hostAndPort } from './settings.ts'

/** Listens at an address of this machine, or at the path of a socket. */
export const openPlace = async (place: string, take: (socket: Socket) => void): Promise<Server> => {
  const address = hostAndPort(place)
  if (!address) await removeStale(place)
  const server = createServer(take)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) => reject(cannotListen(place, cause.message, cause)))
    server.listen(address ?? { path: place }, () => resolve())
  })
  if (!address) await chmod(place, 0o660)
  return server
}

const cannotListen = (place: string, why: string, cause?: Error): ExternalError =>
  new ExternalError('audit-socket', `Nothing can listen at ${place}: ${why}`, { transient: true, cause })

/** A killed process leaves its socket file. Nothing else is ever removed. */
const removeStale = async (path: string): Promise<void> => {
  const there = await stat(path).catch(() => undefined)
  if (!there?.isSocket()) return
  if (await isAnswered(path)) throw cannotListen(path, 'another program does; give each one a path of its own')
  await rm(path)
}

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
