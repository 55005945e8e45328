import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { LinkLook, Redeemed, Spent } from '../app/redeem-fetch-link.ts'
import type { Revealed } from '../app/reveal-credential.ts'
import type { Identity } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { type Common, type Env, fieldsOf, idShape } from './common.ts'
import { linkAnswers } from './link-answers.ts'
import { readyPage } from './pages/link-pages.ts'
import { notOurFormPage, spentPage } from './pages/notices.ts'
import { tokenPage } from './pages/token-page.ts'
import { secretIdPage } from './pages/workload-pages.ts'

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

const form = z.string().max(100)
const redeemForm = z.object({ form, anew: z.literal('yes').optional() })
const reportForm = z.object({ form })
const revealForm = z.object({ form, token: z.string().min(1).max(4_096) })

/**
 * The routes behind a one-time link. GET only shows; POST redeems; `/reveal` unwraps the token here; `/report` raises
 * the alarm.
 */
export const fetchPage = (common: Common, fetch: FetchUseCases): Hono<Env> => {
  const { browsers, signIns, unusable } = common
  const { doorOf, asking, spent, redeemed } = linkAnswers(common, fetch.confirmLink)
  const whoIs = (context: Context<Env>, nonce: string) => signIns?.whoIs(context, doorOf(nonce))

  return new Hono<Env>()
    .get('/callback', (context) => signIns?.finish(context) ?? unusable(context))
    .get('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      if (!idShape.test(nonce)) return unusable(context)
      const person = whoIs(context, nonce)
      const look = await fetch.lookAtLink(nonce, browsers.known(context), person?.id)
      if (look.kind !== 'ready') return spent(context, nonce, look)
      return context.html(readyPage(look.what, browsers.formToken(browsers.welcome(context), nonce), person?.name))
    })
    .post('/:nonce', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = redeemForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const person = data.anew ? undefined : whoIs(context, nonce)
      const result = await fetch.redeemLink(nonce, browser, person?.id)
      return result.kind === 'sign-in-first'
        ? asking().start(context, browser, doorOf(nonce), data.anew ? 'other-account' : 'remembered')
        : redeemed(context, nonce, browser, result)
    })
    .post('/:nonce/report', async (context) => {
      const nonce = context.req.param('nonce')
      const { data } = reportForm.safeParse(await fieldsOf(context))
      const browser = browsers.sender(context, nonce, data?.form)
      if (!data || browser === undefined) return context.html(notOurFormPage, 403)
      const look = await fetch.reportLink(nonce, browser, whoIs(context, nonce)?.id)
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
          return context.html(
            revealed.usage.login ? secretIdPage({ ...revealed, secretId: revealed.token }) : tokenPage(revealed),
          )
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
