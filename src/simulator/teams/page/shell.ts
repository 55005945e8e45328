import type { FaultSwitches } from '../../page/fault-switches.ts'
import { type Html, html } from '../../page/html.ts'
import { renderShell as renderCommonShell } from '../../page/shell.ts'
import type { Simulation } from '../simulation.ts'
import type { KnownPerson } from '../tenant.ts'

type Parts = {
  simulation: Simulation
  company: string
  suggestions: readonly string[]
  hasPanels: boolean
  faults: FaultSwitches
}

/** The page around the columns; its script fills them. */
export const renderShell = ({ simulation, company, suggestions, hasPanels, faults }: Parts): Html =>
  renderCommonShell({
    name: company,
    chat: 'Teams',
    styles: ['teams.css', 'cards.css'],
    scripts: ['page.js'],
    library: 'adaptivecards.js',
    columns: [...simulation.tenant.people.values()].map((person) => ({
      id: person.oid,
      name: person.name,
      about: renderAbout(simulation, person),
      composer: renderComposer(simulation, person, suggestions),
      more: renderFinder(person),
    })),
    hasPanels,
    faults,
  })

/** The address of a person, and a badge for one who is not an ordinary member. */
function renderAbout({ tenant }: Simulation, person: KnownPerson): Html {
  const badge = person.isDeactivated
    ? 'deactivated'
    : person.tenant !== tenant.id
      ? 'external'
      : person.role === 'guest' && 'guest'
  return html`${person.email ?? 'Microsoft Teams'}${badge && html` <span class="badge">${badge}</span>`}`
}

function renderComposer({ tenant }: Simulation, { oid, name }: KnownPerson, suggestions: readonly string[]): Html {
  const id = `composer-${oid}`
  const suggestion = (text: string) =>
    html`<button type="button" class="suggestion" data-fill="${id}"><code>${text}</code></button>`
  return html`<form class="composer" autocomplete="off">
<details class="menu apps"><summary id="${id}-apps" aria-label="Actions and apps"><span aria-hidden="true">+</span></summary><div>
<button type="button" data-do="extension" data-command="requestAccess">Request access</button>
<button type="button" data-do="find" data-command="myAccess">My access</button></div></details>
<label class="hidden-text" for="${id}">Message of ${name}</label>
<input id="${id}" name="text" placeholder="Message ${tenant.app.name}" data-chat="Message ${tenant.app.name}" data-channel="Message @${tenant.app.name}" aria-describedby="${id}-hint" spellcheck="false">
<button class="button primary" type="submit">Send</button>
<p class="composer-hint" id="${id}-hint" role="status"></p>
<div class="suggestions">${suggestions.map(suggestion)}</div></form>`
}

/** The panel of a search command of the message extension. */
const renderFinder = ({ oid }: KnownPerson): Html => html`<div class="curtain finder" hidden>
<div class="modal" role="dialog" aria-labelledby="find-${oid}-title"><header><h2 id="find-${oid}-title">Search</h2>
<button type="button" class="cross" data-do="stop-finding" aria-label="Close the search">×</button></header>
<div class="modal-body"><label class="hidden-text" for="find-${oid}">Search</label>
<input id="find-${oid}" type="search" placeholder="Search" autocomplete="off" spellcheck="false">
<div class="found" aria-live="polite"></div></div></div></div>`
