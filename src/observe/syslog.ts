import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { type AuditSink, ExternalError } from '../ports.ts'
import { octetCounted, type Sender, syslogMessage } from './syslog-format.ts'

type Options = {
  readonly host: string
  readonly port: number
  readonly transport: 'tls' | 'tcp' | 'udp'
  /** CA certificates (PEM) that replace the system's, for TLS. */
  readonly caFile?: string | undefined
  readonly sender: Sender
  /** The time limit of one delivery, in milliseconds. */
  readonly limit?: number
}

/** A syslog receiver. With UDP nobody knows whether anything arrived. */
export const syslog = (options: Options): AuditSink => ({
  name: 'syslog',
  begins: 'first-row',
  send: async (rows, signal) => {
    const messages = rows.map((row) => syslogMessage(row, options.sender))
    const timed = AbortSignal.any([signal, AbortSignal.timeout(options.limit ?? 10_000)])
    const deliver = { tls: byTls, tcp: byTcp, udp: byUdp }[options.transport]
    await deliver(options, messages, timed).catch((error: unknown) => {
      if (error instanceof ExternalError) throw error
      throw failure('unreachable', 'the syslog receiver did not take the rows', error)
    })
  },
})

const failure = (code: string, message: string, cause: unknown): ExternalError => {
  const reason = cause instanceof Error ? `: ${cause.message.replace(/; if the root CA.*/, '')}` : '' // the cut text is Node's advice
  return new ExternalError(code, `${message}${reason}`, { transient: true, cause })
}

const byTcp = ({ host, port }: Options, messages: readonly string[], signal: AbortSignal): Promise<void> =>
  handOver(connect({ host, port }), 'connect', messages, signal)

/** RFC 5425. The file is read for each connection, so that a new authority needs no restart. */
const byTls = async (options: Options, messages: readonly string[], signal: AbortSignal): Promise<void> => {
  const { host, port, caFile } = options
  const ca = caFile === undefined ? undefined : await certificatesIn(caFile)
  const socket = tlsConnect({
    ...{ host, port, minVersion: 'TLSv1.2' },
    rejectUnauthorized: true, // set explicitly, because the environment could switch the check off
    ...(!isIP(host) && { servername: host }), // an address must not be sent as a server name; Node still compares it with the certificate
    ...(ca !== undefined && { ca }),
  })
  await handOver(socket, 'secureConnect', messages, signal).catch((error: unknown) => {
    if (!socket.authorizationError) throw error
    throw failure('certificate-refused', `the certificate of the syslog receiver ${host} is not accepted`, error)
  })
}

/** Never returns an empty text: Node would then trust the system's authorities. */
const certificatesIn = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw failure('no-certificates', 'the caFile for syslog cannot be read', error)
  })
  if (!text.includes('-----BEGIN ')) throw failure('no-certificates', `${file} contains no certificates`, undefined)
  return text
}

/**
 * Uses one connection per batch and closes it. The receiver closes its side after it has read everything; a receiver
 * that dies earlier resets it. Syslog has no better acknowledgement.
 */
const handOver = async (
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  messages: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  try {
    await once(socket, ready, { signal })
    socket.resume()
    socket.end(messages.map(octetCounted).join(''))
    await once(socket, 'end', { signal })
  } finally {
    socket.destroy()
  }
}

const byUdp = async ({ host, port }: Options, messages: readonly string[], signal: AbortSignal): Promise<void> => {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const refused = new AbortController()
  socket.on('error', (error) => refused.abort(error)) // the error "connection refused" may arrive at any time
  try {
    socket.connect(port, host)
    await once(socket, 'connect', { signal })
    for (const message of messages) await sendOne(socket, message)
    refused.signal.throwIfAborted()
  } finally {
    socket.close()
  }
}

const sendOne = (socket: ReturnType<typeof createSocket>, message: string): Promise<void> =>
  new Promise((resolve, reject) => socket.send(message, (error) => (error ? reject(error) : resolve())))
