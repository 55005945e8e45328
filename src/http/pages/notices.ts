import { html } from 'hono/html'
import { giveBackButton, type Html, newLinkButton, page } from './layout.ts'

/** The one answer for links that are unknown or whose access has ended. */
export const unusablePage: Html = page(
  'This link does not work',
  html`<p>It never existed, or its access has ended.</p>
<p>Go back to the chat. If your access is still active, press ${newLinkButton} there for a new one.</p>`,
)

export const tooManyPage: Html = page(
  'Too many tries',
  html`<p>Too many links that do not work were opened from your network. Wait a minute, then press ${newLinkButton} in the
chat.</p>`,
)

export const failedPage: Html = page(
  'The vault did not give the access',
  html`<p>Your access could not be fetched just now. Nothing was shown to anybody, and this link is used up.</p>
<p>Press ${newLinkButton} in the chat to try again.</p>`,
)

export const spentPage: Html = page(
  'This token no longer works',
  html`<p>The one-time token from this page was used before, or has expired.</p>
<p>If you used it yourself, in a terminal or in the vault’s web pages, continue there: you are signed in. If you pressed
<b>Reveal the token here</b> and left or reloaded the page, or if the token expired, press ${newLinkButton} in the chat.</p>
<div class="note"><p>None of these? Then somebody else used it. Press ${giveBackButton} in the chat now: that ends the
access for everybody.</p></div>`,
)

/** The cookie or the form token was missing or wrong. */
export const notOurFormPage: Html = page(
  'That did not come from our page',
  html`<p>Your browser did not return the cookie or form token of this page, so nothing was done.</p>
<p><a href="">Open the page again</a> and press the button there. If that does not help, allow cookies for this site.</p>`,
)

export const notFoundPage: Html = page(
  'There is nothing here',
  html`<p>Latchkey works in your chat. You find all links to it there.</p>`,
)

export const tooLargePage: Html = page(
  'The request was too large',
  html`<p>The request was larger than anything this page sends.</p>`,
)

export const brokenPage = (reference: string): Html =>
  page(
    'Something went wrong',
    html`<p>That is our fault, not yours. Press ${newLinkButton} in the chat to try again. If it keeps happening, give the operator
of Latchkey this reference: <b>${reference}</b></p>`,
  )
