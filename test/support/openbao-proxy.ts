import { createServer, type IncomingMessage } from 'node:http'

export type LoopbackProxy = {
  readonly address: string
  /** Requests that came, such as `GET sys/mounts`; the newest last. */
  readonly seen: readonly string[]
  stop(): Promise<void>
}

/** A request on its way to the server. */
export type Passing = { readonly method: string; readonly path: string; readonly query: URLSearchParams; body: string }

export type Refusal = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text?: string
}

export type ProxyRules = {
  /** Runs before a request is passed on; the number counts from 1. What it throws breaks the connection. */
  readonly before?: (line: string, number: number) => Promise<void>
  /** May change the request; a status answers it with that, without the server. */
  readonly request?: (passing: Passing) => number | Refusal | undefined
  /** The body that the client gets. */
  readonly response?: (text: string, path: string) => string
}

/** A proxy on the loopback address before a server: it watches, interferes, and changes what passes. */
export async function loopbackProxy(target: string, rules: ProxyRules): Promise<LoopbackProxy> {
  const seen: string[] = []
  const pass = async (incoming: IncomingMessage) => {
    const [given = '', search] = (incoming.url ?? '').split('?')
    const path = given.replace(/^\/v1\//, '')
    const body = await textOf(incoming)
    const passing: Passing = { method: incoming.method ?? 'GET', path, query: new URLSearchParams(search), body }
    seen.push(`${passing.method} ${path}`)
    await rules.before?.(`${passing.method} ${path}`, seen.length)
    const refused = rules.request?.(passing)
    const {
      status,
      headers,
      text: said = '{"errors":[]}',
    } = typeof refused === 'object' ? refused : { status: refused, headers: {}, text: undefined }
    if (status !== undefined) return { status, headers, text: said }
    const query = passing.query.size > 0 ? `?${passing.query}` : ''
    const answer = await fetch(`${target}${given}${query}`, {
      method: passing.method,
      headers: headersOf(incoming),
      redirect: 'manual',
      ...(passing.body !== '' && { body: passing.body }),
    })
    const text = await answer.text()
    const after = answer.headers.get('retry-after')
    const kept = { ...headers, ...(after !== null && { 'Retry-After': after }) }
    return { status: answer.status, headers: kept, text: rules.response?.(text, path) ?? text }
  }
  const server = createServer((incoming, outgoing) => {
    pass(incoming).then(
      ({ status, headers, text }) =>
        outgoing.writeHead(status, { ...headers, 'Content-Type': 'application/json' }).end(text),
      () => incoming.socket.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: `http://127.0.0.1:${port}`, seen, stop }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name) ? [[name, value]] : [],
    ),
  )
