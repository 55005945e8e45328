import { on } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { InstanceId } from '../../domain/ids.ts'
import { jsonOf } from '../../domain/json-of.ts'
import type { ConnectorReport, JoinRefusal, RemoteConnector, ServerWord } from '../../domain/remote-connector.ts'
import type { Clock } from '../../ports.ts'
import {
  challengeText,
  connectionOf,
  Hello,
  Introduction,
  joinText,
  longestGreeting,
  newNonce,
  presentText,
  type Shared,
  welcomeText,
} from './handshake.ts'
import { isSignedBy, type OwnKey } from './keys.ts'
import type { Lines } from './lines.ts'
import { longest } from './protocol.ts'
import { BadMessage } from './sealed.ts'
import { serverLine } from './server-line.ts'

/** What the gate asks the rest of the server. */
export type Registrar = {
  /** The connector with this id, revoked or not. */
  find(id: string): Promise<RemoteConnector | undefined>
  join(given: {
    readonly token: string
    readonly key: string
    readonly address: string
  }): Promise<RemoteConnector | JoinRefusal>
  /** A connection that came to nothing: why, and who it claimed to be. */
  refused(why: string, connector?: RemoteConnector): void
  connected(connector: RemoteConnector): void
  lost(connector: RemoteConnector, why: string): void
  reported(connector: RemoteConnector, report: ConnectorReport): Promise<ServerWord>
}

export type GateOptions = {
  readonly key: OwnKey
  readonly instance: InstanceId
  readonly lines: Lines
  readonly clock: Pick<Clock, 'now'>
  readonly registrar: Registrar
  /** Milliseconds for the greetings, and how many connections may be at them. */
  readonly patience?: number
  readonly most?: number
}

export type Gate = {
  /** Takes an upgrade of the HTTP server on `linePath`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

/** Words for whom the server turns away. They say nothing that the other end did not know. */
const refusals: Readonly<Record<JoinRefusal | 'not-known' | 'revoked', string>> = {
  unknown: 'this token is not one of this server; make one with "latchkey connectors invite"',
  used: 'this token was used before; if not by you, revoke what joined: "latchkey connectors list"',
  expired: 'this token is older than an hour; make another with "latchkey connectors invite"',
  taken: 'the integration has a connector; revoke it first: "latchkey connectors revoke"',
  'not-known': 'the server does not know this connector or its key; let it join anew',
  revoked: 'this connector was revoked',
}

/** The caller hung up, which says nothing. */
const left = 'left'

/** A connection that ends without a line. */
class TurnedAway extends Error {
  readonly code: string
  readonly connector: RemoteConnector | undefined
  constructor(code: string, connector?: RemoteConnector) {
    super(code)
    this.code = code
    this.connector = connector
  }
}

/**
 * Lets connectors in. Anybody may call, so callers without a proof are few, say little and stay a few seconds. When too
 * many are there, the oldest is cut: a genuine connector needs a moment only.
 */
export const connectorGate = (options: GateOptions): Gate => {
  const { patience = 10_000, most = 32, registrar } = options
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: true, perMessageDeflate: false, maxPayload: longest.toServer },
  })
  const waiting = new Set<Duplex>()
  const upgrade: Gate['upgrade'] = (request, socket, head) => {
    waiting.add(socket)
    const [oldest] = waiting
    if (waiting.size > most && oldest) oldest.destroy()
    let heard = head.length
    const measure = (chunk: Buffer) => {
      heard += chunk.length
      if (heard > longestGreeting) socket.destroy()
    }
    const timer = setTimeout(() => socket.destroy(), patience)
    const settled = () => {
      clearTimeout(timer)
      socket.off('data', measure)
      waiting.delete(socket)
    }
    socket.on('error', () => {}) // a caller that left is no error of ours
    socket.once('close', settled)
    sockets.handleUpgrade(request, socket, head, (web) => {
      socket.on('data', measure)
      web.on('error', () => web.terminate())
      const address = request.socket.remoteAddress ?? 'unknown'
      letIn(options, web, address, settled).catch((error: unknown) => {
        const code = error instanceof TurnedAway ? error.code : 'failed'
        if (code === left) return
        registrar.refused(code, error instanceof TurnedAway ? error.connector : undefined)
        const message = Object.entries(refusals).find(([name]) => name === code)?.[1] ?? 'this is not understood'
        web.send(JSON.stringify({ say: 'refused', code, message }))
        web.close(1008)
      })
    })
  }
  return {
    upgrade,
    close: () => {
      options.lines.closeAll()
      for (const socket of waiting) socket.destroy()
      for (const web of sockets.clients) web.terminate()
    },
  }
}

const letIn = async (options: GateOptions, web: WebSocket, address: string, settled: () => void): Promise<void> => {
  const { key, instance, lines, clock, registrar } = options
  const greetings = greetingsOf(web)
  const { nonce: connectorNonce } = await greetings.next(Hello)
  const shared: Shared = { serverKey: key.publicKey, serverNonce: newNonce(), connectorNonce }
  const at = clock.now()
  const challenge = {
    key: key.publicKey,
    nonce: shared.serverNonce,
    at,
    signature: key.sign(challengeText(shared, at)),
  }
  web.send(JSON.stringify({ say: 'challenge', ...challenge }))
  const introduced = await greetings.next(Introduction)
  const connector =
    introduced.say === 'join'
      ? await joined(options, shared, introduced, address)
      : await presented(options, shared, introduced)
  if (web.readyState !== web.OPEN) return
  settled()
  greetings.stop()
  const { id, integration } = connector
  const welcome = { connector: id, integration, instance }
  const signature = key.sign(welcomeText(shared, connector.key, welcome))
  const connection = connectionOf(shared, connector.key)
  const line = serverLine({ socket: web, connection, key, connector, clock, reported: registrar.reported })
  web.send(JSON.stringify({ say: 'welcome', ...welcome, signature }))
  lines.put(line)
  registrar.connected(connector)
  // Somebody may have revoked it since it was found.
  registrar.find(id).then((now) => now?.revoked && line.close('it was revoked'), line.close)
  line.ended.then((why) => {
    if (why instanceof BadMessage) registrar.refused(why.message, connector)
    registrar.lost(connector, why instanceof BadMessage ? 'it was closed for a bad message' : why)
  })
}

type Of<Say extends string> = z.infer<typeof Introduction> & { readonly say: Say }

const joined = async (
  { registrar }: GateOptions,
  shared: Shared,
  { token, key, signature }: Of<'join'>,
  address: string,
): Promise<RemoteConnector> => {
  if (!isSignedBy(key, joinText(shared, key, token), signature)) throw new TurnedAway('not-signed')
  const answer = await registrar.join({ token, key, address })
  if (typeof answer === 'string') throw new TurnedAway(answer)
  return answer
}

const presented = async (
  { registrar }: GateOptions,
  shared: Shared,
  { connector: id, signature }: Of<'present'>,
): Promise<RemoteConnector> => {
  const connector = await registrar.find(id)
  if (!connector || !isSignedBy(connector.key, presentText(shared, id), signature)) throw new TurnedAway('not-known')
  if (connector.revoked) throw new TurnedAway('revoked', connector)
  return connector
}

/** The messages before both ends are sure of each other. Their bytes are limited, so nothing piles up. */
const greetingsOf = (web: WebSocket) => {
  const heard = on(web, 'message', { close: ['close'] })
  return {
    next: async <Message>(schema: z.ZodType<Message>): Promise<Message> => {
      const { value, done } = await heard.next()
      if (done) throw new TurnedAway(left)
      const [data, isBinary] = z.tuple([z.unknown(), z.boolean()]).parse(value)
      const message = schema.safeParse(isBinary ? undefined : jsonOf(String(data)))
      if (!message.success) throw new TurnedAway('not-understood')
      return message.data
    },
    stop: () => void heard.return?.(),
  }
}
