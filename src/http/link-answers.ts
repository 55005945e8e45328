import type { Context } from 'hono'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { Shown } from '../app/find-link.ts'
import type { Redeemed, Spent } from '../app/redeem-fetch-link.ts'
import type { Identity } from '../domain/card.ts'
import type { Credential } from '../domain/credential.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Common, Env } from './common.ts'
import type { Door } from './door.ts'
import { credentialPage } from './pages/credential-page.ts'
import {
  contestedPage,
  expiredPage,
  notYetPage,
  redeemedHerePage,
  replacedPage,
  reportedPage,
  usedPage,
} from './pages/link-pages.ts'
import { failedPage } from './pages/notices.ts'
import { appRolePage } from './pages/workload-pages.ts'
import type { SignInPage } from './sign-in-page.ts'

type ConfirmLink = (nonce: string, identities: readonly [Identity, ...Identity[]]) => Promise<Confirmed>
type Answer = Response | Promise<Response>

/** The answers of a link's page. Another page that has drawn a link answers in the same way. */
export const linkAnswers = ({ browsers, signIns, unusable, clock }: Common, confirmLink: ConfirmLink) => {
  const doorOf = (nonce: string): Door => ({
    page: nonce,
    path: nonce,
    isPersonal: false,
    confirm: (identities) => confirmLink(nonce, identities),
  })

  const asking = (): SignInPage => {
    if (!signIns) throw new Error('a link requires a sign-in, but no issuer is configured')
    return signIns
  }

  /** The page for a link that gives nothing. `above` leads from the page to `/fetch/`. */
  const spent = (context: Context<Env>, nonce: string, look: Spent, above = ''): Answer => {
    switch (look.kind) {
      case 'redeemed-here':
        return context.html(redeemedHerePage(look.what))
      case 'used': {
        const form = browsers.formToken(browsers.welcome(context), nonce)
        return context.html(
          look.isReported ? reportedPage(look.at) : usedPage({ at: look.at, nonce: `${above}${nonce}`, form }),
          410,
        )
      }
      case 'expired':
        return context.html(expiredPage, 410)
      case 'replaced':
        return context.html(replacedPage, 410)
      case 'sign-in-first':
        return asking().ask(context, doorOf(nonce))
      case 'unusable':
        return unusable(context)
      default:
        return look satisfies never
    }
  }

  /** The page after the button. Its forms lead to the link's own page. */
  const redeemed = (context: Context<Env>, nonce: string, browser: string, result: Redeemed, above = ''): Answer => {
    const href = `${above}${nonce}`
    const form = browsers.formToken(browser, nonce)
    switch (result.kind) {
      case 'credential':
        return context.html(gift(result, { form, href, now: clock.now() }))
      case 'contested':
        return context.html(contestedPage, 410)
      case 'failed':
        return context.html(failedPage, 503)
      case 'not-yet': {
        const wait = Math.max(1, Math.ceil(result.after / 1000))
        return context.html(notYetPage(form, href, wait), 503, { 'retry-after': String(wait) })
      }
      default:
        return spent(context, nonce, result, above)
    }
  }

  return { doorOf, asking, spent, redeemed }
}

type Place = { readonly form: string; readonly href: string; readonly now: Timestamp }

/** A token for a person, or the login of a workload. */
const gift = ({ what, credential }: { readonly what: Shown; readonly credential: Credential }, place: Place) =>
  credential.appRole === undefined
    ? credentialPage({ what, credential, ...place })
    : appRolePage({ what, credential, ...place })
