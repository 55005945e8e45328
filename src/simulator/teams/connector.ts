import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { FaultKind } from '../common/faults.ts'
import { isObject, type JsonObject, parseJson } from '../common/json.ts'
import { type CallArguments, type ConnectorMethod, callConnector } from './connector-calls.ts'
import { badSyntax, ConnectorError, refusal } from './connector-error.ts'
import type { Entra } from './entra.ts'
import type { Rates } from './rate.ts'
import type { Simulation } from './simulation.ts'

export type Env = { Bindings: HttpBindings }
type HttpAnswer = { status: number; body: unknown; headers?: Record<string, string> }
type Parts = { simulation: Simulation; entra: Entra; rates: Rates | undefined }

/** Method, path below `/connector/v3`, and the operation's name. */
const routes: readonly (readonly ['get' | 'post' | 'put' | 'delete', string, ConnectorMethod])[] = [
  ['post', '/conversations', 'createConversation'],
  ['post', '/conversations/:conversation/activities', 'sendToConversation'],
  ['post', '/conversations/:conversation/activities/:activity', 'replyToActivity'],
  ['put', '/conversations/:conversation/activities/:activity', 'updateActivity'],
  ['delete', '/conversations/:conversation/activities/:activity', 'deleteActivity'],
  ['get', '/conversations/:conversation/members', 'getConversationMembers'],
  ['get', '/conversations/:conversation/members/:member', 'getConversationMember'],
  ['get', '/conversations/:conversation/pagedmembers', 'getConversationPagedMembers'],
  ['get', '/teams/:team/conversations', 'fetchChannelList'],
]

/** `/connector/v3/…`: the channel's API. Tokens are checked, and faults and rates apply. */
export function createConnector(parts: Parts): Hono<Env> {
  const api = new Hono<Env>()
  for (const [verb, path, method] of routes) {
    api.on(verb.toUpperCase(), [`/v3${path}`], async (context) => {
      const text = verb === 'post' || verb === 'put' ? await context.req.text() : ''
      const body = parseJson(text)
      const args: CallArguments = { ...context.req.param(), ...context.req.query(), body: isObject(body) ? body : {} }
      const isReadable = text === '' || (isObject(body) && isJson(context))
      const run = () => answerTo(parts, method, args, isReadable, context.req.header('authorization'))
      return respond(parts.simulation, context, { method, args, text }, run)
    })
  }
  return api
}

const isJson = (context: Context<Env>): boolean =>
  /^application\/json\b/i.test(context.req.header('content-type') ?? '')

function answerTo(
  { simulation, entra, rates }: Parts,
  method: ConnectorMethod,
  args: CallArguments,
  isReadable: boolean,
  authorization: string | undefined,
): HttpAnswer {
  try {
    if (!entra.accepts(authorization)) {
      return { status: 401, body: { message: 'Authorization has been denied for this request.' } }
    }
    if (!isReadable) throw badSyntax('the body is no JSON object, or its content type is another')
    rates?.count(method.includes('Member') ? 'members' : 'send', args.conversation ?? 'new')
    return callConnector(simulation, method, args)
  } catch (error) {
    if (error instanceof ConnectorError) return refusalAnswer(error)
    throw error
  }
}

function refusalAnswer({ status, code, message, retryAfterSeconds }: ConnectorError): HttpAnswer {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return { status, body: { error: { code, message } }, headers }
}

/** The answer under the next fault of the method, recorded. Without an answer the connection is cut, or hangs. */
export async function respond(
  simulation: Simulation,
  context: Context<Env>,
  call: { method: string; args: JsonObject; text: string },
  run: () => HttpAnswer,
): Promise<Response> {
  const fault = simulation.takeFault(call.method)
  const answer = underFault(fault, run)
  const { recorder, now } = simulation
  recorder.addTraffic(call.text)
  recorder.addTraffic(JSON.stringify(answer?.body ?? ''))
  const answered = isObject(answer?.body) ? answer.body : { list: answer?.body }
  recorder.addCall({ method: call.method, args: call.args, answer: answered, status: answer?.status ?? 0, at: now() })
  if (answer === undefined || fault?.kind === 'lose-answer') {
    if (fault?.kind !== 'hang') context.env.incoming.socket.destroy()
    return new Promise(() => {})
  }
  const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers }
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers })
}

/** `undefined` means no answer, and nothing done. */
function underFault(fault: FaultKind | undefined, run: () => HttpAnswer): HttpAnswer | undefined {
  switch (fault?.kind) {
    case 'rate-limit':
      return refusalAnswer(new ConnectorError(429, 'Throttled', 'Too many requests', fault.retryAfterSeconds))
    case 'server-error':
      return refusalAnswer(refusal('ServiceError', 'Bad gateway'))
    case 'error':
      return refusalAnswer(refusal(fault.code, 'A fault of the simulator'))
    case 'drop':
    case 'hang':
      return undefined
    default:
      return run()
  }
}
