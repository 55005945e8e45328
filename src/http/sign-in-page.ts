import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Log } from '../app/deps.ts'
import type { Timestamp } from '../domain/time.ts'
import { type Clock, ExternalError, type Person, type SignIn, type SignInHow } from '../ports.ts'
import type { Door } from './door.ts'
import { nothingPage, signInToOpenPage } from './pages/personal-pages.ts'
import {
  declinedPage,
  issuerAwayPage,
  leavingPage,
  notProvedPage,
  otherBrowserPage,
  otherPersonPage,
  signInFirstPage,
  signInOverPage,
  unknownAccountPage,
  type WayBack,
} from './pages/sign-in-pages.ts'
import { sealedSignIns } from './sealed-sign-ins.ts'
import { type Begun, signIns } from './sign-ins.ts'
import type { Visitors } from './visitor.ts'

type Env = { Bindings: HttpBindings }
type Answer = Response | Promise<Response>

export type SignInPageOptions = {
  readonly signIn: SignIn
  readonly browsers: Visitors
  readonly publicUrl: string
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
  /** The one answer to links that do not work. */
  readonly unusable: (context: Context<Env>) => Answer
  /** Hears of a sign-in that led to its page. */
  readonly onCome: (context: Context<Env>) => void
}

/** What pages need from sign-ins. */
export type SignInPage = {
  /** The person who proved to use this browser, for this page. */
  whoIs(context: Context<Env>, door: Door): Person | undefined
  /** When that person came back from the issuer. */
  signedInAt(context: Context<Env>, door: Door): Timestamp | undefined
  /** The page with the button that leads to the issuer. */
  ask(context: Context<Env>, door: Door): Answer
  /** Sends the browser to the issuer. */
  start(context: Context<Env>, browser: string, door: Door, how: SignInHow): Promise<Response>
  /** Handles the return from the issuer. It spends the sign-in only: the page waits for its button. */
  finish(context: Context<Env>): Promise<Response>
  /** Names the door of each personal page, so that a return from the issuer finds it. */
  opens(name: string, doorTo: (id: string) => Door): void
  /** Ends what a sign-in permits. */
  forget(context: Context<Env>, door: Door): void
  /** The person has just proved to use this browser, so a link that was drawn for them needs no second sign-in. */
  vouch(browser: string, nonce: string, person: Person): void
}

type Under = Begun & { readonly door: Door }

export const signInPage = (options: SignInPageOptions): SignInPage => {
  const { signIn, browsers, clock, log } = options
  const links = signIns<Under>(clock)
  // Anybody may know these addresses, so a sign-in under way takes no memory.
  const sealed = sealedSignIns(clock)
  const personal = signIns<Under>(clock)
  const doors = new Map<string, (id: string) => Door>()
  const memoryOf = ({ isPersonal }: Door) => (isPersonal ? personal : links)

  /** A cookie that somebody planted before the sign-in is not enough afterwards: the mark is drawn at its end. */
  const holderOf = (context: Context<Env>, { isPersonal, page }: Door): string | undefined => {
    const browser = browsers.known(context)
    if (!isPersonal || browser === undefined) return browser
    const mark = browsers.marked(context, page)
    return mark && `${browser} ${mark}`
  }

  const forget = (context: Context<Env>, door: Door) => {
    const holder = holderOf(context, door)
    if (holder !== undefined) memoryOf(door).forget(holder, door.page)
  }

  /** `above` leads from the present page to `/fetch/`. */
  const wayBack = (browser: string, { page, path, isPersonal, href }: Door, above = ''): WayBack => ({
    href: href ?? `${above}${path}`,
    form: browsers.formToken(browser, page),
    what: isPersonal ? 'page' : 'link',
  })

  const failed = (context: Context<Env>, error: unknown, back: WayBack): Answer => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code }, 'a sign-in did not succeed')
    if (error.code === 'unreachable') return context.html(issuerAwayPage(signIn.at, back), 503)
    if (error.code === 'declined') return context.html(declinedPage(signIn.at, back), 403)
    return context.html(notProvedPage(signIn.at, error.code, back), 403)
  }

  const ofPage = (browser: string | undefined, state: string): Under | 'other-browser' | 'unknown' => {
    const taken = sealed.take(browser, state)
    if (typeof taken === 'string') return taken
    const [name = '', id = ''] = taken.page.split('/')
    const door = doors.get(name)?.(id)
    return door && browser !== undefined ? { browser, page: door.page, door, kept: taken.kept } : 'unknown'
  }

  const come = async (context: Context<Env>, { door, browser, kept }: Under, answer: URLSearchParams) => {
    const back = wayBack(browser, door)
    const confirmed = await door.confirm(await signIn.finish(answer, kept))
    switch (confirmed.kind) {
      case 'confirmed': {
        if (door.arrive) {
          options.onCome(context)
          return context.redirect(await door.arrive(context, confirmed.person), 303)
        }
        const place = door.isPersonal ? `${browser} ${browsers.mark(context, door.page)}` : browser
        memoryOf(door).confirm(place, door.page, confirmed.person)
        options.onCome(context)
        return context.redirect(`${options.publicUrl}/fetch/${door.path}`, 303)
      }
      case 'other-person':
        return context.html(otherPersonPage(confirmed.person.name, back), 403)
      case 'nobody':
        return context.html(unknownAccountPage(confirmed.accounts, back), 403)
      case 'nothing':
        return context.html(nothingPage(confirmed.person.name, back), 403)
      case 'unusable':
        return options.unusable(context)
      default:
        return confirmed satisfies never
    }
  }

  return {
    whoIs: (context, door) => memoryOf(door).confirmed(holderOf(context, door), door.page),
    signedInAt: (context, door) => memoryOf(door).confirmedAt(holderOf(context, door), door.page),
    ask(context, door) {
      const form = browsers.formToken(browsers.welcome(context), door.page)
      return context.html(door.isPersonal ? signInToOpenPage(signIn.at, form) : signInFirstPage(signIn.at, form))
    },
    async start(context, browser, door, how) {
      forget(context, door)
      try {
        const secrets = door.isPersonal ? sealed.begin(browser, door.page, how) : undefined
        const { url, kept } = await signIn.begin(how, secrets)
        if (!secrets) links.begin({ browser, page: door.page, door, kept })
        return context.html(leavingPage(signIn.at, url))
      } catch (error) {
        return failed(context, error, wayBack(browser, door, door.isPersonal ? '../' : ''))
      }
    },
    async finish(context) {
      const answer = new URL(context.req.url).searchParams
      const [browser, state] = [browsers.known(context), answer.get('state') ?? '']
      const ofLink = links.take(browser, state)
      const begun = ofLink === 'unknown' ? ofPage(browser, state) : ofLink
      if (begun === 'unknown') return context.html(signInOverPage, 410)
      if (begun === 'other-browser') return context.html(otherBrowserPage, 403)
      try {
        return await come(context, begun, answer)
      } catch (error) {
        return failed(context, error, wayBack(begun.browser, begun.door))
      }
    },
    forget,
    opens: (name, doorTo) => void doors.set(name, doorTo),
    vouch: (browser, nonce, person) => links.confirm(browser, nonce, person),
  }
}
