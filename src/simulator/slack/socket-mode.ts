import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { isObject, parseJson } from '../common/json.ts'
import type { Recorder } from '../common/recorder.ts'
import { type Acknowledgement, type Delivery, failure } from './transport.ts'

/** Why Slack ends a connection. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

/** The Socket Mode connections of the app. */
export type Sockets = {
  count(): number
  /**
   * Announces the end of all connections with a `disconnect` frame. After this many milliseconds (10 s by default, as
   * at Slack) it closes the remaining ones. Until then they may still get deliveries.
   */
  disconnect(reason?: DisconnectReason, closeAfterMilliseconds?: number): void
  /** Cuts all connections without notice, or only the one with the last delivery. */
  cut(which?: 'all' | 'last'): void
  /** The next deliveries go to two connections each, in the same envelope: Socket Mode delivers at least once. */
  deliverTwice(times?: number): void
  /** Sends the last delivery once more in a new envelope. */
  redeliver(): Promise<Acknowledgement>
}

/** The server's side of Socket Mode. */
export type SocketMode = {
  sockets: Sockets
  /** A one-time ticket for the address from `apps.connections.open`. */
  newTicket(): string
  /** Sends an envelope on one connection and waits for its acknowledgement. */
  deliver(delivery: Delivery, withinMilliseconds: number): Promise<Acknowledgement>
  attach(server: Server): void
  /** Ends all connections and waits until they are gone. */
  close(): Promise<void>
}

const goodbyeMilliseconds = 500
const noticeMilliseconds = 10_000

/** Further connections of an app get `too_many_websockets` and are closed (slackapi/bolt-js, issue 2225). */
const mostConnections = 10

/** Clients drop a connection that sends no ping for 30 s. */
const pingMilliseconds = 10_000

/**
 * Socket Mode without connections at first. An acknowledgement counts on any connection; Slack's own Python library
 * relies on that (`SocketModeClient.send_message` writes to the current session).
 */
export function createSocketMode(appId: string, recorder: Recorder): SocketMode {
  const upgrades = new WebSocketServer({ noServer: true })
  const tickets = new Set<string>()
  const open: WebSocket[] = []
  const waiting = new Map<string, (ack: Acknowledgement) => void>()
  let turn = 0
  let doubled = 0
  let lastUsed: WebSocket | undefined
  let last: { delivery: Delivery; withinMilliseconds: number } | undefined

  const welcome = (socket: WebSocket) => {
    if (open.length >= mostConnections) return announce([socket], 'too_many_websockets', 0)
    open.push(socket)
    const pings = setInterval(() => socket.ping(), pingMilliseconds)
    socket.on('message', (data) => acknowledge(String(data)))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(pings)
      open.splice(open.indexOf(socket), 1)
      recorder.changed()
    })
    socket.send(JSON.stringify(hello(appId, open.length)))
    recorder.changed()
  }

  const acknowledge = (text: string) => {
    recorder.addTraffic(text)
    const frame = parseJson(text)
    if (!isObject(frame) || typeof frame.envelope_id !== 'string') return
    const payload = isObject(frame.payload) && Object.keys(frame.payload).length > 0 ? frame.payload : undefined
    const body = payload === undefined ? '' : JSON.stringify(payload)
    waiting.get(frame.envelope_id)?.({ ok: true, status: 200, body, json: payload })
  }

  const deliver = async (delivery: Delivery, withinMilliseconds: number): Promise<Acknowledgement> => {
    last = { delivery, withinMilliseconds }
    const ready = open.filter(({ readyState, OPEN }) => readyState === OPEN)
    const [socket, other] = [turn++, turn].map((at) => ready[at % Math.max(ready.length, 1)])
    if (socket === undefined) return failure('dispatch_failed')
    lastUsed = socket
    const envelope = envelopeOf(delivery)
    const text = JSON.stringify(envelope)
    recorder.addTraffic(text)
    const answer = Promise.withResolvers<Acknowledgement>()
    const timer = setTimeout(() => answer.resolve(failure('operation_timeout')), withinMilliseconds)
    waiting.set(envelope.envelope_id, answer.resolve)
    socket.send(text)
    if (doubled > 0) {
      doubled -= 1
      other?.send(text)
    }
    const ack = await answer.promise
    clearTimeout(timer)
    waiting.delete(envelope.envelope_id)
    return ack
  }

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const address = new URL(request.url ?? '', 'http://localhost')
    const isInvited = address.pathname === '/link/' && tickets.delete(address.searchParams.get('ticket') ?? '')
    if (!isInvited) return void stream.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
    upgrades.handleUpgrade(request, stream, head, welcome)
  }

  return {
    sockets: {
      count: () => open.filter(({ readyState, OPEN }) => readyState === OPEN).length,
      disconnect: (reason = 'refresh_requested', after = noticeMilliseconds) => announce([...open], reason, after),
      deliverTwice(times = 1) {
        doubled += times
      },
      cut: (which = 'all') => cutOff(which === 'all' ? open : open.filter((socket) => socket === lastUsed)),
      async redeliver() {
        if (last === undefined) throw new Error('nothing was delivered yet')
        return deliver(last.delivery, last.withinMilliseconds)
      },
    },
    newTicket() {
      const ticket = randomUUID()
      tickets.add(ticket)
      return ticket
    },
    deliver,
    attach: (server) => void server.on('upgrade', upgrade),
    async close() {
      await Promise.all(open.map(sayGoodbye))
    },
  }
}

/** Announces the end of connections with its reason; closes the remaining ones after the notice. */
const announce = (sockets: readonly WebSocket[], reason: DisconnectReason, noticeOf: number): void => {
  for (const socket of sockets) {
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: {} }))
    const timer = setTimeout(() => socket.close(), noticeOf)
    socket.once('close', () => clearTimeout(timer))
  }
}

const cutOff = (sockets: readonly WebSocket[]) => {
  for (const socket of [...sockets]) socket.terminate()
}

/** Closes a connection, or cuts it when the client does not answer in time. */
const sayGoodbye = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), goodbyeMilliseconds)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.close(1001)
  })

const hello = (appId: string, connections: number) => ({
  type: 'hello',
  num_connections: connections,
  connection_info: { app_id: appId },
  debug_info: { host: 'simulated', approximate_connection_time: 3600 },
})

function envelopeOf(delivery: Delivery) {
  const common = { envelope_id: randomUUID(), accepts_response_payload: true }
  switch (delivery.kind) {
    case 'command':
      return { ...common, type: 'slash_commands', payload: delivery.fields }
    case 'interaction':
      return { ...common, type: 'interactive', payload: delivery.payload }
    case 'event':
      return {
        ...common,
        type: 'events_api',
        payload: delivery.payload,
        accepts_response_payload: false,
        retry_attempt: 0,
        retry_reason: '',
      }
    default:
      return delivery satisfies never
  }
}
