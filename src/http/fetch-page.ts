import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { LinkLook, Redeemed, Revealed } from '../app/redeem-fetch-link.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { seconds } from '../domain/time.ts'
import type { Clock } from '../ports.ts'
import { credentialPage } from './pages/credential-page.ts'
import { readyPage, redeemedHerePage } from './pages/link-pages.ts'
import { failedPage, notOurFormPage, spentPage, tooManyPage, unusablePage } from './pages/notices.ts'
import { tokenPage } from './pages/token-page.ts'
import { unknownVisits } from './unknown-visits.ts'
import { visitors } from './visitor.ts'

/** What the page behind the one-time link drives. `browser` is the value of the visitor's cookie, never its hash. */
export type FetchUseCases = {
  /** Changes nothing, however often it is called. */
  lookAtLink(nonce: string, browser: string | undefined): Promise<LinkLook>
  redeemLink(nonce: string, browser: string): Promise<Redeemed>
  revealCredential(nonce: string, browser: string, wrappingToken: Secret): Promise<Revealed>
}

export type FetchPageOptions = {
  readonly fetch: FetchUseCases
  /** Where people's browsers reach this server, through whatever proxy, such as `https://latchkey.example.com`. */
  readonly publicUrl: string
  readonly clock: Pick<Clock, 'now'>
}

type Env = { Bindings: HttpBindings }

const limits = { visits: 30, per: seconds(60), addresses: 10_000 }
const nonceShape = /^[\w-]{16,128}$/
const redeemForm = z.object({ form: z.string().max(100) })
const revealForm = redeemForm.extend({ token: z.string().min(1).max(4_096) })

/** The routes behind a one-time link: GET only looks, POST redeems, `/reveal` opens the wrapped token here. */
export const fetchPage = ({ fetch, publicUrl, clock }: FetchPageOptions): Hono<Env> => {
  const browsers = visitors(publicUrl)
  const isOneTooMany = unknownVisits(clock, limits)

  const unusable = (context: Context<Env>) => {
    if (!isOneTooMany(context.env.incoming.socket.remoteAddress)) return context.html(unusablePage, 404)
    return context.html(tooManyPage, 429, { 'retry-after': String(limits.per) })
  }

  return new Hono<Env>()
    .get('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      if (!nonceShape.test(nonce)) return unusable(context)
      const look = await fetch.lookAtLink(nonce, browsers.known(context))
      switch (look.kind) {
        case 'ready': {
          const form = browsers.formToken(browsers.welcome(context), nonce)
          return context.html(readyPage(look.what, form))
        }
        case 'redeemed-here':
          return context.html(redeemedHerePage(look.what))
        case 'unusable':
          return unusable(context)
        default:
          return look satisfies never
      }
    })
    .post('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = redeemForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const redeemed = await fetch.redeemLink(nonce, browser)
      switch (redeemed.kind) {
        case 'credential':
          return context.html(credentialPage({ ...redeemed, form: data.form, nonce, now: clock.now() }))
        case 'redeemed-here':
          return context.html(redeemedHerePage(redeemed.what))
        case 'unusable':
          return unusable(context)
        case 'failed':
          return context.html(failedPage, 503)
        default:
          return redeemed satisfies never
      }
    })
    .post('/:nonce/reveal', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = revealForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const revealed = await fetch.revealCredential(nonce, browser, secret(data.token))
      switch (revealed.kind) {
        case 'token':
          return context.html(tokenPage(revealed.what, revealed.token))
        case 'spent':
          return context.html(spentPage, 410)
        case 'unusable':
          return unusable(context)
        default:
          return revealed satisfies never
      }
    })
    .get('/:nonce/reveal', (context) => context.redirect(`../${encodeURIComponent(context.req.param('nonce'))}`, 303))
}

const fieldsOf = async ({ req }: Context): Promise<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(await req.text()))
