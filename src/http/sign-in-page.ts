import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { Log } from '../app/deps.ts'
import type { Identity } from '../domain/card.ts'
import { type Clock, ExternalError, type Person, type SignIn } from '../ports.ts'
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
import { signIns } from './sign-ins.ts'
import type { Visitors } from './visitor.ts'

type Env = { Bindings: HttpBindings }
type Answer = Response | Promise<Response>

export type SignInPageOptions = {
  readonly signIn: SignIn
  readonly confirmLink: (nonce: string, identities: readonly [Identity, ...Identity[]]) => Promise<Confirmed>
  readonly browsers: Visitors
  readonly publicUrl: string
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
  /** The one answer to links that do not work. */
  readonly unusable: (context: Context<Env>) => Answer
}

/** What the page of a link needs from sign-ins. */
export type SignInPage = {
  /** The person who proved to use this browser, for this link. */
  whoIs(context: Context<Env>, nonce: string): Person | undefined
  /** The page with the button that leads to the issuer. */
  ask(context: Context<Env>, form: string): Answer
  /** Sends the browser to the issuer. `anew` makes the issuer ask even a person whom it remembers. */
  start(context: Context<Env>, browser: string, nonce: string, anew: boolean): Promise<Response>
  /** Handles the return from the issuer. It spends the sign-in only: the link waits for its button. */
  finish(context: Context<Env>): Promise<Response>
}

export const signInPage = (options: SignInPageOptions): SignInPage => {
  const { signIn, browsers, clock, log } = options
  const memory = signIns(clock)

  const failed = (context: Context<Env>, error: unknown, back: WayBack): Answer => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code }, 'a sign-in did not succeed')
    if (error.code === 'unreachable') return context.html(issuerAwayPage(signIn.at, back), 503)
    if (error.code === 'declined') return context.html(declinedPage(signIn.at, back), 403)
    return context.html(notProvedPage(signIn.at, error.code, back), 403)
  }

  return {
    whoIs: (context, nonce) => memory.confirmed(browsers.known(context), nonce),
    ask: (context, form) => context.html(signInFirstPage(signIn.at, form)),
    async start(context, browser, nonce, anew) {
      memory.forget(browser, nonce)
      const back = { nonce, form: browsers.formToken(browser, nonce) }
      try {
        const { url, kept } = await signIn.begin(anew)
        memory.begin({ browser, nonce, kept })
        return context.html(leavingPage(signIn.at, url))
      } catch (error) {
        return failed(context, error, back)
      }
    },
    async finish(context) {
      const answer = new URL(context.req.url).searchParams
      const begun = memory.take(browsers.known(context), answer.get('state') ?? '')
      if (begun === 'unknown') return context.html(signInOverPage, 410)
      if (begun === 'other-browser') return context.html(otherBrowserPage, 403)
      const { browser, nonce, kept } = begun
      const back = { nonce, form: browsers.formToken(browser, nonce) }
      try {
        const confirmed = await options.confirmLink(nonce, await signIn.finish(answer, kept))
        switch (confirmed.kind) {
          case 'confirmed':
            memory.confirm(browser, nonce, confirmed.person)
            return context.redirect(`${options.publicUrl}/fetch/${nonce}`, 303)
          case 'other-person':
            return context.html(otherPersonPage(confirmed.person.name, back), 403)
          case 'nobody':
            return context.html(unknownAccountPage(confirmed.account, back), 403)
          case 'unusable':
            return options.unusable(context)
          default:
            return confirmed satisfies never
        }
      } catch (error) {
        return failed(context, error, back)
      }
    },
  }
}
