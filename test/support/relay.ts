import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Passes on what connections carry, without reading it: a balancer, or the way to a database. */
export type Relay = {
  readonly port: number
  /** New connections go to these ports in turns; one that refuses is left out. */
  to(...ports: readonly number[]): void
  /** What comes from clients waits so many milliseconds. */
  slowBy(milliseconds: number): void
  /** Breaks every connection off. */
  cut(): void
  stop(): Promise<void>
}

/** Starts one on the loopback address. */
export async function startRelay(...first: readonly number[]): Promise<Relay> {
  let ports = first
  let turn = 0
  let wait = 0
  const open = new Set<Socket>()

  /** Tries every port once, beginning with the one whose turn it is. */
  const onward = async (): Promise<Socket | undefined> => {
    const start = turn
    turn += 1
    for (let step = 0; step < ports.length; step += 1) {
      const socket = await connected(ports[(start + step) % ports.length] ?? 0)
      if (socket) return socket
    }
    return undefined
  }
  const pass = async (client: Socket) => {
    client.on('error', () => client.destroy())
    client.setNoDelay(true)
    open.add(client)
    client.once('close', () => open.delete(client))
    const server = await onward()
    if (!server) return client.destroy()
    server.on('error', () => server.destroy())
    client.on('data', (bytes) => {
      if (wait === 0) return server.write(bytes)
      return delay(wait).then(() => server.write(bytes))
    })
    server.pipe(client)
    client.once('close', () => server.destroy())
    server.once('close', () => client.destroy())
    if (client.destroyed) server.destroy()
    return client.resume()
  }
  const balancer = createServer({ pauseOnConnect: true }, (client) => void pass(client))
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const cut = () => {
    for (const client of open) client.destroy()
  }
  return {
    port: (balancer.address() as AddressInfo).port,
    to: (...next) => {
      ports = next
    },
    slowBy: (milliseconds) => {
      wait = milliseconds
    },
    cut,
    stop: async () => {
      const closed = once(balancer.close(), 'close')
      cut()
      await closed
    },
  }
}

const connected = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
