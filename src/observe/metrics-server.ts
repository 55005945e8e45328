import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Log } from '../app/deps.ts'

type Options = {
  readonly host: string
  readonly port: number
  readonly contentType: string
  readonly text: () => Promise<string>
  readonly log: Pick<Log, 'error'>
}

/** Serves only `GET /metrics`, on a separate listener: it is for the monitoring network, not for browsers. */
export const serveMetrics = async ({ host, port, contentType, text, log }: Options) => {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, async (request, response) => {
    const isKnown = request.url?.split('?', 1)[0] === '/metrics'
    if (!isKnown || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(isKnown ? 405 : 404).end()
      return
    }
    try {
      const body = await text()
      response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
    } catch (error) {
      log.error({ error: String(error) }, 'metrics could not be collected')
      response.writeHead(500).end()
    }
  })
  server.listen({ host, port })
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async (): Promise<void> => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
