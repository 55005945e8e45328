import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** A way to PostgreSQL that notes the statements of each transaction as the server gets them. */
export type Overhearing = {
  readonly port: number
  /** The statements between the begin and the commit of each transaction; forgets them. */
  transactions(): readonly (readonly string[])[]
  stop(): Promise<void>
}

/** Starts one on the loopback address. */
export async function overhear(port: number): Promise<Overhearing> {
  const heard: string[][] = []
  const relay = createServer((client) => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true })
    let open: string[] | undefined
    const hear = newHearing((statement) => {
      if (/^BEGIN/.test(statement)) open = []
      else if (statement === 'COMMIT' && open) heard.push(open)
      else open?.push(statement)
    })
    client.on('data', hear)
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    client.pipe(server).pipe(client)
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return {
    port: (relay.address() as AddressInfo).port,
    transactions: () => heard.splice(0),
    stop: async () => void (await once(relay.close(), 'close')),
  }
}

/** Reads what a client sends: a message without a type first, then messages with a letter, a length and a body. */
const newHearing = (tell: (statement: string) => void) => {
  let isGreeted = false
  let rest = Buffer.alloc(0)
  return (bytes: Buffer): void => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const type = isGreeted ? 1 : 0
      if (rest.length < type + 4 || rest.length < type + rest.readInt32BE(type)) return
      const end = type + rest.readInt32BE(type)
      const letter = isGreeted ? String.fromCharCode(rest[0] ?? 0) : ''
      const words = rest.toString('utf8', type + 4, end).split('\0')
      if (letter === 'Q') tell(words[0] ?? '')
      if (letter === 'P') tell(words[1] ?? '')
      rest = rest.subarray(end)
      isGreeted = true
    }
  }
}
