import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Log } from '../app/deps.ts'
import type { InstanceId } from '../domain/ids.ts'
import { type ApiOptions, api, bodyCap, tooLong } from './api/api.ts'
import { type Common, type CommonOptions, commonParts, type Env } from './common.ts'
import { type FetchUseCases, fetchPage } from './fetch-page.ts'
import { securityHeaders } from './headers.ts'
import { refuseUnknownPages } from './page-roles.ts'
import { brokenPage, notFoundPage, tooLargePage } from './pages/notices.ts'
import { noIssuerPage } from './people/pages/notices.ts'
import type { PeopleSite } from './people/site.ts'
import { type AccessUseCases, type AlarmUseCases, accessRoutes, alarmRoutes } from './personal-pages.ts'
import { type ReadinessChecks, readiness } from './readiness.ts'
import { type RequestPageOptions, requestRoutes } from './request-page.ts'
import { codeRoute, codeRoutes } from './sessions/code-page.ts'
import { sessionRoutes } from './sessions/endpoints.ts'
import type { SessionParts } from './sessions/parts.ts'
import { authorizeRoute, terminalRoutes } from './sessions/terminal-page.ts'

export type WebOptions = CommonOptions &
  RequestPageOptions & {
    readonly fetch: FetchUseCases
    /** Present where an issuer is configured. */
    readonly access?: AccessUseCases | undefined
    readonly people?: PeopleSite | undefined
    readonly alarm?: AlarmUseCases | undefined
    readonly sessions?: SessionParts | undefined
    readonly api?: Pick<ApiOptions, 'parts' | 'version'> | undefined
    /** Aborts when the server stops. */
    readonly closing: AbortSignal
    readonly readiness: ReadinessChecks
    /** The random id of the database, by which `doctor` knows whether this server has it. */
    readonly instance: InstanceId
    /** Names of dependencies that are away although the server is ready; the names may be shown. */
    readonly away?: () => Promise<readonly string[]>
    readonly log: Pick<Log, 'warn' | 'error'>
  }

/** Our own pages and probes, without those of a chat platform. */
export const web = (options: WebOptions): Hono<Env> => {
  const notReady = readiness(options.readiness)
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) context.res.headers.set(name, value)
  })
  const tooLarge = (context: Context<Env>) =>
    context.req.path.startsWith('/api/') ? context.json(tooLong, 413) : context.html(tooLargePage, 413)
  app.use(bodyLimit({ maxSize: bodyCap, onError: tooLarge }))
  app.get('/healthz', (context) => context.json({ alive: true, instance: options.instance }))
  app.get('/readyz', async (context) => {
    const waitingFor = await notReady()
    const away = (await options.away?.()) ?? []
    return context.json({ ready: waitingFor.length === 0, waitingFor, away }, waitingFor.length === 0 ? 200 : 503)
  })
  const common = commonParts(options)
  const { signIns } = common
  // Beneath `/fetch/`, so that a proxy that lets only this path through needs no change.
  if (signIns && options.access)
    app.route('/fetch/access', accessRoutes(common, signIns, options.access, options.fetch))
  if (signIns && options.alarm) app.route('/fetch/alarm', alarmRoutes(common, signIns, options.alarm))
  if (options.sessions) mountSessions(app, options, common, options.sessions)
  if (options.api) app.route('/api/v1', api({ ...options.api, publicUrl: options.publicUrl, closing: options.closing }))
  // The address of a message from before the setting changed.
  app.get('/fetch/:kind{access|alarm}/:id', common.unusable)
  app.route('/fetch', fetchPage(common, options.fetch))
  app.route('/request', requestRoutes(options))
  if (signIns && options.people) app.route('/access', options.people(common, signIns, options.publicUrl))
  else app.get('/access/*', (context) => context.html(noIssuerPage, 404))
  refuseUnknownPages(app.routes)
  app.notFound((context) => context.html(notFoundPage, 404))
  app.onError((error, context) => {
    if (isAborted(context.env.incoming)) return context.body(null, 400) // nobody reads this answer
    const reference = randomBytes(3).toString('hex').toUpperCase()
    options.log.error({ reference, name: error.name, at: framesOf(error) }, 'a page failed')
    return context.html(brokenPage(reference), 500)
  })
  return app
}

/** Sessions of terminals: their calls, and the pages on which people let a terminal in. */
const mountSessions = (app: Hono<Env>, { publicUrl }: WebOptions, common: Common, parts: SessionParts): void => {
  app.route('/api/v1/sessions', sessionRoutes({ ...common, publicUrl }, parts))
  const { signIns } = common
  if (!signIns) return
  app.route('/terminal', authorizeRoute(publicUrl))
  app.route('/fetch/terminal', terminalRoutes(common, signIns, parts))
  if (!parts.hasDeviceCode) return
  app.route('/terminal', codeRoute(publicUrl))
  app.route('/fetch/code', codeRoutes(common, signIns, parts))
}

/** The sender left before the request was complete. That is no error of ours, and anybody can cause it. */
const isAborted = ({ complete, destroyed }: HttpBindings['incoming']): boolean => destroyed && !complete

/** The place of the error. The message may hold a credential, and the path holds the link, so the log gets neither. */
const framesOf = ({ stack = '' }: Error): readonly string[] =>
  stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 8)
