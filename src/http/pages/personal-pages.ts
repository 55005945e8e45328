import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { AlarmLook } from '../../app/own-alarm.ts'
import type { Explainable } from '../../domain/fetch-link.ts'
import type { Timestamp } from '../../domain/time.ts'
import { access } from './access.ts'
import { giveBackButton, type Html, openAccessButton, page } from './layout.ts'
import { moment } from './moment.ts'
import { again, type WayBack } from './sign-in-pages.ts'

/** Before a sign-in: the same for every address, whether or not something is behind it. */
export const signInToOpenPage = (at: string, form: string): Html =>
  page(
    'Sign in to open this page',
    html`<p class="lead">This page is for one person. Sign in at <b>${at}</b> to prove who you are. That uses nothing up.</p>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Going there …">Sign in</button>
</form>`,
  )

/** The one answer after a sign-in for what is unknown, over, or another person's. */
export const nothingPage = (name: string, back: WayBack): Html =>
  page(
    'There is nothing here for you',
    html`<p class="lead">You are signed in as <b>${name}</b>. What this page was for has ended, or it is for somebody else. Nothing was
given to you.</p>
<p>If you still need access, ask for it in the chat. Do you have another account?</p>
${again(back)}`,
  )

type Ready = {
  readonly what: Shown
  readonly name: string
  readonly form: string
  readonly href: string
  /** When another browser fetched the credential that works now. */
  readonly before?: Timestamp | undefined
}

/** The access of the person who has just signed in. Only the button draws and uses a one-time link. */
export const accessPage = ({ what, name, form, href, before }: Ready): Html =>
  page(
    'Your access is ready to fetch',
    html`<p class="lead">You are signed in as <b>${name}</b>. Fetch it just before you use it. Fetching again later ends the token of the time before.</p>
<div class="card">${access(what)}</div>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Fetching …">Fetch my access</button>
</form>
${before === undefined ? '' : fetchedBefore(before, form, href)}
<p class="small after">You did not ask for this? Close the page. Opening it used nothing up.</p>`,
  )

const fetchedBefore = (before: Timestamp, form: string, href: string): Html => html`<div class="note">
<p>It was fetched on ${moment(before)} in another browser. If you fetch it here, that token ends.</p>
<p>Was it not you? Then report it. Latchkey withdraws that token and tells the owners at once.</p>
<form method="post" action="${href}/report" class="wide">
<input type="hidden" name="form" value="${form}">
<button class="second" data-busy="Telling them …">This was not me</button>
</form></div>`

/** After the report of a fetch in another browser. */
export const accessReportedPage: Html = page(
  'It has been reported',
  html`<p class="lead">Latchkey is withdrawing that token, and has told you and the owners in the chat.</p>
<p>Press ${openAccessButton} in the chat for a new one. Or press ${giveBackButton}, which ends the access for everybody.</p>`,
)

const used = (at: Timestamp | undefined): Html | '' => (at === undefined ? '' : html` It was used on ${moment(at)}.`)

const happened: { readonly [How in Explainable]: Html } = {
  'other-browser': html`Your one-time link was pressed in one browser, and again in another.`,
  reported: html`Your access was fetched, and somebody reported in another browser that it was not them.`,
  'other-person': html`Somebody opened your one-time link and signed in as another person.`,
}

type Alarm = { readonly look: Extract<AlarmLook, { kind: 'open' }>; readonly name: string; readonly form: string }

/** The alarm of the person who has just signed in. Only the button says something. */
export const alarmPage = ({ look, name, form }: Alarm): Html =>
  page(
    'Was it you?',
    html`<p class="lead">You are signed in as <b>${name}</b>. ${happened[look.alarm.how]}${used(look.usedAt)} The alarm was raised on ${moment(look.alarm.at)}.</p>
<p>If it was you, say so here: the owners then read it. What Latchkey has withdrawn stays withdrawn.</p>
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="how" value="${look.alarm.how}">
<input type="hidden" name="at" value="${look.alarm.at}">
<button data-busy="Telling them …">It was me</button>
</form>
<p class="small after">Was it not you? Close this page. Press ${giveBackButton} in the chat, and tell the owners.</p>`,
  )

/** After the button, now or before. */
export const alarmClearedPage = (at: Timestamp): Html =>
  page(
    'The owners know that it was you',
    html`<p class="lead">You said so on ${moment(at)}. You need to do nothing more here.</p>
<p>For new access to the same, go back to the chat.</p>`,
  )
