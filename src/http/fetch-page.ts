import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { Log } from '../app/deps.ts'
import type { LinkLook, Redeemed, Spent } from '../app/redeem-fetch-link.ts'
import type { Revealed } from '../app/reveal-credential.ts'
import type { Identity } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { seconds } from '../domain/time.ts'
import type { Clock, SignIn } from '../ports.ts'
import { credentialPage } from './pages/credential-page.ts'
import {
  contestedPage,
  expiredPage,
  notYetPage,
  readyPage,
  redeemedHerePage,
  replacedPage,
  reportedPage,
  usedPage,
} from './pages/link-pages.ts'
import { failedPage, notOurFormPage, spentPage, tooManyPage, unusablePage } from './pages/notices.ts'
import { tokenPage } from './pages/token-page.ts'
import { signInPage } from './sign-in-page.ts'
import { unknownVisits } from './unknown-visits.ts'
import { visitors } from './visitor.ts'

/** The use cases behind a one-time link's page. `browser` is the value of the visitor's cookie, never its hash. */
export type FetchUseCases = {
  /** Changes nothing. `signedIn` is the person who proved to use this browser, for this link. */
  lookAtLink(nonce: string, browser: string | undefined, signedIn?: PersonId): Promise<LinkLook>
  redeemLink(nonce: string, browser: string, signedIn?: PersonId): Promise<Redeemed>
  /** Raises the alarm of a used link: a visitor says that they did not use it. */
  reportLink(nonce: string, browser: string, signedIn?: PersonId): Promise<Spent>
  confirmLink(nonce: string, identities: readonly [Identity, ...Identity[]]): Promise<Confirmed>
  revealCredential(nonce: string, browser: string, wrappingToken: Secret): Promise<Revealed>
}

export type FetchPageOptions = {
  readonly fetch: FetchUseCases
  /** The address at which browsers reach this server through any proxy, such as `https://latchkey.example.com`. */
  readonly publicUrl: string
  readonly clock: Pick<Clock, 'now'>
  /** Present when links require a sign-in. */
  readonly signIn?: SignIn | undefined
  readonly log: Pick<Log, 'warn'>
}

type Env = { Bindings: HttpBindings }

const limits = { visits: 30, per: seconds(60), addresses: 10_000 }
const nonceShape = /^[\w-]{16,128}$/
const form = z.string().max(100)
const redeemForm = z.object({ form, anew: z.literal('yes').optional() })
const reportForm = z.object({ form })
const revealForm = z.object({ form, token: z.string().min(1).max(4_096) })

/**
 * The routes behind a one-time link. GET only shows; POST redeems; `/reveal` unwraps the token here; `/report` raises
 * the alarm.
 */
export const fetchPage = ({ fetch, publicUrl, clock, signIn, log }: FetchPageOptions): Hono<Env> => {
  const browsers = visitors(publicUrl)
  const isOneTooMany = unknownVisits(clock, limits)

  const unusable = (context: Context<Env>) => {
    if (!isOneTooMany(context.env.incoming.socket.remoteAddress)) return context.html(unusablePage, 404)
    return context.html(tooManyPage, 429, { 'retry-after': String(limits.per) })
  }

  const { confirmLink } = fetch
  const signIns = signIn && signInPage({ signIn, confirmLink, browsers, publicUrl, clock, log, unusable })
  const asking = () => {
    if (!signIns) throw new Error('a link requires a sign-in, but no issuer is configured')
    return signIns
  }

  /** The page for a link that gives nothing. */
  const spent = (context: Context<Env>, nonce: string, look: Spent) => {
    switch (look.kind) {
      case 'redeemed-here':
        return context.html(redeemedHerePage(look.what))
      case 'used': {
        const form = browsers.formToken(browsers.welcome(context), nonce)
        return context.html(look.isReported ? reportedPage(look.at) : usedPage({ at: look.at, nonce, form }), 410)
      }
      case 'expired':
        return context.html(expiredPage, 410)
      case 'replaced':
        return context.html(replacedPage, 410)
      case 'sign-in-first':
        return asking().ask(context, browsers.formToken(browsers.welcome(context), nonce))
      case 'unusable':
        return unusable(context)
      default:
        return look satisfies never
    }
  }

  return new Hono<Env>()
    .get('/callback', (context) => signIns?.finish(context) ?? unusable(context))
    .get('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      if (!nonceShape.test(nonce)) return unusable(context)
      const person = signIns?.whoIs(context, nonce)
      const look = await fetch.lookAtLink(nonce, browsers.known(context), person?.id)
      if (look.kind !== 'ready') return spent(context, nonce, look)
      return context.html(readyPage(look.what, browsers.formToken(browsers.welcome(context), nonce), person?.name))
    })
    .post('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = redeemForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const person = data.anew ? undefined : signIns?.whoIs(context, nonce)
      const redeemed = await fetch.redeemLink(nonce, browser, person?.id)
      switch (redeemed.kind) {
        case 'credential':
          return context.html(credentialPage({ ...redeemed, form: data.form, nonce, now: clock.now() }))
        case 'contested':
          return context.html(contestedPage, 410)
        case 'failed':
          return context.html(failedPage, 503)
        case 'not-yet': {
          const wait = Math.max(1, Math.ceil(redeemed.after / 1000))
          return context.html(notYetPage(data.form, wait), 503, { 'retry-after': String(wait) })
        }
        case 'sign-in-first':
          return asking().start(context, browser, nonce, data.anew === 'yes')
        default:
          return spent(context, nonce, redeemed)
      }
    })
    .post('/:nonce/report', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = reportForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const person = signIns?.whoIs(context, nonce)
      const look = await fetch.reportLink(nonce, browser, person?.id)
      return look.kind === 'sign-in-first' ? backToLink(context) : spent(context, nonce, look)
    })
    .post('/:nonce/reveal', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = revealForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const revealed = await fetch.revealCredential(nonce, browser, secret(data.token))
      switch (revealed.kind) {
        case 'token':
          return context.html(tokenPage(revealed))
        case 'spent':
          return context.html(spentPage, 410)
        case 'unusable':
          return unusable(context)
        default:
          return revealed satisfies never
      }
    })
    .get('/:nonce/reveal', backToLink)
    .get('/:nonce/report', backToLink)
}

const backToLink = (context: Context<Env, '/:nonce/reveal' | '/:nonce/report'>) =>
  context.redirect(`../${encodeURIComponent(context.req.param('nonce'))}`, 303)

const fieldsOf = async ({ req }: Context): Promise<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(await req.text()))
