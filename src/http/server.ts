import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { type WebOptions, web } from './web.ts'

export type ServerOptions = Omit<WebOptions, 'closing'> & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** The handlers of the chats' deliveries, by path. */
  readonly deliveries?: ReadonlyMap<string, RequestListener>
  /** The handlers of connections that stop speaking HTTP, by path. They end them before the server can close. */
  readonly upgrades?: ReadonlyMap<string, TakeUpgrade>
}

export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export type RunningServer = {
  /** The address of the server, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** Takes no more requests. Resolves when the running ones are answered, or cut off after ten seconds. */
  close(): Promise<void>
}

const closeLimit = 10_000

// A proxy keeps connections for about a minute. If we closed them first, requests would get lost.
const timeouts = { headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 75_000 }
// Node checks the first two timeouts only at this interval.
const connectionsCheckingInterval = 1_000

/** One server for everything that arrives by HTTP. Headers with a proxy's idea of the sender are not trusted. */
export const startServer = async ({
  host,
  port,
  deliveries,
  upgrades,
  ...options
}: ServerOptions): Promise<RunningServer> => {
  const stopping = new AbortController()
  const pages = getRequestListener(web({ ...options, closing: stopping.signal }).fetch)
  const server = createServer(
    {
      ...{ ...timeouts, connectionsCheckingInterval, maxHeaderSize: 16 * 1024 },
      // Some clients offer HTTP/2 with an upgrade; elsewhere theirs is a request like any other.
      ...(upgrades && { shouldUpgradeCallback: ({ url }) => upgrades.has(pathOf(url)) }),
    },
    (request, response) => {
      if (!server.listening) response.setHeader('connection', 'close')
      const take = deliveries?.get(pathOf(request.url)) ?? pages
      return take(request, response)
    },
  )
  if (upgrades) {
    server.on('upgrade', (request, socket, head) => {
      const take = upgrades.get(pathOf(request.url))
      if (take) return take(request, socket, head)
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
    })
  }
  server.listen({ host, port })
  await once(server, 'listening')
  let closing: Promise<void> | undefined
  const close = () => {
    stopping.abort() // calls that only wait end at once
    closing ??= closeGently(server)
    return closing
  }
  return { url: urlOf(server.address() as AddressInfo), close }
}

const pathOf = (target = '/'): string => target.split('?', 1)[0] ?? target

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

const closeGently = async (server: Server): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  const cut = setTimeout(() => server.closeAllConnections(), closeLimit)
  // A connection that was answering when we closed becomes idle later, and would stay open until its timeout.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed.finally(() => {
    clearTimeout(cut)
    clearInterval(sweep)
  })
}
