import type { WebSocket } from 'ws'
import type { ServerWord } from '../../domain/remote-connector.ts'
import type { Clock } from '../../ports.ts'
import { failure } from '../vault/failure.ts'
import type { Dialled } from './dial.ts'
import type { Hands } from './hands.ts'
import type { OwnKey } from './keys.ts'
import { failedOf, longest, silence, ToConnector, type ToServer } from './protocol.ts'
import { BadMessage, opener, sealer } from './sealed.ts'

/** Orders that run at once; a server that sends more is not one. */
const mostOrders = 1_000

export type ConnectorLineOptions = {
  readonly dialled: Dialled
  readonly key: OwnKey
  readonly hands: Hands
  readonly clock: Pick<Clock, 'now'>
  /** The server's word about a report. */
  readonly heard: (id: string, word: ServerWord) => void
  /** What a failed order was, for the logs. */
  readonly failed: (verb: string, error: unknown) => void
}

/** The connector's end of a line. */
export type ConnectorLine = {
  report(id: string, report: (ToServer & { kind: 'report' })['report']): void
  close(): void
  /** Whether it was of use: an order came. */
  hasServed(): boolean
  /** Why it ended; a `BadMessage` where the server is to blame. */
  readonly ended: Promise<string | BadMessage>
}

type Order = ToConnector & { readonly kind: 'order' }

/** Does what the server orders: each order is signed for this connection, is in time, and runs once. */
export const connectorLine = (options: ConnectorLineOptions): ConnectorLine => {
  const { dialled, key, hands, clock, heard, failed } = options
  const { socket, connection, serverKey } = dialled
  const seal = sealer('to-server', connection, key)
  const open = opener('to-connector', connection, { key: serverKey, schema: ToConnector })
  const running = new Map<string, AbortController>()
  const ended = Promise.withResolvers<string | BadMessage>()
  let isOver = false
  let served = 0

  const end = (why: string | BadMessage) => {
    if (isOver) return
    isOver = true
    clearTimeout(quiet)
    for (const order of running.values()) order.abort(new Error('the line ended'))
    socket.terminate()
    ended.resolve(why)
  }
  const send = (message: ToServer) => {
    if (!isOver) socket.send(seal(message), (error) => error && end('the line broke'))
  }
  let quiet = setTimeout(() => end('the server fell silent'), silence)
  const alive = () => {
    clearTimeout(quiet)
    if (!isOver) quiet = setTimeout(() => end('the server fell silent'), silence)
  }

  const obey = async ({ id, verb, input, expires }: Order): Promise<void> => {
    const stop = new AbortController()
    const begin = () => {
      stop.signal.throwIfAborted()
      if (clock.now() > expires) throw failure('timeout', 'The order waited too long for its turn; nothing was done.')
    }
    running.set(id, stop)
    try {
      send(answerOf(id, await hands(verb, input, { signal: stop.signal, begin })))
    } catch (error) {
      if (!stop.signal.aborted) failed(verb, error)
      send({ kind: 'failure', id, failed: failedOf(error) })
    } finally {
      running.delete(id)
    }
  }
  const take = (message: ToConnector): void => {
    if (message.kind === 'word') heard(message.id, message.word)
    if (message.kind === 'cancel') running.get(message.id)?.abort(new Error('nobody waits for it'))
    if (message.kind !== 'order') return
    if (clock.now() > message.expires) throw new BadMessage('an order came too late')
    if (running.size >= mostOrders) throw new BadMessage('too many orders at once')
    served += 1
    void obey(message)
  }

  socket.on('ping', alive)
  listen(socket, end, (text) => {
    alive()
    if (!isOver) take(open(text))
  })
  return {
    ended: ended.promise,
    hasServed: () => served > 0,
    close: () => end('the connector stops'),
    report: (id, report) => send({ kind: 'report', id, report }),
  }
}

const listen = (socket: WebSocket, end: (why: string | BadMessage) => void, take: (text: string) => void): void => {
  socket.on('message', (data, isBinary) => {
    try {
      if (isBinary) throw new BadMessage('a message is not text')
      take(String(data))
    } catch (error) {
      end(error instanceof BadMessage ? error : new BadMessage('a message could not be taken'))
    }
  })
  socket.on('error', () => end('the line broke'))
  socket.on('close', () => end('the server hung up'))
}

/** A result that is too large for the line becomes a failure, so that the line stays. */
const answerOf = (id: string, result: unknown): ToServer => {
  const answer: ToServer = { kind: 'answer', id, result: result ?? null }
  if (JSON.stringify(answer).length < longest.toServer / 2 - 4_096) return answer
  const message = 'The answer of the vault is larger than the line takes.'
  return { kind: 'failure', id, failed: { code: 'too-large', message, isTransient: false } }
}
