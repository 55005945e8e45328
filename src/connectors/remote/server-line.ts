import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { ConnectorReport, RemoteConnector, ServerWord } from '../../domain/remote-connector.ts'
import type { Clock } from '../../ports.ts'
import { failure } from '../vault/failure.ts'
import type { OwnKey } from './keys.ts'
import {
  errorOf,
  heartbeat,
  type InputOf,
  longest,
  type OutputOf,
  orderLife,
  type RemoteVerb,
  schemas,
  silence,
  ToServer,
} from './protocol.ts'
import { BadMessage, opener, sealer } from './sealed.ts'

/** How long the server waits for one order. A step with retries at a slow vault takes up to a minute. */
const patience = 120_000
/** Orders under way on one line. */
const mostOrders = 512

export type Asked = {
  readonly signal?: AbortSignal
  /** Milliseconds until nobody waits for the answer any more. */
  readonly patience?: number
}

/** A connection to a connector that has proved its key. */
export type ServerLine = {
  readonly connector: RemoteConnector
  /** Sends an order. Throws an `ExternalError`: of the vault, or `unreachable` and `timeout` of the line itself. */
  ask<Verb extends RemoteVerb>(verb: Verb, input: InputOf<Verb>, asked?: Asked): Promise<OutputOf<Verb>>
  close(why: string): void
  /** Why it ended, as a few words; a `BadMessage` where the connector is to blame. */
  readonly ended: Promise<string | BadMessage>
}

type Options = {
  readonly socket: WebSocket
  readonly connection: string
  readonly key: OwnKey
  readonly connector: RemoteConnector
  readonly clock: Pick<Clock, 'now'>
  readonly reported: (connector: RemoteConnector, report: ConnectorReport) => Promise<ServerWord>
}

type Pending = { readonly resolve: (result: unknown) => void; readonly reject: (error: unknown) => void }

/** The line was cut with the order on it. */
const cutOff = () => failure('unreachable', 'The line to the remote connector broke.')

export const serverLine = ({ socket, connection, key, connector, clock, reported }: Options): ServerLine => {
  const pending = new Map<string, Pending>()
  const ended = Promise.withResolvers<string | BadMessage>()
  const seal = sealer('to-connector', connection, key)
  const open = opener('to-server', connection, { key: connector.key, schema: ToServer })
  let isOver = false
  let reports = 0

  const end = (why: string | BadMessage) => {
    if (isOver) return
    isOver = true
    clearInterval(beating)
    socket.terminate()
    for (const { reject } of pending.values()) reject(cutOff())
    pending.clear()
    ended.resolve(why)
  }
  const send = (message: object) => {
    if (!isOver) socket.send(seal(message), (error) => error && end('the line broke'))
  }
  let heardAt = performance.now()
  const beating = setInterval(() => {
    if (performance.now() - heardAt > silence) return end('the connector fell silent')
    socket.ping()
  }, heartbeat)

  const take = (message: ToServer): void => {
    if (message.kind === 'report') {
      if (reports >= mostOrders) throw new BadMessage('too many reports at once')
      reports += 1
      reported(connector, message.report)
        .then(
          (word) => send({ kind: 'word', id: message.id, word }),
          () => {}, // the connector reports again on its next line
        )
        .finally(() => {
          reports -= 1
        })
      return
    }
    const waiting = pending.get(message.id)
    pending.delete(message.id) // an answer that nobody waits for is no fault: the order was cancelled
    if (message.kind === 'answer') waiting?.resolve(message.result)
    else waiting?.reject(errorOf(message.failed))
  }

  socket.on('pong', () => {
    heardAt = performance.now()
  })
  socket.on('message', (data, isBinary) => {
    heardAt = performance.now()
    if (isOver) return
    try {
      if (isBinary) throw new BadMessage('a message is not text')
      take(open(String(data)))
    } catch (error) {
      end(error instanceof BadMessage ? error : new BadMessage('a message could not be taken'))
    }
  })
  socket.on('error', () => end('the line broke'))
  socket.on('close', () => end('the connector hung up'))

  const ask: ServerLine['ask'] = async (verb, input, { signal, patience: limit = patience } = {}) => {
    if (isOver) throw cutOff()
    signal?.throwIfAborted()
    if (pending.size >= mostOrders) throw failure('rate-limited', 'Too many orders wait for the remote connector.')
    const id = randomBytes(12).toString('hex')
    const order = { kind: 'order', id, expires: clock.now() + orderLife, verb, input }
    if (JSON.stringify(order).length > longest.toConnector - 4_096)
      throw failure('too-large', 'The order is larger than the remote connector takes.')
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    pending.set(id, { resolve, reject })
    const leave = (why: unknown) => {
      if (!pending.delete(id)) return
      send({ kind: 'cancel', id })
      reject(why)
    }
    const late = () => leave(failure('timeout', `The remote connector did not answer ${verb} in time.`))
    const timer = setTimeout(late, limit)
    const aborted = () => leave(signal?.reason)
    signal?.addEventListener('abort', aborted)
    send(order)
    try {
      const result = schemas[verb].output.safeParse(await promise)
      if (!result.success) throw failure('strange-answer', `The remote connector answered ${verb} strangely.`)
      return result.data
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
  }

  return { connector, ask, close: end, ended: ended.promise }
}
