import { html } from 'hono/html'
import type { Identity } from '../../domain/card.ts'
import { type Html, newLinkButton, page } from './layout.ts'

/** The way to try again: the address of the page from the issuer's return, and the browser's form token for it. */
export type WayBack = { readonly href: string; readonly form: string; readonly what: 'link' | 'page' }

/** The page of a working link before anybody has signed in: it does not even show what the link opens. */
export const signInFirstPage = (at: string, form: string): Html =>
  page(
    'Sign in to fetch your access',
    html`<p class="lead">This link is for one person. Sign in at <b>${at}</b> to prove who you are. That does not use up the link.</p>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Going there …">Sign in</button>
</form>
<p class="small after">You did not ask for this? Close the page. Opening it did not use up the link.</p>`,
  )

/**
 * Continues by itself, even without scripts. A redirect would fail: browsers apply `form-action` to the whole chain.
 */
export const leavingPage = (at: string, url: string): Html =>
  page(
    'Going to the sign-in',
    html`<p class="lead">Your browser is taking you to <b>${at}</b>. From there you come back here.</p>
<p class="wide"><a class="button" href="${url}">Go to ${at}</a></p>`,
    html`<meta http-equiv="refresh" content="0; url=${url}">`,
  )

export const otherPersonPage = (name: string, back: WayBack): Html =>
  page(
    'This link is for somebody else',
    html`<p>You signed in as <b>${name}</b>, but this link belongs to another person. Nothing was given to you. Latchkey has told that
person and the owners of the access.</p>
${again(back)}`,
  )

const told = (what: WayBack['what']): string =>
  what === 'link' ? ' Latchkey has told the person of the link and the owners of the access.' : ''

/** Names the account, so that an operator can link it to a person. Where it is an account of a chat too, that link suffices. */
export const unknownAccountPage = (accounts: readonly [Identity, ...Identity[]], back: WayBack): Html =>
  page(
    'Latchkey does not know this account',
    html`<p>You signed in, but no person here is linked to that account, so nothing was given to you.${told(back.what)}</p>
<div class="card"><p>If the ${back.what} is yours, ask the operator of Latchkey to link this account to you:</p>
<dl class="facts"><dt>At</dt><dd><code>${accounts[0].tenant}</code></dd><dt>Account</dt><dd><code>${accounts[0].subject}</code></dd>${chatLink(accounts)}</dl></div>
${again(back)}`,
  )

const chatLink = (accounts: readonly Identity[]): Html | '' => {
  const account = accounts.find(({ platform }) => platform !== 'oidc')
  if (account === undefined) return ''
  const { platform, tenant, subject } = account
  return html`<dt>In the people file</dt><dd><code>${platform}: [${tenant}/${subject}]</code></dd>`
}

/** The button that makes the issuer ask for an account again. */
export const again = ({ href, form }: WayBack): Html => html`<form method="post" action="${href}" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="anew" value="yes">
<button class="second" data-busy="Going there …">Sign in with another account</button>
</form>`

const still = (what: WayBack['what']): string => (what === 'link' ? 'your link still works' : 'nothing was used up')

export const declinedPage = (at: string, { href, what }: WayBack): Html =>
  page(
    'You were not signed in',
    html`<p>The sign-in at <b>${at}</b> was cancelled or refused there. Nothing was given, and ${still(what)}.</p>
<p><a href="${href}">Open the ${what} again</a> to try once more.</p>`,
  )

export const issuerAwayPage = (at: string, { href, what }: WayBack): Html =>
  page(
    'The sign-in does not answer',
    html`<p>Latchkey cannot reach <b>${at}</b> just now. Nothing was given, and ${still(what)}.</p>
<p><a href="${href}">Open the ${what} again</a> in a minute. If that does not help, press ${newLinkButton} in the chat.</p>`,
  )

const unproved: ReadonlyMap<string, string> = new Map([
  ['not-fresh', 'says that you had signed in before, and this page needs a fresh sign-in'],
  [
    'auth-time-missing',
    'does not say when you signed in, and this page needs a fresh sign-in. The operator can let it send “auth_time”',
  ],
])

export const notProvedPage = (at: string, code: string, { href, what }: WayBack): Html =>
  page(
    'The sign-in could not be checked',
    html`<p>The answer from <b>${at}</b> ${unproved.get(code) ?? 'does not prove who you are'}. Nothing was given, and ${still(what)}.</p>
<p><a href="${href}">Open the ${what} again</a> to try once more. If it keeps happening, give this code to the operator of Latchkey:
<b>${code}</b></p>`,
  )

/** The sign-in is unknown: used before, too old, forgotten at a restart, or invented. */
export const signInOverPage: Html = page(
  'This sign-in is over',
  html`<p>It took too long, was finished before, or Latchkey was restarted meanwhile. Nothing was given, and
nothing was used up.</p>
<p>Open your link again, or press its button in the chat.</p>`,
)

export const otherBrowserPage: Html = page(
  'This sign-in began in another browser',
  html`<p>It must end in the browser where it began, so nothing was given here.</p>
<p>Go back to the browser in which it began. Or open the same link or page in this browser, and sign in here. If that does not
help, allow cookies for this site.</p>`,
)
