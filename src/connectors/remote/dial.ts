import { once } from 'node:events'
import type { Agent } from 'node:http'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { isOwnAddress } from '../../domain/address.ts'
import { jsonOf } from '../../domain/json-of.ts'
import type { Clock } from '../../ports.ts'
import {
  Challenge,
  challengeText,
  connectionOf,
  joinText,
  linePath,
  mostClockDifference,
  newNonce,
  presentText,
  type Shared,
  serverOf,
  Welcome,
  type WelcomeMessage,
  welcomeText,
} from './handshake.ts'
import { fingerprint, isSignedBy, type OwnKey } from './keys.ts'
import { longest } from './protocol.ts'

/** How to reach the server. */
export type Way = {
  /** Its public address, such as `https://latchkey.example.com`. */
  readonly server: string
  /** Goes through the environment's proxy, where there is one. */
  readonly agent?: Agent | undefined
  readonly clock: Pick<Clock, 'now'>
}

/** How a connector introduces itself: by its pinned server and id, or by a one-time token. */
export type Introducing = { readonly connector: string; readonly serverKey: string } | { readonly token: string }

/** A connection on which both ends have proved who they are. */
export type Dialled = {
  readonly socket: WebSocket
  readonly connection: string
  readonly serverKey: string
  readonly welcome: WelcomeMessage
}

/** Why no line came up, in a sentence for the operator. `isFinal`: another try needs the operator first. */
export class NoLine extends Error {
  readonly isFinal: boolean
  constructor(message: string, isFinal = false) {
    super(message)
    this.name = 'NoLine'
    this.isFinal = isFinal
  }
}

/** Milliseconds for all greetings. */
const patience = 20_000

/** Whether the address may be dialled: tokens of people pass this line. */
export const isSafeServer = (address: string): boolean => /^https:/i.test(address) || isOwnAddress(address)

/** Dials the server, and returns once both ends are proved. Throws `NoLine`. */
export const dial = async ({ server, agent, clock }: Way, key: OwnKey, as: Introducing): Promise<Dialled> => {
  if (!isSafeServer(server)) throw new NoLine(`${server}: use https (plain http is for this machine only)`, true)
  const address = `${server.replace(/^http/i, 'ws').replace(/\/+$/, '')}${linePath}`
  const socket = new WebSocket(address, {
    ...{ perMessageDeflate: false, maxPayload: longest.toConnector, handshakeTimeout: patience },
    allowSynchronousEvents: false, // the first order may arrive in one packet with the welcome
    ...(agent && { agent }),
  })
  const over = AbortSignal.timeout(patience)
  try {
    await once(socket, 'open', { signal: over })
    const next = hearing(socket, over)
    return await greet({ socket, next, clock }, key, as)
  } catch (error) {
    socket.on('error', () => {}) // `terminate` may report that the socket never opened
    socket.terminate()
    if (error instanceof NoLine) throw error
    throw new NoLine(
      over.aborted ? `${server} did not answer in time` : `${server} cannot be reached: ${reason(error)}`,
    )
  }
}

const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return 'the line broke'
  return 'code' in error ? `${error.message} (${error.code})` : error.message
}

type Talk = {
  readonly socket: WebSocket
  readonly next: <Message>(schema: z.ZodType<Message>) => Promise<Message>
  readonly clock: Way['clock']
}

/** Each message is asked for before the other end can send it. */
const hearing =
  (socket: WebSocket, signal: AbortSignal): Talk['next'] =>
  async (schema) => {
    const closed = once(socket, 'close', { signal }).then(() => {
      throw new NoLine('the server hung up')
    })
    const [data] = await Promise.race([once(socket, 'message', { signal }), closed])
    const message = schema.safeParse(jsonOf(String(data)))
    if (!message.success) throw new NoLine('the server speaks another protocol: compare the versions of both')
    return message.data
  }

const greet = async ({ socket, next, clock }: Talk, key: OwnKey, as: Introducing): Promise<Dialled> => {
  const connectorNonce = newNonce()
  const challenged = next(Challenge)
  socket.send(JSON.stringify({ say: 'hello', version: 1, nonce: connectorNonce }))
  const { key: serverKey, nonce, at, signature } = await challenged
  const shared: Shared = { serverKey, serverNonce: nonce, connectorNonce }
  if (!isSignedBy(serverKey, challengeText(shared, at), signature)) throw new NoLine('the server does not have its key')
  refuseStranger(serverKey, as)
  const difference = Math.abs(clock.now() - at)
  if (difference > mostClockDifference) {
    throw new NoLine(`the clocks differ by ${Math.round(difference / 1000)} seconds; set both by NTP`)
  }
  const answered = next(Welcome)
  socket.send(JSON.stringify(introduction(shared, key, as)))
  const welcome = await answered
  if (welcome.say === 'refused') throw new NoLine(`the server says: ${welcome.message}`, true)
  if (!isSignedBy(serverKey, welcomeText(shared, key.publicKey, welcome), welcome.signature))
    throw new NoLine('the server does not have its key')
  return { socket, connection: connectionOf(shared, key.publicKey), serverKey, welcome }
}

/** Another server must get neither the token nor a line. */
const refuseStranger = (serverKey: string, as: Introducing): void => {
  const isMeant = 'token' in as ? serverOf(as.token) === fingerprint(serverKey) : as.serverKey === serverKey
  if (isMeant) return
  throw new NoLine(
    'token' in as
      ? 'another server answers than the one that made the token: check --server, and what is between'
      : 'another server answers than the one that this connector joined. If its key was lost, join anew.',
  )
}

const introduction = (shared: Shared, key: OwnKey, as: Introducing): object => {
  if ('token' in as) {
    const { token } = as
    const signature = key.sign(joinText(shared, key.publicKey, token))
    return { say: 'join', token, key: key.publicKey, signature }
  }
  return { say: 'present', connector: as.connector, signature: key.sign(presentText(shared, as.connector)) }
}
