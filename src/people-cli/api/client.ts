import { send } from '../http.ts'
import type { Safe } from '../safe/safe.ts'
import { proofFor } from '../session/dpop.ts'
import { newTokenAdvice, type PipelineRun } from '../session/pipeline.ts'
import { freshSession, notSignedIn } from '../session/tokens.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import type { Page } from './types.ts'

type Details = {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly patience?: number
}

/** Latchkey's API, called as the person who is signed in on this machine. */
export type Api = {
  readonly server: string
  call<T>(method: string, path: string, details?: Details): Promise<T>
  /** All pages of a list. */
  all<T>(path: string): Promise<readonly T[]>
}

/** The API, for the run of a CI job or for whoever is signed in. Throws with exit code 3 when nobody is. */
export const openApi = async (safe: Pick<Safe, 'read' | 'update'> & Partial<Pick<Safe, 'run'>>): Promise<Api> =>
  safe.run ? apiOfRun(safe.run) : apiOfSession(safe)

/** A CI job proves itself with each call. */
const apiOfRun = ({ server, token }: PipelineRun): Api => {
  const call = async <T>(method: string, path: string, { headers = {}, ...details }: Details = {}): Promise<T> => {
    const authorization = `Bearer ${token()}`
    const sent = { ...details, origin: server, path: `/api/v1${path}`, method, headers: { ...headers, authorization } }
    const answer = await send(sent)
    if (answer.status >= 200 && answer.status < 300) return answer.json as T
    throw refusalIn(answer.status, answer.json, answer.headers, newTokenAdvice)
  }
  return { server, call, all: allBy(call) }
}

const apiOfSession = async (safe: Pick<Safe, 'read' | 'update'>): Promise<Api> => {
  const { server, session } = await safe.read()
  if (!server || !session) throw notSignedIn()
  let current = session
  const attempt = async (method: string, path: string, details: Details) => {
    const url = `${server}/api/v1${path}`
    const { accessToken, key } = current
    const headers = {
      ...details.headers,
      authorization: `DPoP ${accessToken}`,
      dpop: proofFor(key, method, url, accessToken),
    }
    return send({ ...details, origin: server, path: `/api/v1${path}`, method, headers })
  }
  const call = async <T>(method: string, path: string, details: Details = {}): Promise<T> => {
    current = await freshSession(safe, current, server)
    let answer = await attempt(method, path, details)
    if (answer.status === 401) {
      // Perhaps the token ended early, or this machine's clock is wrong: once more with a new one.
      current = await freshSession(safe, current, server, current.accessToken)
      answer = await attempt(method, path, details)
    }
    if (answer.status >= 200 && answer.status < 300) return answer.json as T
    throw refusalIn(answer.status, answer.json, answer.headers)
  }
  return { server, call, all: allBy(call) }
}

const allBy =
  (call: Api['call']): Api['all'] =>
  async <T>(path: string): Promise<readonly T[]> => {
    const found: T[] = []
    let next: string | undefined
    do {
      const more = next === undefined ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`
      const page: Page<T> = await call('GET', `${path}${more}`)
      found.push(...page.items)
      next = page.next
    } while (next !== undefined)
    return found
  }

/** One call without a session, such as to redeem a link. */
export const callAnonymously = async <T>(server: string, method: string, path: string, body?: unknown): Promise<T> => {
  const { status, json, headers } = await send({ origin: server, path: `/api/v1${path}`, method, body })
  if (status >= 200 && status < 300) return json as T
  throw refusalIn(status, json, headers)
}

type Refused = {
  readonly error?: string | { readonly code: string; readonly message: string; readonly smaller?: readonly string[] }
  readonly code?: string
  readonly message?: string
}

const refusalIn = (
  status: number,
  json: unknown,
  headers: Readonly<Record<string, unknown>>,
  advice: readonly string[] = ['Run "latchkey sign-in".'],
): Error => {
  const body = (json ?? {}) as Refused
  const { code, message } = typeof body.error === 'object' ? body.error : body
  const smaller = typeof body.error === 'object' ? body.error.smaller : undefined
  if (code === undefined || message === undefined) {
    return new CliError(`this is no Latchkey, or it is out of order: status ${status}`, exitCodes.away)
  }
  const later = headers['retry-after']
  return new ApiError(status, code, message, [
    ...(status === 401 ? [...advice, ...clockTrouble(headers.date)] : []),
    ...(smaller === undefined ? [] : [`Smaller folders in it: ${smaller.join(', ')}.`]),
    ...(later === undefined ? [] : [`Try again in ${later} seconds.`]),
  ])
}

/** Proofs name the time: a clock that is far off is the usual reason why none is believed. */
const clockTrouble = (date: unknown): readonly string[] => {
  const off = Math.round((Date.now() - Date.parse(String(date))) / 1000)
  return Math.abs(off) > 30
    ? [`The clock of this machine is ${Math.abs(off)} seconds ${off > 0 ? 'ahead' : 'behind'}.`]
    : []
}
