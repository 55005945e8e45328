import { Agent, type Dispatcher, errors, Pool, ProxyAgent } from 'undici'
import { readCertificates } from '../../certificates.ts'
import { ExternalError } from '../../ports.ts'
import { failure, failureOf } from './failure.ts'
import type { VaultParams } from './params.ts'

/** One request as it goes out. The path is encoded already and goes out byte for byte. */
export type Outgoing = {
  readonly method: Dispatcher.HttpMethod
  readonly origin: string
  readonly path: string
  /** The path as errors may show it. */
  readonly shown: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole exchange; the transport's own limit when absent. */
  readonly limit?: number
}

/** What came back: any status, the parsed JSON body, and the two headers that matter. */
export type Answer = {
  readonly status: number
  readonly body: unknown
  /** The body is there and is no JSON, such as a page of a proxy. */
  readonly isText?: boolean
  /** `Retry-After` in milliseconds, where it is given in seconds. */
  readonly retryAfter?: number
  /** Vault Enterprise's consistency token; sent back with later requests. */
  readonly index?: string
}

/** The wire to one vault. */
export type Transport = {
  /** One exchange. Throws an `ExternalError` that holds no token, header or body. */
  exchange(outgoing: Outgoing): Promise<Answer>
  close(): Promise<void>
}

type Options = {
  /** Milliseconds that one exchange may take, from connecting to the last byte. */
  readonly limit?: number
  /** Bytes that an answer may have. */
  readonly maxBytes?: number
  /** Certificates to trust instead of the built-in ones, PEM. */
  readonly certificates?: string | undefined
  /** Where a tunnel to the vault is asked for. */
  readonly proxy?: string | undefined
}

/** What the settings of a vault say about the wire to it. Throws when the file of certificates has none. */
export const wireOf = ({ caFile, proxy }: Pick<VaultParams, 'caFile' | 'proxy'>) => ({
  certificates: caFile === undefined ? undefined : readCertificates(caFile),
  proxy,
})

/** Connections to one vault, straight or through the proxy that is named for it. */
export const agentFor = (
  { limit = 20_000, certificates, proxy }: Omit<Options, 'maxBytes'>,
  more: Agent.Options = {},
): Dispatcher => {
  // Said, so that `NODE_TLS_REJECT_UNAUTHORIZED` in the environment cannot switch the check off.
  const tls = { timeout: limit, rejectUnauthorized: true, ...(certificates !== undefined && { ca: certificates }) }
  if (proxy === undefined) return new Agent({ ...more, connect: tls })
  const clientFactory = (origin: URL, options: object) => new Pool(origin, { ...options, headersTimeout: limit })
  return new ProxyAgent({ ...more, uri: proxy, requestTls: tls, proxyTls: tls, clientFactory })
}

/**
 * HTTP for the vault and nothing more: a time-out for the whole exchange, a cap on the answer's size, no redirects (a
 * redirect would carry the token to another host), no cookies, no proxy but the one that is named for this vault.
 */
export const transport = ({ limit = 20_000, maxBytes = 32 << 20, certificates, proxy }: Options = {}): Transport => {
  const agent = agentFor({ limit, certificates, proxy }, { maxResponseSize: maxBytes, connections: 32 })
  const exchange = async (outgoing: Outgoing): Promise<Answer> => {
    const { method, origin, path, headers, body } = outgoing
    const named = { method, path: outgoing.shown }
    // Not `AbortSignal.timeout`: it lives on for its whole time after an answer, thousands of them during a discovery.
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(new DOMException('', 'TimeoutError')), outgoing.limit ?? limit)
    try {
      const { signal } = patience
      const request = { method, origin, path, headers, signal, ...(body !== undefined && { body }) }
      const response = await agent.request(request)
      const text = await response.body.text()
      if (response.statusCode >= 300 && response.statusCode < 400) throw failureOf(response.statusCode, named)
      const json = parsed(text)
      const isText = json === undefined && text !== ''
      return { status: response.statusCode, body: json, isText, ...noteworthy(response.headers) }
    } catch (error) {
      throw classified(error, `${named.method} ${named.path}`)
    } finally {
      clearTimeout(timer)
    }
  }
  return { exchange, close: () => agent.destroy() }
}

const parsed = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

const noteworthy = (headers: Readonly<Record<string, string | string[] | undefined>>) => {
  const seconds = Number(headers['retry-after'])
  const index = headers['x-vault-index']
  return {
    ...(headers['retry-after'] !== undefined && Number.isFinite(seconds) && { retryAfter: seconds * 1000 }),
    ...(typeof index === 'string' && { index }),
  }
}

const classified = (error: unknown, what: string): Error => {
  if (error instanceof ExternalError) return error
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return failure('too-large', `The answer to ${what} is larger than is taken.`)
  }
  const name = error instanceof Error ? error.name : ''
  if (name.endsWith('TimeoutError')) {
    return failure('timeout', `The vault did not answer ${what} in time.`)
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : name
  return failure('unreachable', `The vault could not be reached for ${what} (${code}).`)
}
