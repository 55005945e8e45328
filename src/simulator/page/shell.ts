import type { SimulatedUser } from '../slack/people.ts'
import type { Simulation } from '../slack/simulation.ts'
import { type Html, html } from './html.ts'
import { renderAvatar } from './render-message.ts'

/** Every person, without bots. */
const peopleOf = ({ workspace }: Simulation): SimulatedUser[] =>
  [...workspace.users.values()].filter((user) => !user.isBot)

/** The badge of a person who is not an ordinary member. */
function standingOf(user: SimulatedUser): string | undefined {
  if (user.deleted) return 'deactivated'
  if (user.isStranger || user.teamId !== undefined) return 'external'
  return user.isRestricted || user.isUltraRestricted ? 'guest' : undefined
}

/** The page around the columns; its script fills them. */
export function renderShell(simulation: Simulation, hasPanels: boolean): Html {
  const { workspace } = simulation
  const people = peopleOf(simulation)
  return html`${{ markup: '<!doctype html>' }}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${workspace.team.name} – simulated Slack</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page/style.css"><link rel="stylesheet" href="/page/layout.css"><link rel="stylesheet" href="/page/side.css">
<link rel="stylesheet" href="/page/blocks.css"><link rel="stylesheet" href="/page/modal.css">
<script type="module" src="/page/page.js"></script></head>
<body>
<header class="top"><h1>${workspace.team.name} <span class="what">simulated Slack</span></h1>
<div class="chooser" role="group" aria-label="People shown">${people.map(
    (user) =>
      html`<button type="button" data-person="${user.id}" aria-pressed="false">${user.realName}<span class="dot" hidden><span class="hidden-text">, news</span></span></button>`,
  )}</div></header>
<noscript><p class="no-script">This simulated Slack needs JavaScript. Switch it on for this page and load the page again.</p></noscript>
<main class="columns" aria-label="What each person sees">${people.map((user) => renderColumn(simulation, user))}</main>
<aside class="side" aria-label="Behind the scenes">
${hasPanels && html`<div class="panels" data-area="panels" aria-live="polite"></div>`}
${renderFaultSwitches()}
</aside>
<dialog class="confirm-dialog" aria-labelledby="confirm-title"><form method="dialog"><h2 id="confirm-title"></h2><div class="confirm-text"></div>
<footer><button value="no" class="button plain"></button><button value="yes" class="button primary"></button></footer></form></dialog>
</body></html>`
}

function renderColumn({ command }: Simulation, user: SimulatedUser): Html {
  const standing = standingOf(user)
  const composer = `composer-${user.id}`
  return html`<section class="column" data-person="${user.id}" aria-labelledby="who-${user.id}" hidden>
<header class="who">${renderAvatar(user.id, user.realName)}<div><h2 id="who-${user.id}">${user.realName}</h2>
<p class="handle">@${user.name}${standing !== undefined && html` <span class="badge">${standing}</span>`}</p></div></header>
<nav class="tabs" data-area="tabs" aria-label="Conversations of ${user.realName}"></nav>
<div class="stage"><div class="messages" data-area="messages" role="log" aria-label="Messages to ${user.realName}" tabindex="0"></div></div>
<form class="composer" autocomplete="off"><label class="hidden-text" for="${composer}">Command of ${user.realName}</label>
<input id="${composer}" name="text" placeholder="Type ${command.name} …" aria-describedby="${composer}-hint" spellcheck="false">
<button class="button primary" type="submit">Send</button>
<p class="composer-hint" id="${composer}-hint" role="status"></p>
<button type="button" class="suggestion" data-fill="${composer}">Try <code>${command.name} ${command.hint}</code></button></form>
<div class="curtain" data-area="modal" hidden></div></section>`
}

const faultNames: [string, string][] = [
  ['rate-limit', 'Rate limit (429, retry after 1 s)'],
  ['server-error', 'HTTP 500'],
  ['drop', 'Cut the connection, do nothing'],
  ['lose-answer', 'Do it, but lose the answer'],
  ['hang', 'Never answer'],
]

const faultMethods = [
  'chat.postMessage',
  'chat.update',
  'chat.postEphemeral',
  'views.open',
  'views.update',
  'users.info',
]

function renderFaultSwitches(): Html {
  const option = (value: string, label: string) => html`<option value="${value}">${label}</option>`
  return html`<details class="faults"><summary>Make something fail</summary>
<form class="fault-form"><label for="fault-kind">What</label><select id="fault-kind" name="kind">${faultNames.map(([value, label]) => option(value, label))}</select>
<label for="fault-method">At</label><select id="fault-method" name="method">${option('*', 'any call')}${faultMethods.map((method) => option(method, method))}</select>
<label for="fault-times">Times</label><input id="fault-times" name="times" type="number" min="1" max="20" value="1">
<button class="button plain" type="submit">Switch on</button></form>
<p class="fault-buttons"><button type="button" class="button plain" data-fault="expired-trigger">Next dialog opens too late</button>
<button type="button" class="button plain" data-fault="drop-delivery">Lose the next click or command</button>
<button type="button" class="button plain" data-fault="clear">Clear all</button></p>
<div data-area="faults" aria-live="polite"></div></details>`
}
