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
  return html`${fillingIn(usage)}<div class="ways"><div class="programs" role="radiogroup" aria-label="Your command-line program">
${programs.map(choice)}
</div>
${programs.map((program) => html`<div class="for-${program}">${commandBlock(`commands-${program}`, linesFor(program))}</div>`)}</div>`
}

/** Words of the lines that are the person's to choose. */
const fillingIn = ({ fillIn = [] }: Usage): Html | '' =>
  fillIn.length === 0
    ? ''
    : html`<p class="small">First put your own words in place of ${fillIn.map((word, index) => html`${index === 0 ? '' : ' and '}<code>${word}</code>`)}.</p>
`

/** More ways to use a token, each behind its title; it needs no script. The commands of the program stand elsewhere. */
export const moreWays = ({ ways }: Usage): Html => html`<section class="card" aria-labelledby="more-ways">
<h2 id="more-ways">More ways to use it</h2>
<p class="small">For exactly what it opens. They take the token from the environment, where the lines above put it.</p>
${ways
  .filter(({ kind }) => kind !== 'cli')
  .map(
    ({ kind, title, text }) => html`<details class="way">
<summary>${title}</summary>
${commandBlock(`way-${kind}`, text.split('\n'))}
</details>`,
  )}
</section>`

const choice = (program: Program, position: number): Html =>
  html`<label><input type="radio" name="program" value="${program}"${position === 0 ? raw(' checked') : ''}>${program}</label>`
