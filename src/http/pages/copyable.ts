import { html, raw } from 'hono/html'
import type { Usage } from '../../domain/credential.ts'
import { type Program, programsFor } from '../terminal-commands.ts'
import type { Html } from './layout.ts'

/** A copy button. The page's script shows it where the browser allows copying. */
export const copyButton = (target: string, label = 'Copy'): Html =>
  html`<button type="button" class="copy" data-copy="${target}" data-label="${label}" hidden>${label}</button>`

/** Lines to paste into a terminal; long lines wrap. */
const commandBlock = (id: string, lines: readonly string[]): Html => html`<div class="block">
<pre><code id="${id}">${lines.map((line) => html`<span class="line">${line}\n</span>`)}</code></pre>
<div class="tools">${copyButton(id, 'Copy commands')}</div>
</div>`

/** The lines for each program, with a choice between the two above them. */
export const commandsByProgram = (usage: Usage, linesFor: (program: Program) => readonly string[]): Html => {
  const programs = programsFor(usage)
  return html`<div class="ways"><div class="programs" role="radiogroup" aria-label="Your command-line program">
${programs.map(choice)}
</div>
${programs.map((program) => html`<div class="for-${program}">${commandBlock(`commands-${program}`, linesFor(program))}</div>`)}</div>`
}

const choice = (program: Program, position: number): Html =>
  html`<label><input type="radio" name="program" value="${program}"${position === 0 ? raw(' checked') : ''}>${program}</label>`
