import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type AuditSink, ExternalError } from '../ports.ts'
import { octetCounted, type Sender, syslogMessage } from './syslog-format.ts'

type Options = {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
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
    const deliver = options.transport === 'tcp' ? byTcp : byUdp
    await deliver(options, messages, timed).catch((error: unknown) => {
      throw new ExternalError('unreachable', 'the syslog receiver did not take the rows', {
        transient: true,
        cause: error,
      })
    })
  },
})

/**
 * A connection of its own for each batch, closed from our side: the receiver closes its own when it has read to the end,
 * and a receiver that dies before that resets it. That is as near to an acknowledgement as plain syslog comes.
 */
const byTcp = async ({ host, port }: Options, messages: readonly string[], signal: AbortSignal): Promise<void> => {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal })
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
