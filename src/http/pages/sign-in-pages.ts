import { html } from 'hono/html'
import type { Identity } from '../../domain/card.ts'
import { type Html, newLinkButton, page } from './layout.ts'

/** Where one can try again, and with what: the link's nonce and the browser's form token for it. */
export type WayBack = { readonly nonce: string; readonly form: string }

/** What a GET of a working link shows before anybody has signed in: not even what the link leads to. */
export const signInFirstPage = (at: string, form: string): Html =>
  page(
    'Sign in to fetch your access',
    html`<p class="lead">This link is for one person. Sign in at <b>${at}</b> to show that it is you; the link is not used up by that.</p>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Going there …">Sign in</button>
</form>
<p class="small after">You did not ask for this? Close the page. Opening it has used nothing up.</p>`,
  )

/** Goes on by itself, also without scripts. A redirect would not do: browsers hold the form to its own site all the way. */
export const leavingPage = (at: string, url: string): Html =>
  page(
    'On to the sign-in',
    html`<p class="lead">Your browser is taking you to <b>${at}</b>. From there you come back here.</p>
<p class="wide"><a class="button" href="${url}">Go to ${at}</a></p>`,
    html`<meta http-equiv="refresh" content="0; url=${url}">`,
  )

export const otherPersonPage = (name: string, back: WayBack): Html =>
  page(
    'This link is for somebody else',
    html`<p>You signed in as <b>${name}</b>, and this link belongs to another person. Nothing was given to you. That person and the
owners of what it leads to have been told.</p>
${again(back)}`,
  )

/** Names the account, so that whoever runs Latchkey can link it to a person. */
export const unknownAccountPage = ({ tenant, subject }: Identity, back: WayBack): Html =>
  page(
    'Latchkey does not know this account',
    html`<p>You signed in, but no person here is linked to that account, so nothing was given to you. The person whom the link is for
and the owners of what it leads to have been told.</p>
<div class="card"><p>If the link is yours, ask whoever runs Latchkey to link this account to you:</p>
<dl class="facts"><dt>At</dt><dd><code>${tenant}</code></dd><dt>Account</dt><dd><code>${subject}</code></dd></dl></div>
${again(back)}`,
  )

const again = ({ nonce, form }: WayBack): Html => html`<form method="post" action="${nonce}" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="anew" value="yes">
<button class="second" data-busy="Going there …">Sign in with another account</button>
</form>`

export const declinedPage = (at: string, { nonce }: WayBack): Html =>
  page(
    'You were not signed in',
    html`<p>The sign-in at <b>${at}</b> was broken off or refused there. Nothing was given, and your link is not used up.</p>
<p><a href="${nonce}">Open the link again</a> to try once more.</p>`,
  )

export const issuerAwayPage = (at: string, { nonce }: WayBack): Html =>
  page(
    'The sign-in does not answer',
    html`<p>Latchkey cannot reach <b>${at}</b> just now. Nothing was given, and your link is not used up.</p>
<p><a href="${nonce}">Open the link again</a> in a minute. Should it have run out by then, press ${newLinkButton} in the chat.</p>`,
  )

export const notProvedPage = (at: string, code: string, { nonce }: WayBack): Html =>
  page(
    'The sign-in could not be checked',
    html`<p>What came back from <b>${at}</b> does not prove who you are. Nothing was given, and your link is not used up.</p>
<p><a href="${nonce}">Open the link again</a> to try once more. If it keeps happening, tell whoever runs Latchkey this:
<b>${code}</b></p>`,
  )

/** The sign-in is unknown: finished before, too old, forgotten by a restart, or made up. */
export const signInOverPage: Html = page(
  'This sign-in is over',
  html`<p>It took too long, was finished before, or Latchkey was started anew in the meantime. Nothing was given, and your link
is not used up by it.</p>
<p>Open your link again, or press ${newLinkButton} in the chat.</p>`,
)

export const otherBrowserPage: Html = page(
  'This sign-in began in another browser',
  html`<p>It has to end where it began, so nothing was given here.</p>
<p>Go back to the browser in which you pressed <b>Sign in</b>, or open your link in this one and press it here. If that does
not help, allow cookies for this site.</p>`,
)
