import { html } from 'hono/html'
import type { Entrance } from '../../ports.ts'
import { typedCommand } from '../../views/typed-command.ts'
import { copyButton } from './copyable.ts'
import { type Html, page } from './layout.ts'

/** The most characters of a request in an address. */
export const longestText = 800

/** The page behind a link of a runbook: the command with the words of the address. It requests nothing. */
export const requestPage = (text: string, entrances: readonly Entrance[], address: string): Html =>
  page(
    'Request access',
    html`<p class="lead">Nothing is requested yet. Whoever made this link wrote these words, so read them first.</p>
${entrances.map((entrance, index) => steps(entrance, text, `command-${index}`))}
<p class="small after">The link to this page: <code class="address">${address}</code></p>`,
  )

const anywhere =
  'Copy this command, paste it into any conversation, and send it. Only you see it. A form opens, filled in; check it there.'
/** Where the platform has no commands of its own, others would read the words in a channel. */
const inOwnChat =
  'Copy these words, paste them into your chat with Latchkey, and send them. A button there opens the form, filled in; check it.'

const steps = ({ title, command, url }: Entrance, text: string, id: string): Html => html`<div class="card">
<h2>In ${title}</h2>
<p>${command === '' ? inOwnChat : anywhere}</p>
<div class="block"><pre><code id="${id}">${typedCommand(command, `request ${text}`)}</code></pre><div class="tools">${copyButton(id, 'Copy the command')}</div></div>
${url === undefined ? '' : html`<p class="wide"><a class="button" href="${url}">Open ${title}</a></p>`}
</div>`

/** Makes such a link. `fault` says what is wrong with the text. */
export const linkMakerPage = (text: string, fault?: string): Html =>
  page(
    'Make a link for a request',
    html`<p class="lead">Put the link into a runbook. Whoever opens it gets the command that opens the filled form.</p>
<div class="card"><form method="get">
<label for="text">What, how long, and why</label>
<input id="text" name="text" value="${text}" maxlength="${longestText}" required autocomplete="off" spellcheck="false"${
      fault === undefined ? '' : html` aria-invalid="true" aria-describedby="fault"`
    }>
${fault === undefined ? '' : html`<p id="fault" class="fault">${fault}</p>`}
<p class="small">For example: <code>kv/apps/db 1h because payments fail</code>. Several paths are fine. Write no secrets here.</p>
<p class="wide"><button data-busy="Making …">Make the link</button></p>
</form></div>`,
  )
