import { renderAvatar } from '../../page/avatar.ts'
import { type Html, html } from '../../page/html.ts'
import type { TeamsMessage } from '../messages.ts'
import type { Notice } from '../screen.ts'
import type { Simulation } from '../simulation.ts'
import type { KnownPerson } from '../tenant.ts'
import { fingerprint, renderCards } from './render-card.ts'

/** One message as one person sees it. `data-key` changes when its looks change. */
export function renderMessage(simulation: Simulation, person: KnownPerson, message: TeamsMessage): Html {
  const { tenant } = simulation
  const screen = simulation.screenOf(person.oid)
  const placed = screen.inPlace(message)
  const cards = placed === undefined ? message.cards : [placed]
  const notices = screen.notices.filter(
    (notice) => notice.conversation === message.conversation && notice.message === message.id,
  )
  const isBot = message.author === tenant.app.botId
  const isOwn = message.author === person.id
  const author = isBot ? tenant.app.name : nameOf(simulation, message.author)
  const id = `m-${fingerprint([person.oid, message.conversation])}-${message.id}`
  const classes = ['message', isOwn && 'own', message.replyToId !== undefined && !isOwn && 'reply'].filter(Boolean)
  return html`<article class="${classes.join(' ')}" id="${id}" data-key="${fingerprint([message.version, cards, notices])}"
    data-conversation="${message.conversation}" data-message="${message.id}">
    ${isBot ? html`<span class="avatar bot" aria-hidden="true">${author.charAt(0)}</span>` : !isOwn && renderAvatar(message.author, author)}
    <div class="message-body"><p class="byline"><strong>${isOwn ? 'You' : author}</strong> ${renderTime(message, person)}</p>
      ${message.text !== '' && html`<div class="text" ${message.textFormat === 'markdown' && html`data-markdown`}>${message.text}</div>`}
      ${renderCards(cards, id)}
      ${placed !== undefined && html`<p class="only-here">Only you see this here.</p>`}
      ${notices.map(renderNotice)}
    </div>${renderMenu(
      message,
      cards.some(({ refresh }) => refresh !== undefined),
      id,
    )}</article>`
}

const nameOf = ({ tenant }: Simulation, author: string): string =>
  [...tenant.people.values()].find(({ id }) => id === author)?.name ?? 'Somebody'

function renderTime({ sentAt, version }: TeamsMessage, { timeZone = 'UTC' }: KnownPerson): Html {
  const at = new Date(sentAt)
  const time = at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  return html`<time datetime="${at.toISOString()}">${time}</time>${version > 1 && html` <span class="edited">Edited</span>`}`
}

const renderNotice = ({ id, text, isFailure }: Notice): Html =>
  html`<p class="notice${isFailure ? ' failure' : ''}" id="notice-${id}">${text}</p>`

/** What people can do with any message: the app's commands for messages, and a card's refresh. */
const renderMenu = (_: TeamsMessage, hasRefresh: boolean, id: string): Html =>
  html`<details class="menu"><summary id="${id}-menu" aria-label="More actions"><span aria-hidden="true">⋯</span></summary><div>
    ${hasRefresh && html`<button type="button" data-do="refresh">Refresh card</button>`}
    <button type="button" data-do="extension" data-command="requestAccess">Request access</button></div></details>`

/** Words of the app, or of Teams, that belong to no message: they follow a dialog from the composer. */
export const renderLooseNotice = (notice: Notice): Html =>
  html`<article class="message alone" id="alone-${notice.id}" data-key="0"><div class="message-body">${renderNotice(notice)}
    <p class="only-here">Only you see this.</p></div></article>`
