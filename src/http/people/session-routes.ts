import { Hono } from 'hono'
import { sessionId } from '../../domain/ids.ts'
import type { Env } from '../common.ts'
import { sent, shown } from './guard.ts'
import { goodbyePage } from './pages/notices.ts'
import { sessionsPage } from './pages/sessions.ts'
import type { Site } from './site.ts'

/** The person's own sessions, and how they end. */
export const sessionRoutes = (site: Site): Hono<Env> => {
  const { sessions, visits, ways } = site
  return new Hono<Env>()
    .get(
      '/sessions',
      shown(site, async ({ visit, frame, show }) => {
        const all = await sessions.list(visit.person.id)
        const tokens = { one: visit.token('sessions/end'), all: visit.token('sessions/end-all') }
        return show(sessionsPage({ frame, all, own: visit.caller.session, tokens }))
      }),
    )
    .post(
      '/sessions/end',
      sent(site, async ({ visit, context, goTo }, { id }) => {
        const ended = sessionId(id)
        await sessions.end(ended, visit.person.id)
        if (ended !== visit.caller.session) return goTo(ways.to('sessions'))
        visits.forget(context)
        return context.html(goodbyePage(ways.to('')))
      }),
    )
    .post(
      '/sessions/end-all',
      sent(site, async ({ visit, context }) => {
        await sessions.endAll(visit.person.id)
        visits.forget(context)
        return context.html(goodbyePage(ways.to('')))
      }),
    )
    .post(
      '/sign-out',
      sent(site, async ({ visit, context }) => {
        const { session, person } = visit.caller
        if (session !== undefined) await sessions.end(session, person.id)
        visits.forget(context)
        return context.html(goodbyePage(ways.to('')))
      }),
    )
}
