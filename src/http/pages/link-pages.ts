import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Timestamp } from '../../domain/time.ts'
import { access } from './access.ts'
import { type Html, newLinkButton, page } from './layout.ts'
import { moment } from './moment.ts'

/**
 * The page that a GET of a working link shows; nothing has happened yet. `signedIn` is the name of the signed-in
 * person.
 */
export const readyPage = (what: Shown, form: string, signedIn?: string): Html =>
  page(
    'Your access is ready to fetch',
    html`<p class="lead">${signedIn === undefined ? '' : html`You are signed in as <b>${signedIn}</b>. `}Fetch it just before you use
it: the link works once. Fetching again later ends the token of the time before.</p>
<div class="card">${access(what)}</div>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Fetching …">Fetch my access</button>
</form>
<p class="small after">You did not ask for this? Close the page. Opening it did not use up the link.</p>`,
  )

/** For the browser that fetched the access; any other browser only learns that the link was used. */
export const redeemedHerePage = (what: Shown): Html =>
  page(
    'You have already fetched this',
    html`<p class="lead">It was shown once, in this browser, and Latchkey has kept no copy. If you have not used it yet, press
${newLinkButton} in the chat: you get a new token, and the earlier one ends.</p>
<div class="card">${access(what)}</div>`,
  )

type Used = { readonly at: Timestamp; readonly nonce: string; readonly form: string }

/** Reveals neither what the link opened nor for whom. Only the button raises the alarm. */
export const usedPage = ({ at, nonce, form }: Used): Html =>
  page(
    'This link has been used',
    html`<p class="lead">It was used on ${moment(at)}. One-time links work once.</p>
<p>Was that you? Then there is nothing to do here. For a new link, press ${newLinkButton} in the chat.</p>
<div class="note"><p>Was it not you? Then report it. Latchkey tells the person of the link and the owners of its access at once.</p>
<form method="post" action="${nonce}/report" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Telling them …">This was not me</button>
</form></div>`,
  )

/** A used link whose alarm was raised, by a press in another browser or by a report. */
export const reportedPage = (at: Timestamp): Html =>
  page(
    'This link was used in another browser',
    html`<p class="lead">It was used on ${moment(at)}, and it was pressed again or reported since.</p>
<p>Latchkey has told the person of the link and the owners of its access. You need to do nothing more here.</p>
<p>Is the link yours, and were both you? Then press <b>It was me</b> in the chat, and ${newLinkButton} for a new link.</p>`,
  )

/** For the first browser, when another browser tried the link before the credential was shown. */
export const contestedPage: Html = page(
  'Somebody else tried this link',
  html`<p class="lead">It happened while your access was being fetched, so nobody got anything.</p>
<p>Latchkey has told the owners of the access. Press ${newLinkButton} in the chat for a new link, and open it nowhere else.</p>`,
)

/** The vault refused for now. Nothing was given, and this browser may press the same button again. */
export const notYetPage = (form: string, href: string, wait: number): Html =>
  page(
    'In a moment',
    html`<p class="lead">The vault could not give access just now. Nothing was given out, and your link still works in this browser.</p>
<p>Wait ${wait === 1 ? 'a second' : `${wait} seconds`}, then press again.</p>
<form method="post" action="${href}" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Fetching …">Fetch my access</button>
</form>
<p class="small after">If it keeps happening, press ${newLinkButton} in the chat later: a link lives for minutes only.</p>`,
  )

export const expiredPage: Html = page(
  'This link has expired',
  html`<p>Press ${newLinkButton} in the chat for a new one.</p>`,
)

export const replacedPage: Html = page(
  'A newer link has replaced this one',
  html`<p>Use the newer link, or press ${newLinkButton} in the chat for another one.</p>`,
)
