import { html } from 'hono/html'
import type { Shown } from '../../app/redeem-fetch-link.ts'
import { access } from './access.ts'
import { type Html, newLinkButton, page } from './layout.ts'

/** What a GET of a working link shows; nothing has happened yet. `signedIn` is the name of who proved to be its person. */
export const readyPage = (what: Shown, form: string, signedIn?: string): Html =>
  page(
    'Your access is ready to fetch',
    html`<p class="lead">${signedIn === undefined ? '' : html`You are signed in as <b>${signedIn}</b>. `}Fetch it when you are about to use
it: the link works once, and so does what it gives you.</p>
<div class="card">${access(what)}</div>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Fetching …">Fetch my access</button>
</form>
<p class="small after">You did not ask for this? Close the page. Opening it has used nothing up.</p>`,
  )

/** For the browser that fetched it before; to any other one the link is unusable. */
export const redeemedHerePage = (what: Shown): Html =>
  page(
    'You have fetched this already',
    html`<p class="lead">It was shown once, in this browser, and Latchkey has kept no copy. If you have not used it yet, press
${newLinkButton} in the chat: you get a new one, and the one from before ends.</p>
<div class="card">${access(what)}</div>`,
  )
