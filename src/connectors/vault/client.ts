import { setTimeout as delay } from 'node:timers/promises'
import nodeVault from 'node-vault'
import type { Secret } from '../../domain/secret.ts'
import type { Seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { failureOf, isFailure } from './failure.ts'
import { foreignAnswer } from './foreign.ts'
import { newPatience, type Patience } from './patience.ts'
import type { Answer, Outgoing, Transport } from './transport.ts'

/** One call to the vault. */
export type VaultCall = {
  /** Never LIST or SCAN: Node's own servers and some proxies cannot read them; `?list=true` needs the same right. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/v1/`, each segment encoded by `vaultPath`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly token?: Secret
  /** Asks the vault to hand the answer out wrapped, for so long. */
  readonly wrapFor?: Seconds
  /** Appears in the vault's audit log, where its operator lets it. */
  readonly correlation?: string
  /** `false` for what must not be done twice, such as a login. What was refused before it was done is repeated anyway. */
  readonly repeatable?: boolean
  /** For a vault that refuses for now; each call's own few seconds when absent. */
  readonly patience?: Patience
  /** Milliseconds for one exchange, when less than usual. */
  readonly limit?: number
}

/** Makes a call. Answers with any status from 200 to 471 except 3xx, 412 and 429, which throw like every 5xx. */
export type Send = (call: VaultCall) => Promise<Answer>

/** Joins the segments of a path, each percent-encoded; throws a URIError for text that is not well-formed Unicode. */
export const vaultPath = (...segments: readonly string[]): string =>
  segments.map((segment) => segment.split('/').map(encodeURIComponent).join('/')).join('/')

type Options = {
  /** Such as `https://vault.example:8200`. */
  readonly address: string
  readonly namespace?: string
  readonly transport: Transport
  /** Waits between tries, milliseconds; replaced in tests. */
  readonly wait?: (milliseconds: number) => Promise<unknown>
  readonly random?: () => number
}

const tries = 3 // the reconciler tries again anyway, and somebody may be waiting
const pause = { first: 100, longest: 5000 } as const
const worthRepeating = (status: number): boolean => [412, 500, 502, 503].includes(status)

/**
 * The way to one vault, through node-vault's `request()` on our own transport. Nothing of node-vault's environment
 * variables, logging, retries or error texts is used. Repeatable calls are tried again after failures that pass, with
 * growing random pauses and the vault's own `Retry-After`.
 */
export const vaultClient = ({ address, namespace, transport, wait = delay, random = Math.random }: Options): Send => {
  const { origin, pathname } = new URL(address)
  const base = pathname.replace(/\/$/, '')
  let index: string | undefined
  const vault = nodeVault({
    endpoint: `${origin}${base}`,
    apiVersion: 'v1',
    debug: () => {}, // its default writes tokens and passwords
    'request-promise': { defaults: () => throughTransport(transport, origin) },
  })
  // The constructor falls back to VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX for empty values, so they are set here.
  Object.assign(vault, { token: '', namespace: '', pathPrefix: '' })

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

/** What makes an answer a failure for every caller: that no vault gave it, or that this vault cannot serve now. */
const problemIn = (answer: Answer, call: VaultCall): ExternalError | undefined =>
  foreignAnswer(answer, call) ??
  (call.path !== 'sys/health' && isFailing(answer.status)
    ? failureOf(answer.status, call, answer.retryAfter)
    : undefined)

const isFailing = (status: number): boolean => status === 412 || status === 429 || status >= 472

/** Lets the one failure through that is worth another try; a time-out has cost enough time already. */
const passingOnly = (error: unknown): ExternalError => {
  if (error instanceof ExternalError && error.code === 'unreachable') return error
  throw error
}

/** The function that node-vault calls; it sees every exchange as a success, so that the status is ours to judge. */
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
