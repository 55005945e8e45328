import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { JsonObject } from '../common/json.ts'
import { argumentsOf } from './api-arguments.ts'
import { callMethod } from './api-methods.ts'
import type { FaultKind } from './faults.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'

export type Env = { Bindings: HttpBindings }
type ApiAnswer = { status: number; body: JsonObject; headers: Record<string, string> }

/** `/api/METHOD`: Slack's Web API, with forms and JSON, tokens, scopes and faults. */
export function createWebApi(simulation: Simulation): Hono<Env> {
  const api = new Hono<Env>()
  api.all('/:method', async (context) => {
    const method = context.req.param('method')
    const body = context.req.method === 'GET' ? (context.req.url.split('?')[1] ?? '') : await context.req.text()
    const args = argumentsOf(context.req.header('content-type') ?? '', body)
    const { token: argumentToken, ...rest } = args
    const bearer = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
    const token = bearer ?? (typeof argumentToken === 'string' ? argumentToken : undefined)
    const fault = simulation.takeFault(method)
    const answer = runWith(fault, simulation, method, token, rest)
    record(simulation, method, rest, body, answer)
    return answer.status === 0 ? neverAnswered(context, fault) : reply(answer, simulation)
  })
  return api
}

const none = (status: number, body: JsonObject = {}): ApiAnswer => ({ status, body, headers: {} })

/** The answer under a fault; status 0 means no answer. */
function runWith(
  fault: FaultKind | undefined,
  simulation: Simulation,
  method: string,
  token: string | undefined,
  args: JsonObject,
): ApiAnswer {
  switch (fault?.kind) {
    case 'rate-limit':
      return rateLimited(fault.retryAfterSeconds)
    case 'server-error':
      return none(500, { ok: false, error: 'internal_error' })
    case 'error':
      return none(200, { ok: false, error: fault.code })
    case 'drop':
    case 'hang':
      return none(0)
    case 'lose-answer':
      return { ...run(simulation, method, token, args), status: 0 }
    default:
      return run(simulation, method, token, args)
  }
}

const rateLimited = (seconds: number): ApiAnswer => ({
  ...none(429, { ok: false, error: 'ratelimited' }),
  headers: { 'retry-after': String(seconds) },
})

function run(simulation: Simulation, method: string, token: string | undefined, args: JsonObject): ApiAnswer {
  const pause = simulation.pace(method, args)
  if (pause !== undefined) return rateLimited(pause)
  try {
    return none(200, { ok: true, ...callMethod(simulation, method, token, args) })
  } catch (error) {
    if (!(error instanceof SlackError)) throw error
    return none(200, { ok: false, error: error.code, ...error.details })
  }
}

function record(simulation: Simulation, method: string, args: JsonObject, body: string, answer: ApiAnswer): void {
  const { recorder, now } = simulation
  recorder.addCall({ method, args, answer: answer.body, status: answer.status, at: now() })
  recorder.addTraffic(body)
  recorder.addTraffic(JSON.stringify(answer.body))
}

function reply(answer: ApiAnswer, { scopes }: Simulation): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-oauth-scopes': [...scopes].join(',') }
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { ...headers, ...answer.headers },
  })
}

/** Cuts the connection, or keeps the caller waiting until the server closes. */
export function neverAnswered(context: Context<Env>, fault: FaultKind | undefined): Promise<Response> {
  if (fault?.kind !== 'hang') context.env.incoming.socket.destroy()
  return new Promise(() => {})
}
