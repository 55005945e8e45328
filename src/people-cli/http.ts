import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { CliError, exitCodes } from './trouble.ts'

/** One call. `path` is sent as it is, because a vault's names must not be tidied up on the way. */
export type Call = {
  readonly origin: string
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Milliseconds without any answer. */
  readonly patience?: number
}
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly json: unknown }

const agents = new Map<boolean, Agent>()
const mostBytes = 64 * 1024 * 1024

/**
 * Sends JSON and reads JSON. Uses `node:http` and not `fetch`, which takes longer to load than a whole command may take.
 * Throws an error with exit code 7 when nobody answers.
 */
export const send = async (call: Call): Promise<Answer> => {
  const { origin, path, method = 'GET', headers = {}, body, patience = 30_000 } = call
  const isSecure = origin.startsWith('https:')
  const { Agent, request } = process.getBuiltinModule(isSecure ? 'node:https' : 'node:http')
  const agent = agents.get(isSecure) ?? new Agent({ keepAlive: true, maxSockets: 8, proxyEnv: process.env })
  agents.set(isSecure, agent)
  const { hostname, port } = new URL(origin)
  const text = body === undefined ? undefined : JSON.stringify(body)
  const typed =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new CliError(`${origin} does not answer: ${why}`, exitCodes.away))
    const sent: ClientRequest = request(
      {
        ...{ agent, method, path, port, hostname: hostname.replace(/^\[|\]$/g, '') },
        headers: { accept: 'application/json', ...typed, ...headers },
      },
      (response) => void read(response).then(resolve, (error: Error) => fail(error.message)),
    )
    sent.setTimeout(patience, () => sent.destroy(new Error(`nothing came within ${patience / 1000} seconds`)))
    sent.on('error', (error: NodeJS.ErrnoException) => fail(reasonOf(error)))
    sent.end(text)
  })
}

const read = async (response: IncomingMessage): Promise<Answer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    json: parsed(Buffer.concat(chunks).toString()),
  }
}

const parsed = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined // such as the page of a proxy
  }
}

const reasonOf = ({ code = '', message }: NodeJS.ErrnoException): string => {
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known here'
  if (/CERT|ISSUER|SELF_SIGNED|ALTNAME/.test(code))
    return `its certificate is not trusted here (${code}); NODE_EXTRA_CA_CERTS may name the file of another authority`
  return message || code
}
