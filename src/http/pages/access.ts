import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Lent } from '../../domain/lent.ts'
import { giveBackButton, type Html } from './layout.ts'
import { moment } from './moment.ts'

/** What the access opens, where and until when, with the instructions of the integration's owners. */
export const access = (what: Shown): Html => html`<dl class="facts">
<dt>Opens</dt>
<dd><ul>${what.items.map(item)}</ul></dd>
${what.lent === undefined ? '' : lends(what.lent)}<dt>At</dt>
<dd>${what.integration}</dd>
<dt>Until</dt>
<dd>${moment(what.until)}</dd>
${what.accessDetails === undefined ? '' : html`<dt>Good to know</dt><dd class="details">${what.accessDetails}</dd>`}
</dl>`

const lends = ({ policies, beyond }: Lent): Html => html`<dt>Lends</dt>
<dd><ul>${policies.map((name) => html`<li><code>${name}</code> <span class="permission">policy of the vault</span></li>`)}</ul></dd>
${beyond === undefined || beyond.length === 0 ? '' : html`<dt>Also opens</dt><dd><ul>${beyond.slice(0, mostNamed).map((path) => html`<li><code>${path}</code></li>`)}</ul>${beyond.length > mostNamed ? ` and ${beyond.length - mostNamed} more` : ''}</dd>`}
`

const mostNamed = 10

const item = ({ path, permission, type }: Shown['items'][number]): Html =>
  html`<li><code>${path}</code> <span class="permission">${permission} · ${type}</span></li>`

/** How a person ends the access early. */
export const givingBack: Html = html`<section class="card" aria-labelledby="back">
<h2 id="back">When you are done</h2>
<p>Access ends by itself. To end it earlier, press ${giveBackButton} in the chat, or end your token with
<code class="keep">bao token revoke -self</code> (or <code class="keep">vault token revoke -self</code>).</p>
</section>`
