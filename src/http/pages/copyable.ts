import { html } from 'hono/html'
import type { Html } from './layout.ts'

/** A button that the page's script shows where the browser lets it copy. */
export const copyButton = (target: string, label = 'Copy'): Html =>
  html`<button type="button" class="copy" data-copy="${target}" data-label="${label}" hidden>${label}</button>`

/** Lines to paste into a terminal, wrapped rather than scrolled. */
export const commandBlock = (id: string, lines: readonly string[]): Html => html`<div class="block">
<pre><code id="${id}">${lines.map((line) => html`<span class="line">${line}\n</span>`)}</code></pre>
<div class="tools">${copyButton(id, 'Copy commands')}</div>
</div>`
