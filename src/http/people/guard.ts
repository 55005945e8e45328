import type { Context } from 'hono'
import { byPerson } from '../../domain/audit-event.ts'
import type { GrantId, RequestId } from '../../domain/ids.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { refusalView } from '../../views/copy.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Env } from '../common.ts'
import type { Html } from '../pages/layout.ts'
import { notOurFormPage } from '../pages/notices.ts'
import { readSent, type SentForm } from './form-data.ts'
import type { Frame } from './pages/frame.ts'
import { signedOutPage } from './pages/notices.ts'
import type { Site } from './site.ts'
import type { Visit } from './visits.ts'

type Answer = Response | Promise<Response>
type Handler = (context: Context<Env>) => Answer

/** A request of a person who has signed in, and what its answer needs. */
export type Turn = {
  readonly context: Context<Env>
  readonly visit: Visit
  /** The path of the page below `/access`, which its form token is bound to. */
  readonly page: string
  readonly frame: Frame
  show(page: Html, status?: 200 | 403 | 404 | 409): Answer
  /** Audits a refusal that no dialog has audited, and gives its sentence. */
  refused(refusal: Refusal, about?: { readonly request?: RequestId; readonly grant?: GrantId }): Promise<MessageView>
  goTo(address: string): Answer
}

/** A GET: it only shows. Whoever is not signed in goes to the issuer, and comes back to the same page. */
export const shown =
  (site: Site, answer: (turn: Turn) => Answer): Handler =>
  async (context) => {
    const visit = await site.visits.of(context)
    return visit ? answer(await turnOf(site, context, visit)) : site.leave(context, wholePage(context))
  }

/** A POST: it needs a session, our own form of the same page, and that the browser says it came from us. */
export const sent =
  (site: Site, answer: (turn: Turn, form: SentForm) => Answer): Handler =>
  async (context) => {
    const visit = await site.visits.of(context)
    if (!visit) return context.html(signedOutPage(site.ways.to(pageOf(context))), 401)
    const form = readSent(await context.req.text())
    if (!site.visits.isOurs(context, visit, pageOf(context), form.token)) return context.html(notOurFormPage, 403)
    return answer(await turnOf(site, context, visit), form)
  }

const turnOf = async (site: Site, context: Context<Env>, visit: Visit): Promise<Turn> => {
  const { ways, useCases } = site
  const waiting = await useCases.decisionsFor(visit.person.id)
  const count = waiting.shown.length
  return {
    ...{ context, visit, page: pageOf(context) },
    frame: {
      ...(site.operators.roles(visit.person.id).size > 0 && { isOperator: true }),
      ...{ ways, name: visit.person.name, signOut: visit.token('sign-out') },
      waiting: count === 0 ? '' : `${count}${waiting.hasMore ? '+' : ''}`,
    },
    show: (page, status = 200) => context.html(page, status),
    async refused(refusal, about = {}) {
      await useCases.recordRefusal(byPerson(visit.person.id), refusal, about)
      return refusalView(refusal)
    },
    goTo: (address) => context.redirect(address, 303),
  }
}

const pageOf = ({ req }: Context): string => req.path.replace(/^\/access\/?/, '')

/** With the words of the address, which a sign-in must not lose. */
const wholePage = (context: Context): string => {
  const { search } = new URL(context.req.url)
  return `${pageOf(context)}${search}`
}
