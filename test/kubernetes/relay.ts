import { connect, createServer, type Server, type Socket } from 'node:net'

type Place = { readonly host: string; readonly port: number }
export type Relay = { readonly port: number; stop(): Promise<void> }

/** Passes connections on, for what listens on this machine only and for what has another address each time. */
export const startRelay = async (host: string, target: () => Place | undefined): Promise<Relay> => {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const place = target()
    if (place === undefined) {
      near.destroy()
      return
    }
    const far = connect(place)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((listening) => server.listen(0, host, listening))
  return {
    port: portOf(server),
    stop: () => {
      for (const socket of open) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return address.port
}
