import { html } from 'hono/html'
import type { MessageView } from '../../../views/view-model.ts'
import { type Html, page } from '../../pages/layout.ts'
import { type Frame, framed } from './frame.ts'
import { message } from './message.ts'

/** In place of a page: why it is not possible. */
export const refusedPage = (frame: Frame, said: MessageView | undefined, back: string): Html =>
  framed(
    frame,
    undefined,
    'Not possible',
    html`<h1>Not possible</h1>
${said ? message(said, frame.ways) : html`<p>There is no such page. The address may be from an older version of Latchkey.</p>`}
<p class="actions"><a class="button second" href="${back}">Back</a></p>`,
  )

/** What was just said, above a page. */
export const banner = (said: MessageView | undefined, frame: Frame): Html | '' =>
  said === undefined ? '' : html`<div class="note" role="alert">${message(said, frame.ways)}</div>`

/** A form arrived after the session had ended. Nothing was done. */
export const signedOutPage = (href: string): Html =>
  page(
    'You are signed out',
    html`<p class="lead">Nothing was done. A sign-in lasts 12 hours at most, and one hour without use. It ends at once when the same
cookie comes from another browser.</p>
<p class="wide"><a class="button" href="${href}">Sign in again</a></p>
<p class="small after">Go back in your browser first, if you want to copy what you wrote.</p>`,
  )

/** After the person signed out here. */
export const goodbyePage = (href: string): Html =>
  page(
    'You have signed out',
    html`<p class="lead">This browser is signed out of Latchkey. Your access at the vaults is not touched.</p>
<p>You may still be signed in at the issuer. On a shared computer, sign out there, too.</p>
<p class="wide"><a class="button second" href="${href}">Sign in again</a></p>`,
  )

/** The one answer of these pages where people cannot sign in. */
export const noIssuerPage: Html = page(
  'These pages need a sign-in',
  html`<p class="lead">People can ask and decide here once the operator of Latchkey configures an OpenID Connect issuer
(<code>signIn</code> in the configuration).</p>
<p>Until then, use Latchkey in your chat.</p>`,
)
