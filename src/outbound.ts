import { EnvHttpProxyAgent, Pool, fetch as undiciFetch } from 'undici'
import { readCertificates, trustAlso } from './certificates.ts'
import type { OutboundProxy } from './config/proxy.ts'

/** The way out for everything but the vaults. */
export type Outbound = {
  readonly fetch: typeof fetch
  /** The same way for what is no fetch, such as a WebSocket; absent where nothing stands between. */
  readonly dispatcher?: EnvHttpProxyAgent
  close(): Promise<void>
}

/** What is on this machine is never asked for elsewhere. */
const own = ['localhost', '127.0.0.1', '[::1]']
/** How long a proxy may take to open a tunnel, milliseconds. */
const patience = 10_000

/**
 * Through the proxy where there is one, and with the authorities of `caFile` beside the system's for every peer of this
 * process. Throws, with the remedy, when there are none in that file.
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
  return { fetch: through as typeof fetch, dispatcher, close: () => dispatcher.destroy() }
}
