import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Connections that send headers as Slack's look, nearly a whole body, and then nothing; cut ones come back. */
export type Hold = { readonly port: number; readonly connections: number; readonly bytes: number }

/** A process of its own, so that what the holding takes is not measured. */
process.on('message', async ({ port, connections, bytes }: Hold) => {
  let connected = 0
  const body = Buffer.alloc(bytes, 'x')
  const hold = async (): Promise<never> => {
    for (;;) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.once('connect', () => {
        connected += 1
        if (connected === connections) process.send?.('held')
      })
      socket.write(
        `POST /slack/events HTTP/1.1\r\nhost: latchkey\r\ncontent-length: ${bytes + 1}\r\nx-slack-signature: v0=${'0'.repeat(64)}\r\nx-slack-request-timestamp: ${Math.floor(Date.now() / 1000)}\r\n\r\n`,
      )
      socket.write(body)
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
      await delay(1000)
    }
  }
  for (let each = 0; each < connections; each += 1) void hold()
})
