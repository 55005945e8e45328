import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CliError, exitCodes } from '../trouble.ts'

/** What the browser brings back from the sign-in. */
export type Returned = { readonly code: string }
type Loopback = {
  readonly port: number
  /** Waits for the browser. The page that people see says that they may close it. */
  returned(): Promise<Returned>
  close(): void
}

const patience = 5 * 60_000

/** Listens on this machine only, for one return of a browser that knows the state (RFC 8252). */
export const listenForReturn = async (state: string): Promise<Loopback> => {
  const waiting = Promise.withResolvers<Returned>()
  waiting.promise.catch(() => {})
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.method !== 'GET' || pathname !== '/callback' || searchParams.get('state') !== state) {
      response.writeHead(404).end()
      return
    }
    const code = searchParams.get('code')
    const said = code === null ? 'You are not signed in.' : 'You are signed in.'
    response.writeHead(200, {
      ...{ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', connection: 'close' },
      ...{ 'content-security-policy': "default-src 'none'", 'referrer-policy': 'no-referrer' },
    })
    response.end(page(`${said} You may close this page, and go on in the terminal.`))
    if (code !== null) waiting.resolve({ code })
    else waiting.reject(new CliError(refusedBy(searchParams), exitCodes.refused))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const timer = setTimeout(
    () => waiting.reject(new CliError('nobody signed in within five minutes', exitCodes.notGiven)),
    patience,
  )
  return {
    port: (server.address() as AddressInfo).port,
    returned: () => waiting.promise,
    close: () => {
      clearTimeout(timer)
      server.close()
      server.closeAllConnections()
    },
  }
}

const refusedBy = (given: URLSearchParams): string =>
  given.get('error_description') ?? 'the sign-in was not confirmed in the browser'

const page = (text: string): string =>
  `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Latchkey</title><p>${text}</p></html>`
