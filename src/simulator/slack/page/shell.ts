import type { FaultSwitches } from '../../page/fault-switches.ts'
import { type Html, html } from '../../page/html.ts'
import { renderShell as renderCommonShell } from '../../page/shell.ts'
import type { SimulatedUser } from '../people.ts'
import type { Simulation } from '../simulation.ts'

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
export const renderShell = (simulation: Simulation, hasPanels: boolean, faults: FaultSwitches): Html =>
  renderCommonShell({
    name: simulation.workspace.team.name,
    chat: 'Slack',
    styles: ['blocks.css'],
    scripts: ['page.js'],
    columns: peopleOf(simulation).map((user) => ({
      id: user.id,
      name: user.realName,
      about: renderHandle(user),
      composer: renderComposer(simulation, user),
    })),
    hasPanels,
    faults,
    end: html`<dialog class="confirm-dialog" aria-labelledby="confirm-title"><form method="dialog"><h2 id="confirm-title"></h2><div class="confirm-text"></div>
<footer><button value="no" class="button plain"></button><button value="yes" class="button primary"></button></footer></form></dialog>`,
  })

function renderHandle(user: SimulatedUser): Html {
  const standing = standingOf(user)
  return html`@${user.name}${standing !== undefined && html` <span class="badge">${standing}</span>`}`
}

function renderComposer({ command }: Simulation, user: SimulatedUser): Html {
  const composer = `composer-${user.id}`
  return html`<form class="composer" autocomplete="off"><label class="hidden-text" for="${composer}">Command of ${user.realName}</label>
<input id="${composer}" name="text" placeholder="Type ${command.name} …" aria-describedby="${composer}-hint" spellcheck="false">
<button class="button primary" type="submit">Send</button>
<p class="composer-hint" id="${composer}-hint" role="status"></p>
<button type="button" class="suggestion" data-fill="${composer}">Try <code>${command.name} ${command.hint}</code></button></form>`
}
