import { type RequestListener, request, type Server } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { Server as ProxyServer } from 'proxy-chain'
import { newAuthority } from './certificates.ts'

/** What answers for a host: a handler, or the port of a server on this machine. */
export type Site = RequestListener | number

/** Hosts that no name server knows, behind a real CONNECT proxy: who reaches them came through it. */
export type FarAway = {
  /** With user and password, as the environment has it. */
  readonly proxy: string
  readonly proxyAddress: string
  /** The authority of the hosts' certificates. */
  readonly caFile: string
  /** Each tunnel that was asked for, and `refused` where the password was wrong. */
  readonly tunnels: readonly string[]
  /** `METHOD host/path` of each request that came out of a tunnel. */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

export const proxyUser = { user: 'latchkey', password: 'pass@word of the proxy' }

/** Starts both in a folder for the certificates; an open proxy asks for no password, a secret one speaks TLS. */
export const farAway = async (
  folder: string,
  sites: Readonly<Record<string, Site>>,
  { isOpen = false, isSecret = false } = {},
): Promise<FarAway> => {
  const authority = newAuthority(folder)
  const tunnels: string[] = []
  const requests: string[] = []
  const hosts = Object.keys(sites)
  const site = createServer(authority.issue(...hosts.map((host) => `DNS:${host}`)))
  site.on('request', (incoming, response) => {
    const host = incoming.headers.host ?? ''
    requests.push(`${incoming.method} ${host}${incoming.url}`)
    const target = sites[host]
    if (typeof target === 'function') return target(incoming, response)
    const { method, url: path, headers } = incoming
    const onward = request({ port: target, host: '127.0.0.1', method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  site.on('upgrade', ({ headers, url }, socket, head) => {
    requests.push(`UPGRADE ${headers.host}${url?.split('?')[0]}`)
    const onward = connect(Number(sites[headers.host ?? '']), '127.0.0.1')
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    onward.write(`GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    onward.write(head)
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => [socket, onward].forEach((each) => void each.destroy()))
  })
  const proxy = new ProxyServer({
    ...{ port: 0, host: '127.0.0.1' },
    ...(isSecret ? { serverType: 'https', httpsOptions: authority.issue('DNS:localhost') } : { serverType: 'http' }),
    prepareRequestFunction: ({ username, password, hostname, port }) => {
      const isKnown = isOpen || (username === proxyUser.user && password === proxyUser.password)
      tunnels.push(isKnown ? `${hostname}:${port}` : 'refused')
      return isKnown
        ? { customConnectServer: site as unknown as Server } // it speaks TLS, which the proxy need not know
        : { requestAuthentication: true }
    },
  })
  await proxy.listen()
  const [scheme, place] = isSecret ? ['https', `localhost:${proxy.port}`] : ['http', `127.0.0.1:${proxy.port}`]
  const { user, password } = proxyUser
  return {
    proxy: `${scheme}://${user}:${encodeURIComponent(password)}@${place}`,
    proxyAddress: `${scheme}://${place}`,
    caFile: authority.caFile,
    tunnels,
    requests,
    stop: async () => {
      await proxy.close(true)
      site.closeAllConnections()
    },
  }
}
