import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { AccessLook, Opened } from '../app/own-access.ts'
import type { AlarmLook } from '../app/own-alarm.ts'
import type { Identity } from '../domain/card.ts'
import { explainable, type ShownAlarm } from '../domain/fetch-link.ts'
import type { PersonId } from '../domain/ids.ts'
import { type Timestamp, timestamp } from '../domain/time.ts'
import type { Person } from '../ports.ts'
import { type Common, type Env, fieldsOf, idShape } from './common.ts'
import type { Door } from './door.ts'
import type { FetchUseCases } from './fetch-page.ts'
import { linkAnswers } from './link-answers.ts'
import { notOurFormPage } from './pages/notices.ts'
import { accessPage, accessReportedPage, alarmClearedPage, alarmPage, nothingPage } from './pages/personal-pages.ts'
import { logInPage } from './pages/workload-pages.ts'
import type { SignInPage } from './sign-in-page.ts'

type Enter = (id: string, identities: readonly [Identity, ...Identity[]]) => Promise<Confirmed>

/** The use cases behind the page that gives an access after a sign-in. */
export type AccessUseCases = {
  readonly enter: Enter
  look(id: string, person: PersonId, browser: string): Promise<AccessLook>
  /** Draws a one-time link for one press. */
  open(id: string, person: PersonId): Promise<Opened>
  report(id: string, person: PersonId, browser: string): Promise<boolean>
}

/** The use cases behind the page on which a link's person explains its alarm. */
export type AlarmUseCases = {
  readonly enter: Enter
  look(id: string, person: PersonId): Promise<AlarmLook>
  explain(id: string, person: PersonId, alarm: ShownAlarm): Promise<AlarmLook>
}

/** A visit of a person who has signed in for this page. */
export type Visit = {
  readonly id: string
  readonly door: Door
  readonly person: Person
  readonly browser: string
  readonly form: string
  /** When the person came back from the issuer. */
  readonly signedInAt: Timestamp
  /** The fields of the form that was sent; empty for a look. */
  readonly sent: Readonly<Record<string, string>>
  /** The alarm that the page showed, if its button sent the form. */
  readonly shown?: ShownAlarm | undefined
  /** Ends what the sign-in permits: one sign-in, one press. */
  forget(): void
}
type Answer = Response | Promise<Response>
type Page = {
  readonly name: 'access' | 'alarm' | 'terminal' | 'code'
  /** What may stand after the name in the address; usually an id. */
  readonly shape?: RegExp
  /** The issuer asks even a person whom it remembers, and must say so. */
  readonly needsFresh: boolean
  readonly enter: Enter
  show(context: Context<Env>, visit: Visit): Answer
  press(context: Context<Env>, visit: Visit): Answer
  report?(context: Context<Env>, visit: Visit): Answer
}

const fields = z.object({ form: z.string().max(100), anew: z.literal('yes').optional() })
const Shown = z.object({ how: z.enum(explainable), at: z.coerce.number().int().transform(timestamp) })

/**
 * Routes whose address holds an id that is no secret. Before the sign-in they read no row, so every address answers
 * alike. GET leads to the issuer or shows; only POST, with our form and a sign-in of this browser, acts.
 */
export const personalPage = (common: Common, signIns: SignInPage, page: Page): Hono<Env> => {
  const { browsers, unusable, isBusy, clock } = common
  const { shape = idShape } = page
  const usual = page.needsFresh ? 'fresh' : 'remembered'
  const doorTo = (id: string): Door => {
    const path = `${page.name}/${id}`
    return { page: path, path, isPersonal: true, confirm: (identities) => page.enter(id, identities) }
  }
  signIns.opens(page.name, doorTo)
  const visitOf = (context: Context<Env>, id: string, person: Person, browser: string): Visit => {
    const door = doorTo(id)
    const form = browsers.formToken(browser, door.page)
    const signedInAt = signIns.signedInAt(context, door) ?? clock.now()
    return { id, door, person, browser, form, signedInAt, sent: {}, forget: () => signIns.forget(context, door) }
  }
  const acted = async (context: Context<Env>, id: string, act: Page['press']): Promise<Response> => {
    if (!shape.test(id)) return unusable(context)
    const sent = await fieldsOf(context)
    const { data } = fields.safeParse(sent)
    const door = doorTo(id)
    const browser = browsers.sender(context, door.page, data?.form)
    if (!data || browser === undefined) return context.html(notOurFormPage, 403)
    const person = data.anew ? undefined : signIns.whoIs(context, door)
    if (!person) return signIns.start(context, browser, door, data.anew && !page.needsFresh ? 'other-account' : usual)
    return act(context, { ...visitOf(context, id, person, browser), sent, shown: Shown.safeParse(sent).data })
  }
  const { report } = page
  return new Hono<Env>()
    .get('/:id', (context) => {
      const id = context.req.param('id')
      if (!shape.test(id)) return unusable(context)
      const door = doorTo(id)
      const person = signIns.whoIs(context, door)
      const browser = browsers.welcome(context)
      if (person) return page.show(context, visitOf(context, id, person, browser))
      return isBusy(context) ? signIns.ask(context, door) : signIns.start(context, browser, door, usual)
    })
    .post('/:id', (context) => acted(context, context.req.param('id'), page.press))
    .post('/:id/report', (context) => (report ? acted(context, context.req.param('id'), report) : unusable(context)))
    .get('/:id/report', (context) => context.redirect(`../${encodeURIComponent(context.req.param('id'))}`, 303))
}

/** The page that gives an access after a sign-in: its button draws a one-time link and uses it at once. */
export const accessRoutes = (
  common: Common,
  signIns: SignInPage,
  access: AccessUseCases,
  fetch: FetchUseCases,
): Hono<Env> => {
  const { redeemed } = linkAnswers(common, fetch.confirmLink)
  return personalPage(common, signIns, {
    name: 'access',
    needsFresh: false,
    enter: access.enter,
    async show(context, visit) {
      const look = await access.look(visit.id, visit.person.id, visit.browser)
      if (look.kind === 'nothing') return nothing(context, visit)
      const { what } = look
      const usage = what.usage
      if (usage?.login)
        return context.html(logInPage({ what, usage: { ...usage, login: usage.login }, name: visit.person.name }))
      return context.html(accessPage({ ...look, name: visit.person.name, form: visit.form, href: visit.id }))
    },
    async press(context, visit) {
      const { id, person, browser } = visit
      visit.forget()
      const opened = await access.open(id, person.id)
      if (opened.kind === 'nothing') return nothing(context, visit)
      const { nonce } = opened
      signIns.vouch(browser, nonce, person)
      return redeemed(context, nonce, browser, await fetch.redeemLink(nonce, browser, person.id), '../')
    },
    async report(context, visit) {
      visit.forget()
      const isReported = await access.report(visit.id, visit.person.id, visit.browser)
      return isReported ? context.html(accessReportedPage) : nothing(context, visit)
    },
  })
}

/** The page on which a link's person says, after a fresh sign-in, that its alarm was their own doing. */
export const alarmRoutes = (common: Common, signIns: SignInPage, alarm: AlarmUseCases): Hono<Env> => {
  const answer = (context: Context<Env>, visit: Visit, look: AlarmLook) => {
    if (look.kind === 'nothing') return nothing(context, visit)
    return look.kind === 'explained'
      ? context.html(alarmClearedPage(look.at))
      : context.html(alarmPage({ look, name: visit.person.name, form: visit.form }))
  }
  return personalPage(common, signIns, {
    name: 'alarm',
    needsFresh: true,
    enter: alarm.enter,
    show: async (context, visit) => answer(context, visit, await alarm.look(visit.id, visit.person.id)),
    async press(context, visit) {
      const { id, person, shown } = visit
      if (!shown) return answer(context, visit, await alarm.look(id, person.id))
      visit.forget()
      return answer(context, visit, await alarm.explain(id, person.id, shown))
    },
  })
}

const nothing = (context: Context<Env>, { door, person, form }: Visit) =>
  context.html(nothingPage(person.name, { href: `../${door.path}`, form, what: 'page' }), 403)
