import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Timestamp } from '../../domain/time.ts'
import { access } from './access.ts'
import { type Html, newLinkButton, page } from './layout.ts'
import { moment } from './moment.ts'

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

/** For the browser that fetched it before; any other one is only told that the link was used. */
export const redeemedHerePage = (what: Shown): Html =>
  page(
    'You have fetched this already',
    html`<p class="lead">It was shown once, in this browser, and Latchkey has kept no copy. If you have not used it yet, press
${newLinkButton} in the chat: you get a new one, and the one from before ends.</p>
<div class="card">${access(what)}</div>`,
  )

type Used = { readonly at: Timestamp; readonly nonce: string; readonly form: string }

/** Tells neither what the link led to nor whose it was. Only the button raises the alarm. */
export const usedPage = ({ at, nonce, form }: Used): Html =>
  page(
    'This link has been used',
    html`<p class="lead">It was used on ${moment(at)}. One-time links work once.</p>
<p>Was that you? Then there is nothing to do here. For a new link, press ${newLinkButton} in the chat.</p>
<div class="note"><p>Was it not you? Then say so. The person whom the link is for and the owners of what it leads to are told at once.</p>
<form method="post" action="${nonce}/report" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Telling them …">This was not me</button>
</form></div>`,
  )

/** A used link whose alarm was raised. */
export const reportedPage = (at: Timestamp): Html =>
  page(
    'This link has been reported',
    html`<p class="lead">It was used on ${moment(at)}, and it was tried again or reported since.</p>
<p>The person whom the link is for and the owners of what it leads to have been told. There is nothing more to do here. Is the
link yours? Then press ${newLinkButton} in the chat for a new one.</p>`,
  )

/** For the first browser, when somebody else tried the link before the credential could be shown. */
export const contestedPage: Html = page(
  'Somebody else tried this link',
  html`<p class="lead">They did so while your access was being fetched, so nothing was given to anybody.</p>
<p>The owners of what it leads to have been told. Press ${newLinkButton} in the chat for a new link, and open it nowhere else.</p>`,
)

/** The vault refused for now: nothing was given out, and the same button may be pressed again in this browser. */
export const notYetPage = (form: string, wait: number): Html =>
  page(
    'In a moment',
    html`<p class="lead">The vault could not do it just now. Nothing was given out, and your link still works in this browser.</p>
<p>Wait ${wait === 1 ? 'a second' : `${wait} seconds`}, then press again.</p>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Fetching …">Fetch my access</button>
</form>
<p class="small after">If it keeps happening, press ${newLinkButton} in the chat later: a link lives for minutes only.</p>`,
  )

export const expiredPage: Html = page(
  'This link has run out',
  html`<p>Press ${newLinkButton} in the chat for a new one.</p>`,
)

export const replacedPage: Html = page(
  'A newer link took the place of this one',
  html`<p>Use the newer link, or press ${newLinkButton} in the chat for another one.</p>`,
)
