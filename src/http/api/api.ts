import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { newWindow } from '../../app/rates.ts'
import { seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { bugView } from '../../views/copy.ts'
import { answerTo, type Border, type Env } from './answer.ts'
import type { Call } from './call.ts'
import { calls } from './calls.ts'
import { failureOf, headersOf, malformed, statusOf } from './failures.ts'
import { openApi } from './open-api.ts'
import type { Parts } from './parts.ts'

export type ApiOptions = Omit<Border, 'tooMany'> & {
  readonly parts: Parts
  readonly version: string
}

/** The longest body of a call, in bytes. */
export const bodyCap = 16 * 1024

/** The API for programs, beneath `/api/v1`. */
export const api = ({ parts, version, publicUrl, closing }: ApiOptions): Hono<Env> => {
  const { clock, settings, log } = parts.deps
  const { limits } = settings
  const counted = limits && newWindow<string>(clock, limits.callsAMinute, seconds(60))
  const border: Border = { publicUrl, closing, tooMany: (who) => counted?.(who) }
  const document = openApi(calls, { version, url: publicUrl })
  const app = new Hono<Env>()
  app.use(bodyLimit({ maxSize: bodyCap, onError: (context) => context.json(tooLong, 413) }))
  app.get('/openapi.json', (context) => context.json(document))
  for (const call of calls) app.on(call.method, honoPath(call.path), answerTo(parts, call, border))
  for (const [path, methods] of methodsByPath(calls)) app.all(honoPath(path), otherMethod(methods))
  app.all('*', (context) => context.json(unknownPath, 404))
  app.onError((error, context) => {
    if (error instanceof ExternalError) {
      log.warn({ code: error.code, detail: error.message }, 'a call of the API could not be done now')
      const refusal = { code: 'try-again' } as const
      return context.json(failureOf(refusal), statusOf[refusal.code], headersOf(refusal, clock.now()))
    }
    const reference = randomBytes(3).toString('hex').toUpperCase()
    log.error({ reference, name: error.name, at: framesOf(error) }, 'a call of the API failed')
    return context.json(malformed('internal', bugView(reference).summary, { reference }), 500)
  })
  return app
}

/** The answer to a longer one. */
export const tooLong = malformed('too-long', 'The body is longer than 16 KiB. Send less.')
const unknownPath = malformed('no-such-call', 'The API has no such path. “GET /api/v1/openapi.json” lists all calls.')

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** The methods of each path. */
const methodsByPath = (all: readonly Call[]): ReadonlyMap<string, readonly string[]> => {
  const paths = new Map<string, string[]>([['/openapi.json', ['GET']]])
  for (const { path, method } of all) paths.set(path, [...(paths.get(path) ?? []), method.toUpperCase()])
  return new Map([...paths].map(([path, methods]) => [path, methods.flatMap(withHead)]))
}
const withHead = (method: string): readonly string[] => (method === 'GET' ? ['GET', 'HEAD'] : [method])

/** `OPTIONS` lists the methods; any other method is refused. No header lets pages of other origins call. */
const otherMethod =
  (methods: readonly string[]) =>
  (context: Context<Env>): Response => {
    const headers = { allow: [...methods, 'OPTIONS'].join(', ') }
    if (context.req.method === 'OPTIONS') return context.body(null, 204, headers)
    const message = `Use ${methods.join(' or ')} at this path.`
    return context.json(malformed('wrong-method', message), 405, headers)
  }

/** The place of the error; its message may hold a credential. */
const framesOf = ({ stack = '' }: Error): readonly string[] =>
  stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 8)
