import { chmod, rm, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import type { AuditWatch } from '../../../domain/receipt-memory.ts'
import { type Timestamp, timestamp } from '../../../domain/time.ts'
import type { AuditBatch } from '../../../ports/audit-log.ts'
import { type Clock, ExternalError } from '../../../ports.ts'
import { batchOf, nothing } from './batch.ts'
import { longestLine } from './file-position.ts'
import { scan, type Wanted } from './lines.ts'
import { rest } from './rest.ts'
import { hostAndPort } from './settings.ts'

type Options = { readonly socket: string; readonly wanted: Wanted; readonly clock: Pick<Clock, 'now'> }
type From = Pick<AuditWatch, 'position' | 'readTo' | 'doubtSince'> | undefined

const pause = 100
const heartbeat = 5_000
/** What the vault wrote just now may still be on its way. */
const onItsWay = 2_000
/** Beyond this, reading stops until the former lines are stored. The vault then waits, and loses nothing. */
const mostWaiting = 16 * 1_024 * 1_024
const position = '{"kind":"socket"}'

/**
 * Listens where the vault's socket device connects to. What the vault wrote while nobody listened is lost, so that time is
 * a gap: from the last lines before to the first line after.
 */
export async function* listen(
  { socket, wanted, clock }: Options,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<AuditBatch> {
  let readTo = from?.readTo ?? clock.now()
  let doubtSince: Timestamp | undefined = from ? (from.doubtSince ?? readTo) : timestamp(0)
  let beat = 0
  const inbox = newInbox(() => {
    doubtSince ??= readTo
  })
  const server = await open(socket, inbox.take)
  try {
    yield { ...nothing, position, readTo, doubtSince }
    while (!signal.aborted) {
      const bytes = inbox.complete()
      if (bytes.length > 0) {
        const batch = batchOf(scan(bytes, wanted), { readTo, doubtSince, isLost: true, now: clock.now() })
        readTo = batch.readTo
        doubtSince = batch.doubtSince
        beat = clock.now()
        yield { ...batch.told, position }
        continue
      }
      const now = clock.now()
      if (doubtSince === undefined && now > beat + heartbeat && inbox.isConnected()) {
        beat = now
        if (now - onItsWay > readTo) readTo = timestamp(now - onItsWay)
        yield { ...nothing, position, readTo }
      }
      await rest(pause, signal)
    }
  } finally {
    inbox.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

/** Takes bytes from connections, and gives their complete lines. */
const newInbox = (interrupted: () => void) => {
  const sockets = new Map<Socket, Buffer[]>()
  let ready: Buffer[] = []
  let size = 0
  const take = (socket: Socket): void => {
    const parts: Buffer[] = []
    sockets.set(socket, parts)
    let partial = 0
    socket.on('data', (bytes) => {
      const end = bytes.lastIndexOf(10) + 1
      if (end > 0) {
        ready.push(...parts.splice(0), bytes.subarray(0, end))
        size += partial + end
        partial = 0
      }
      if (end < bytes.length) parts.push(bytes.subarray(end))
      partial += bytes.length - end
      if (partial > longestLine) {
        parts.splice(0)
        partial = 0
        interrupted()
      }
      if (size > mostWaiting) socket.pause()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      interrupted() // a line that the vault wrote into a closed connection is lost
    })
  }
  return {
    take,
    isConnected: () => sockets.size > 0,
    complete: (): Buffer => {
      const bytes = Buffer.concat(ready)
      ready = []
      size = 0
      for (const socket of sockets.keys()) if (socket.isPaused()) socket.resume()
      return bytes
    },
    close: () => {
      for (const socket of sockets.keys()) socket.destroy()
    },
  }
}

const open = async (place: string, take: (socket: Socket) => void): Promise<Server> => {
  const address = hostAndPort(place)
  if (!address) await removeStale(place)
  const server = createServer(take)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) =>
      reject(
        new ExternalError('audit-socket', `Nothing can listen at ${place}: ${cause.message}`, {
          transient: true,
          cause,
        }),
      ),
    )
    server.listen(address ?? { path: place }, () => resolve())
  })
  if (!address) await chmod(place, 0o660)
  return server
}

/** A killed process leaves its socket file. Nothing else is ever removed. */
const removeStale = async (path: string): Promise<void> => {
  const there = await stat(path).catch(() => undefined)
  if (there?.isSocket()) await rm(path)
}
