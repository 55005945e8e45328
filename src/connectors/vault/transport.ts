import { Agent, type Dispatcher, errors, Pool, ProxyAgent } from 'undici'
import { z } from 'zod'
import { readCertificates } from '../../certificates.ts'
import { jsonOf } from '../../domain/json-of.ts'
import { ExternalError } from '../../ports.ts'
import { failure, failureOf } from './failure.ts'
import type { VaultParams } from './params.ts'

/** One request as it is sent. The path is already encoded and is sent byte for byte. */
export type Outgoing = {
  readonly method: Dispatcher.HttpMethod
  readonly origin: string
  readonly path: string
  /** The path as errors may show it. */
  readonly shown: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole exchange; by default the transport's own limit. */
  readonly limit?: number
}

/** The answer: any status, the parsed JSON body, and two headers. */
export type Answer = {
  readonly status: number
  readonly body: unknown
  /** There is a body, but not JSON, such as the page of a proxy. */
  readonly isText?: boolean
  /** `Retry-After` in milliseconds, when the header contains seconds. */
  readonly retryAfter?: number
  /** Vault Enterprise's consistency token; later requests send it back. */
  readonly index?: string
}

/** The connection to one vault. */
export type Transport = {
  /** Makes one exchange. Throws an `ExternalError` without token, header or body. */
  exchange(outgoing: Outgoing): Promise<Answer>
  close(): Promise<void>
}

type Options = {
  /** Milliseconds that one exchange may take, from connecting to the last byte. */
  readonly limit?: number
  /** The largest answer, in bytes. */
  readonly maxBytes?: number
  /** CA certificates (PEM) that replace the built-in ones. */
  readonly certificates?: string | undefined
  /** Their file, and what names it. It is read again when a certificate is not trusted, for a changed authority. */
  readonly source?: { readonly file: string; readonly from: string } | undefined
  /** The proxy that opens a tunnel to the vault. */
  readonly proxy?: string | undefined
}

/** The connection settings of a vault. Throws when the file of certificates contains none. */
export const wireOf = ({ caFile, proxy }: Pick<VaultParams, 'caFile' | 'proxy'>) => ({
  certificates: caFile === undefined ? undefined : readCertificates(caFile),
  source: caFile === undefined ? undefined : { file: caFile, from: 'caFile' },
  proxy,
})

/** Connections to one vault, direct or through its configured proxy. */
export const agentFor = (
  { limit = 20_000, certificates, proxy }: Omit<Options, 'maxBytes' | 'source'>,
  more: Agent.Options = {},
): Dispatcher => {
  // Set explicitly, so that `NODE_TLS_REJECT_UNAUTHORIZED` cannot switch the check off.
  const tls = { timeout: limit, rejectUnauthorized: true, ...(certificates !== undefined && { ca: certificates }) }
  if (proxy === undefined) return new Agent({ ...more, connect: tls })
  const clientFactory = (origin: URL, options: object) => new Pool(origin, { ...options, headersTimeout: limit })
  return new ProxyAgent({ ...more, uri: proxy, requestTls: tls, proxyTls: tls, clientFactory })
}

/**
 * HTTP for the vault only. It has one time limit per exchange and a maximum answer size. It follows no redirects, which
 * would send the token to another host. It uses no cookies, and only the vault's configured proxy.
 */
export const transport = (options: Options = {}): Transport => {
  const { limit = 20_000, maxBytes = 32 << 20, source, proxy } = options
  const agentWith = (certificates: string | undefined) =>
    agentFor({ limit, certificates, proxy }, { maxResponseSize: maxBytes, connections: 32 })
  let trusted = options.certificates
  let agent = agentWith(trusted)
  /** Whether connections of now on trust other authorities than `before`. Those in use end by themselves. */
  const trustsAnew = (before: string | undefined): boolean => {
    const found = source && certificatesIn(source.file)
    if (found !== undefined && found !== trusted) {
      agent.close().catch(() => {})
      trusted = found
      agent = agentWith(found)
    }
    return trusted !== before
  }
  const exchange = async (outgoing: Outgoing): Promise<Answer> => {
    const before = trusted
    const { method, origin, path, headers, body } = outgoing
    const named = { method, path: outgoing.shown }
    // Not `AbortSignal.timeout`: its timer outlives the answer, and a discovery makes thousands of calls.
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(new DOMException('', 'TimeoutError')), outgoing.limit ?? limit)
    try {
      const { signal } = patience
      const request = { method, origin, path, headers, signal, ...(body !== undefined && { body }) }
      const response = await agent.request(request)
      const text = await response.body.text()
      if (response.statusCode >= 300 && response.statusCode < 400) throw failureOf(response.statusCode, named)
      const json = jsonOf(text)
      const isText = json === undefined && text !== ''
      return { status: response.statusCode, body: json, isText, ...noteworthy(response.headers) }
    } catch (error) {
      // Nothing was sent yet, so another try is safe.
      if (reasons[codeOf(error)] === untrusted && trustsAnew(before)) return await exchange(outgoing)
      throw classified(error, `${named.method} ${named.path}`, source)
    } finally {
      clearTimeout(timer)
    }
  }
  return { exchange, close: () => agent.destroy() }
}

/** The authorities in a file; `undefined` while it cannot be used, such as in the middle of a change. */
const certificatesIn = (file: string): string | undefined => {
  try {
    return readCertificates(file)
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

const untrusted =
  'its certificate is not trusted; name a file with its authority (caFile; for the commands of an administrator BAO_CACERT)'
/** What codes of TLS and of the network mean. */
const reasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it at the vault',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks plain http there, not https',
  ENOTFOUND: 'there is no such host',
  ECONNREFUSED: 'nothing listens there',
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** What a failure means, with the file that was trusted, or the names that the certificate has. */
const reasonOf = (error: unknown, source: Options['source']): string | undefined => {
  const reason = reasons[codeOf(error)]
  if (reason === untrusted && source)
    return `its certificate is not signed by any authority in ${source.file} (from ${source.from})`
  const names = error instanceof Error && 'cert' in error && certificateNames.safeParse(error.cert).data
  return names ? `${reason}: it names ${names.subjectaltname}` : reason
}

const certificateNames = z.object({ subjectaltname: z.string().min(1) })

const classified = (error: unknown, what: string, source: Options['source']): Error => {
  if (error instanceof ExternalError) return error
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return failure('too-large', `The answer to ${what} is larger than is taken.`)
  }
  if (error instanceof Error && error.name.endsWith('TimeoutError')) {
    return failure('timeout', `The vault did not answer ${what} in time.`)
  }
  const why = reasonOf(error, source)
  return failure(
    'unreachable',
    `The vault could not be reached for ${what}${why ? `: ${why}` : ''} (${codeOf(error)}).`,
  )
}
