import { Hono } from 'hono'
import { requestId } from '../../domain/ids.ts'
import type { Env } from '../common.ts'
import { shown } from './guard.ts'
import { minePage } from './pages/mine.ts'
import { refusedPage } from './pages/notices.ts'
import { requestPage } from './pages/request.ts'
import { waitingPage } from './pages/waiting.ts'
import { whoPage } from './pages/who.ts'
import type { Site } from './site.ts'

/** How many requests that are over the first page shows, and the longer one. */
const history = { short: 10, long: 200 }

/** The pages that only show: what one has, what waits, who has something, and one request. */
export const listRoutes = (site: Site): Hono<Env> => {
  const { useCases, nameOf, clock, ways } = site
  return new Hono<Env>()
    .get(
      '/',
      shown(site, async ({ visit, frame, show, context }) => {
        const isLong = context.req.query('past') === 'all'
        const own = await site.requestsOf(visit.person.id, isLong ? history.long : history.short)
        const mayAsk = useCases.mayAskFor(visit.person.id).length > 0
        return show(minePage({ frame, own, isLong, mayAsk, nameOf, now: clock.now() }))
      }),
    )
    .get(
      '/waiting',
      shown(site, async ({ visit, frame, show }) =>
        show(
          waitingPage({
            ...{ frame, nameOf, hasControlGroups: useCases.controlGroups.isOffered },
            waiting: await useCases.decisionsFor(visit.person.id),
          }),
        ),
      ),
    )
    .get(
      '/who',
      shown(site, async ({ visit, frame, show, context }) => {
        const text = (context.req.query('text') ?? '').slice(0, 300)
        const said = text.trim() === '' ? undefined : (await site.dialogues.type(visit.person, `who ${text}`)).said
        return show(whoPage({ frame, text, said }))
      }),
    )
    .get(
      '/requests/:id',
      shown(site, async (turn) => {
        const { visit, frame, show, context } = turn
        const id = requestId(context.req.param('id') ?? '')
        const outcome = await site.showRequest(id, visit.person.id)
        if (!outcome.ok) {
          const said = await turn.refused(outcome.refusal, { request: id })
          return show(refusedPage(frame, said, ways.to('')), outcome.refusal.code === 'no-such-request' ? 404 : 403)
        }
        return show(requestPage({ frame, request: outcome.value, done: context.req.query('done'), now: clock.now() }))
      }),
    )
}
