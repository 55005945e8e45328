import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Credential } from '../../domain/credential.ts'
import type { Secret } from '../../domain/secret.ts'
import { secondsUntil, type Timestamp } from '../../domain/time.ts'
import { terminalCommands } from '../terminal-commands.ts'
import { access, givingBack } from './access.ts'
import { commandsByProgram, moreWays } from './copyable.ts'
import { type Html, newLinkButton, page } from './layout.ts'
import { inWords, moment } from './moment.ts'

type Given = {
  readonly what: Shown
  readonly credential: Credential & { readonly signInUrl: Secret }
  readonly form: string
  /** The link's own page, from this one. */
  readonly href: string
  readonly now: Timestamp
}

/** Shown exactly once: one token and three ways to use it. */
export const credentialPage = ({ what, credential, form, href, now }: Given): Html =>
  page(
    'Here is your access',
    html`<p class="lead">One token, ${what.isRevealedHere === false ? 'two' : 'three'} ways to use it. Choose the one that suits you.</p>
${warning(credential, now)}
${outlasting(credential)}<section class="card" aria-labelledby="terminal">
<h2 id="terminal">In a terminal</h2>
<p class="small">Paste these lines into bash or zsh. They sign this one shell in and ${credential.hasPage ? 'show' : 'use'} what you asked for. Your own login stays, and is not used: without a token, they fail.</p>
${commandsByProgram(credential, (program) => terminalCommands(program, credential))}
</section>
<section class="card" aria-labelledby="pages">
<h2 id="pages">In the vault’s web pages</h2>
<p class="small">Signs you in at <b>${credential.address}</b> in a new tab${credential.hasPage ? ' and opens what you asked for' : ''}.</p>
<p class="wide"><a class="button second" href="${credential.signInUrl.reveal()}" target="_blank" rel="noreferrer">Open in the vault<span class="unseen"> (in a new tab)</span></a></p>
</section>
${what.isRevealedHere === false ? notHere : revealing(credential, form, href)}
${moreWays(credential)}
<section class="card" aria-labelledby="opens">
<h2 id="opens">What it opens</h2>
${access(what)}
</section>
${givingBack}`,
  )

/** What the end of the access does not end. */
const outlasting = ({ outlasts = [] }: Credential): Html | '' =>
  outlasts.length === 0
    ? ''
    : html`<div class="note">${outlasts.map((sentence) => html`<p>${sentence}</p>`)}</div>
`

const revealing = (
  { wrappingToken }: Credential,
  form: string,
  href: string,
): Html => html`<section class="card" aria-labelledby="here">
<h2 id="here">Reveal it here</h2>
<p class="small">Shows the token itself, for use in any program. Only this way lets Latchkey see the token, for a moment.</p>
<form method="post" action="${href}/reveal" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="token" value="${wrappingToken.reveal()}">
<button class="second" data-busy="Revealing …">Reveal the token here</button>
</form>
</section>`

const notHere = html`<section class="card" aria-labelledby="here">
<h2 id="here">No look at the token here</h2>
<p class="small">Latchkey reaches this vault through a connector beside it. So the token opens only at the vault, in one of the ways above.</p>
</section>`

const warning = (credential: Credential, now: Timestamp): Html => {
  const left = secondsUntil(now, credential.spendBy)
  return html`<div class="note">
<p id="alive"><b>Use one of the ways below. Together they work once.</b> The token that you get works until your access ends. Unused, this ends at ${moment(credential.spendBy)} (<span class="left"
data-seconds-left="${left}">in ${inWords(left)}</span>).</p>
<p id="over" hidden><b>The token has expired.</b> Press ${newLinkButton} in the chat for a new one.</p>
<p>This page shows it only now. If you leave or reload the page before you use it, press ${newLinkButton} in the chat.</p>
</div>`
}
