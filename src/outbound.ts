import { Agent } from 'node:https'
import { EnvHttpProxyAgent, Pool, fetch as undiciFetch } from 'undici'
import { readCertificates, trustAlso } from './certificates.ts'
import type { OutboundProxy } from './config/proxy.ts'

/** The network access for everything but the vaults. */
export type Outbound = {
  readonly fetch: typeof fetch
  /** The same for connections that are not fetches, such as WebSockets; absent without a proxy. */
  readonly dispatcher?: EnvHttpProxyAgent
  /** The same for programs that use Node's own agents; absent without a proxy. */
  readonly agent?: Agent
  close(): Promise<void>
}

/** Addresses of this machine, which never go through the proxy. */
const own = ['localhost', '127.0.0.1', '[::1]']
/** How long a proxy may take to open a tunnel, in milliseconds. */
const patience = 10_000

/**
 * Uses the proxy if there is one, and adds the authorities of `caFile` to the system's for this process. Throws, with
 * the remedy, when that file contains none.
 */
export const openOutbound = ({
  proxy,
  caFile,
}: {
  readonly proxy?: OutboundProxy
  readonly caFile?: string | undefined
}): Outbound => {
  if (caFile !== undefined) trustAlso(readCertificates(caFile), caFile)
  if (proxy === undefined) return { fetch, close: async () => {} }
  const dispatcher = new EnvHttpProxyAgent({
    httpsProxy: proxy.address,
    httpProxy: '', // plain http is for this machine only
    noProxy: proxy.except.includes('*') ? '*' : [...proxy.except, ...own].join(','),
    ...(proxy.authorization && { token: proxy.authorization.reveal() }),
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: patience }),
  })
  const through: typeof undiciFetch = (input, init) => undiciFetch(input, { ...init, dispatcher })
  const agent = new Agent({ proxyEnv: proxyEnvironment(proxy) })
  const close = async () => {
    agent.destroy()
    await dispatcher.destroy()
  }
  return { fetch: through as typeof fetch, dispatcher, agent, close }
}

/** The proxy in the form that Node's agents read. */
const proxyEnvironment = ({ address, authorization, except }: OutboundProxy): Record<string, string> => {
  const url = new URL(address)
  const [user = '', ...password] = decoded(authorization?.reveal()).split(':')
  if (user !== '')
    Object.assign(url, { username: encodeURIComponent(user), password: encodeURIComponent(password.join(':')) })
  return { HTTPS_PROXY: url.href, NO_PROXY: except.includes('*') ? '*' : [...except, ...own].join(',') }
}

const decoded = (header = ''): string => Buffer.from(header.replace(/^Basic /, ''), 'base64').toString()
