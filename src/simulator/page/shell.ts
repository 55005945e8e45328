import { renderAvatar } from './avatar.ts'
import { type FaultSwitches, renderFaultSwitches } from './fault-switches.ts'
import { type Html, html } from './html.ts'

/** A person, and what of their column differs between platforms. */
export type ShellColumn = {
  id: string
  name: string
  /** The line below the name, such as a handle and a badge. */
  about: Html
  /** The form at the end of the column. */
  composer: Html
  /** What lies over the messages at times, beside dialogs. */
  more?: Html
}

export type Shell = {
  /** The company. */
  name: string
  /** Which chat is simulated. */
  chat: string
  /** Names of its own scripts and styles. The last script starts the page. */
  styles: readonly string[]
  scripts: readonly string[]
  /** A script of others that its own scripts use. */
  library?: string
  columns: readonly ShellColumn[]
  hasPanels: boolean
  faults: FaultSwitches
  /** What stands at the end of the page, such as dialogs of the page itself. */
  end?: Html
}

const styles = ['style.css', 'layout.css', 'side.css', 'messages.css', 'modal.css']

/** The page around the columns; its script fills them. */
export const renderShell = (shell: Shell): Html =>
  html`${{ markup: '<!doctype html>' }}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${shell.name} – simulated ${shell.chat}</title>
<link rel="icon" href="data:,">${[...styles, ...shell.styles].map((name) => html`<link rel="stylesheet" href="/page/${name}">`)}
${shell.library !== undefined && html`<script defer src="/page/${shell.library}"></script>`}${shell.scripts.map((name) => html`<script type="module" src="/page/${name}"></script>`)}</head>
<body>
<header class="top"><h1>${shell.name} <span class="what">simulated ${shell.chat}</span></h1>
<div class="chooser" role="group" aria-label="People shown">${shell.columns.map(
    ({ id, name }) =>
      html`<button type="button" data-person="${id}" aria-pressed="false">${name}<span class="dot" hidden><span class="hidden-text">, news</span></span></button>`,
  )}</div></header>
<noscript><p class="no-script">This simulated ${shell.chat} needs JavaScript. Switch it on for this page and load the page again.</p></noscript>
<main class="columns" aria-label="What each person sees">${shell.columns.map(renderColumn)}</main>
<aside class="side" aria-label="Behind the scenes">
${shell.hasPanels && html`<div class="panels" data-area="panels" aria-live="polite"></div>`}
${renderFaultSwitches(shell.faults)}
</aside>
${shell.end}
</body></html>`

const renderColumn = ({ id, name, about, composer, more }: ShellColumn): Html =>
  html`<section class="column" data-person="${id}" aria-labelledby="who-${id}" hidden>
<header class="who">${renderAvatar(id, name)}<div><h2 id="who-${id}">${name}</h2>
<p class="handle">${about}</p></div></header>
<nav class="tabs" data-area="tabs" aria-label="Conversations of ${name}"></nav>
<div class="stage"><div class="messages" data-area="messages" role="log" aria-label="Messages to ${name}" tabindex="0"></div></div>
${composer}
<div class="curtain" data-area="modal" hidden></div>${more}</section>`
