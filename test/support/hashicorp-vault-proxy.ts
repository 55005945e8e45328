import { createServer, type IncomingMessage } from 'node:http'

export type VaultProxy = {
  readonly address: string
  /** Requests that went through, such as `GET sys/mounts`; the newest last. */
  readonly seen: readonly string[]
  stop(): Promise<void>
}

type Options = {
  /** Older servers ignore `password_hash` without a word (HashiCorp Vault before 1.21, OpenBao before 2.6). */
  readonly knowsPasswordHash?: boolean
}

/**
 * A loopback proxy before an OpenBao that answers as was measured on HashiCorp Vault 1.21: policies have no end of their
 * own and no check-and-set, there is no list of policies below a prefix, no detailed metadata, no paging and no scanning,
 * and `sys/health` says what only that product says.
 */
export async function hashicorpVaultProxy(
  target: string,
  { knowsPasswordHash = true }: Options = {},
): Promise<VaultProxy> {
  const seen: string[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', target)
    const path = url.pathname.replace(/^\/v1\//, '')
    seen.push(`${request.method} ${path}`)
    const refused = refusalOf(path, url)
    if (refused) {
      response.writeHead(refused, { 'Content-Type': 'application/json' }).end('{"errors":[]}')
      return
    }
    for (const name of ['scan', 'after', 'limit']) url.searchParams.delete(name)
    const body = asKnown(await textOf(request), path, knowsPasswordHash)
    const answer = await fetch(`${target}${request.url?.split('?')[0]}${url.search}`, {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      redirect: 'manual',
      ...(body !== '' && { body }),
    })
    const text = asAnswered(await answer.text(), path)
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text)
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

const isPolicy = (path: string): boolean => path.startsWith('sys/policies/acl/')

const refusalOf = (path: string, url: URL): number | undefined => {
  if (isPolicy(path) && url.searchParams.get('list') === 'true') return 405
  return path.includes('/detailed-metadata/') ? 404 : undefined
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

/** The body without what the older or other product does not know. */
const asKnown = (text: string, path: string, knowsPasswordHash: boolean): string => {
  if (text === '') return text
  const { ttl, expiration, cas, ...policy } = JSON.parse(text)
  if (isPolicy(path)) return JSON.stringify(policy)
  const { password_hash: _, ...user } = JSON.parse(text)
  return knowsPasswordHash || !path.includes('/users/') ? text : JSON.stringify(user)
}

const asAnswered = (text: string, path: string): string => {
  if (text === '') return text
  const body = JSON.parse(text)
  if (path === 'sys/health') return JSON.stringify({ ...body, enterprise: false, performance_standby: false })
  if (!isPolicy(path) || !body.data) return text
  const { name, policy } = body.data
  return JSON.stringify({ ...body, name, policy, data: { name, policy } })
}
