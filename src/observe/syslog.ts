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
  /** For TLS: certificates to trust instead of the system's, PEM. */
  readonly caFile?: string | undefined
  readonly sender: Sender
  /** Milliseconds for one delivery. */
  readonly limit?: number
}

/** A syslog receiver. By UDP nobody can tell whether anything arrived. */
export const syslog = (options: Options): AuditSink => ({
  name: 'syslog',
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
  const reason = cause instanceof Error ? `: ${cause.message.replace(/; if the root CA.*/, '')}` : '' // Node's advice
  return new ExternalError(code, `${message}${reason}`, { transient: true, cause })
}

const byTcp = ({ host, port }: Options, messages: readonly string[], signal: AbortSignal): Promise<void> =>
  handOver(connect({ host, port }), 'connect', messages, signal)

/** RFC 5425. The file is read each time, so that a new authority needs no restart. */
const byTls = async (options: Options, messages: readonly string[], signal: AbortSignal): Promise<void> => {
  const { host, port, caFile } = options
  const ca = caFile === undefined ? undefined : await certificatesIn(caFile)
  const socket = tlsConnect({
    ...{ host, port, minVersion: 'TLSv1.2' },
    rejectUnauthorized: true, // said, because the environment could switch it off otherwise
    ...(!isIP(host) && { servername: host }), // an address must not be sent as a name; it is compared all the same
    ...(ca !== undefined && { ca }),
  })
  await handOver(socket, 'secureConnect', messages, signal).catch((error: unknown) => {
    if (!socket.authorizationError) throw error
    throw failure('certificate-refused', `the certificate of the syslog receiver ${host} is not accepted`, error)
  })
}

/** Never empty: Node takes an empty text for "those of the system". */
const certificatesIn = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw failure('no-certificates', 'the caFile for syslog cannot be read', error)
  })
  if (!text.includes('-----BEGIN ')) throw failure('no-certificates', `${file} has no certificates in it`, undefined)
  return text
}

/**
 * A connection of its own for each batch, closed from our side: the receiver closes its own when it has read to the end,
 * and a receiver that dies before that resets it. That is as near to an acknowledgement as syslog comes.
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
  socket.on('error', (error) => refused.abort(error)) // "nobody listens there" may come back at any time
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
