import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type WebOptions, web } from './web.ts'

export type ServerOptions = Omit<WebOptions, 'closing'> & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** The handlers of the chats' deliveries, by path. */
  readonly deliveries?: ReadonlyMap<string, RequestListener>
}

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
export const startServer = async ({ host, port, deliveries, ...options }: ServerOptions): Promise<RunningServer> => {
  const stopping = new AbortController()
  const pages = getRequestListener(web({ ...options, closing: stopping.signal }).fetch)
  const server = createServer(
    { ...timeouts, connectionsCheckingInterval, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      if (!server.listening) response.setHeader('connection', 'close')
      const take = deliveries?.get(pathOf(request.url)) ?? pages
      return take(request, response)
    },
  )
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
