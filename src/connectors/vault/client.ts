import { setTimeout as delay } from 'node:timers/promises'
import type { Secret } from '../../domain/secret.ts'
import type { Seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { failureOf, isFailure } from './failure.ts'
import { foreignAnswer } from './foreign.ts'
import { newPatience, type Patience } from './patience.ts'
import type { Answer, Outgoing, Transport } from './transport.ts'

/** One call to the vault. */
export type VaultCall = {
  /**
   * Never LIST or SCAN: Node's own servers and some proxies cannot read them, and `?list=true` needs the same right.
   */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The path below `/v1/`, each segment encoded by `vaultPath`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly token?: Secret
  /** Asks the vault to wrap the answer for this long. */
  readonly wrapFor?: Seconds
  /** Appears in the vault's audit log, if its operator enabled that. */
  readonly correlation?: string
  /**
   * `false` for a call that must not run twice, such as a login. A call that was refused before it ran is repeated
   * anyway.
   */
  readonly repeatable?: boolean
  /** The patience for a vault that refuses for now; by default each call has a few seconds of its own. */
  readonly patience?: Patience
  /** Milliseconds for one exchange, when shorter than usual. */
  readonly limit?: number
}

/** Makes a call. Returns any status from 200 to 471, but throws for 3xx, 412, 429 and 5xx. */
export type Send = (call: VaultCall) => Promise<Answer>

/** Joins percent-encoded segments of a path. Throws a URIError for text that is not well-formed Unicode. */
export const vaultPath = (...segments: readonly string[]): string =>
  segments.map((segment) => segment.split('/').map(encodeURIComponent).join('/')).join('/')

type Options = {
  /** Such as `https://vault.example:8200`. */
  readonly address: string
  readonly namespace?: string
  readonly transport: Transport
  /** Waits between tries, in milliseconds; replaced in tests. */
  readonly wait?: (milliseconds: number) => Promise<unknown>
  readonly random?: () => number
}

const tries = 3 // the reconciler tries again anyway, and a person may be waiting
const pause = { first: 100, longest: 5000 } as const
const worthRepeating = (status: number): boolean => [412, 500, 502, 503].includes(status)

/**
 * The client of one vault: node-vault's `request()` on our own transport. It uses none of node-vault's environment
 * variables, logging, retries or error texts. Repeatable calls are repeated after transient failures, with growing
 * random pauses or the vault's `Retry-After`.
 */
export const vaultClient = ({ address, namespace, transport, wait = delay, random = Math.random }: Options): Send => {
  const { origin, pathname } = new URL(address)
  const base = pathname.replace(/\/$/, '')
  let index: string | undefined
  let made: ReturnType<typeof newClient> | undefined
  /** Loads the library for the first call: a start does not wait for it, and most commands call no vault. */
  const newClient = async () => {
    const { default: nodeVault } = await import('node-vault')
    const client = nodeVault({
      endpoint: `${origin}${base}`,
      apiVersion: 'v1',
      debug: () => {}, // the default writes tokens and passwords
      'request-promise': { defaults: () => throughTransport(transport, origin) },
    })
    // The constructor replaces empty values by VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX, so they are set here.
    return Object.assign(client, { token: '', namespace: '', pathPrefix: '' })
  }

  const once = async (call: VaultCall): Promise<Answer> => {
    const headers = {
      'X-Vault-Request': 'true',
      ...(call.body && { 'Content-Type': 'application/json' }),
      ...(namespace && call.path !== 'sys/health' && { 'X-Vault-Namespace': namespace }),
      ...(call.token && { 'X-Vault-Token': call.token.reveal() }),
      ...(call.wrapFor && { 'X-Vault-Wrap-TTL': `${call.wrapFor}s` }),
      ...(call.correlation && { 'X-Correlation-Id': call.correlation }),
      ...(index && { 'X-Vault-Index': index }),
    }
    const query = call.query ? `?${new URLSearchParams(call.query)}` : ''
    const { method, path, body, limit } = call
    made ??= newClient()
    const vault = await made
    const answer: Answer = await vault.request({ method, path: `/${path}${query}`, headers, body, limit, shown: path })
    index = answer.index ?? index
    return answer
  }

  return async (call) => {
    const patience = call.patience ?? newPatience({ limit: pause.longest, wait, random })
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(call).catch((error: unknown) => passingOnly(error))
      const problem = answer instanceof ExternalError ? answer : problemIn(answer, call)
      if (problem === undefined && !(answer instanceof ExternalError)) return answer
      if (isFailure(problem, 'rate-limited')) {
        if (await patience.wait(problem.retryAfter)) continue
        throw problem
      }
      const again = answer instanceof ExternalError || worthRepeating(answer.status)
      const asked = answer instanceof ExternalError ? 0 : (answer.retryAfter ?? 0)
      if (!again || attempt === tries || call.repeatable === false || asked > pause.longest) throw problem
      await wait(Math.max(asked, random() * Math.min(pause.longest, pause.first * 4 ** attempt)))
    }
  }
}

/** The failure in an answer that every caller must reject: no vault sent it, or this vault cannot serve now. */
const problemIn = (answer: Answer, call: VaultCall): ExternalError | undefined =>
  foreignAnswer(answer, call) ??
  (call.path !== 'sys/health' && isFailing(answer.status)
    ? failureOf(answer.status, call, answer.retryAfter)
    : undefined)

const isFailing = (status: number): boolean => status === 412 || status === 429 || status >= 472

/** Passes on the one failure that deserves another try; a time-out has already cost enough time. */
const passingOnly = (error: unknown): ExternalError => {
  if (error instanceof ExternalError && error.code === 'unreachable') return error
  throw error
}

/** The function that node-vault calls. It reports every exchange as a success, so that our code judges the status. */
const throughTransport =
  (transport: Transport, origin: string) =>
  async ({ uri, method, headers, body, limit, shown }: NodeVaultRequest) => {
    const outgoing: Outgoing = {
      method,
      origin,
      path: uri.slice(origin.length),
      shown,
      headers,
      ...(body && { body: JSON.stringify(body) }),
      ...(limit !== undefined && { limit }),
    }
    return { statusCode: 200, request: { path: shown }, body: await transport.exchange(outgoing) }
  }

type NodeVaultRequest = Pick<Outgoing, 'method' | 'shown' | 'headers' | 'limit'> & { uri: string; body?: object }
