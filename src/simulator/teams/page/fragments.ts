import { type Html, html } from '../../page/html.ts'
import type { Simulation } from '../simulation.ts'
import { type Conversation, type KnownPerson, personalChat } from '../tenant.ts'
import { renderDialog, viewKey } from './render-dialog.ts'
import { renderLooseNotice, renderMessage } from './render-message.ts'

/** The changing parts of one person's column, as HTML. `count` grows with each message that the person can see. */
export type ColumnFragments = {
  /** The simulator's revision that these parts show. */
  revision: number
  place: string
  tabs: string
  messages: string
  modal: { key: string; markup: string }
  count: number
}

/** What a person sees at `place`: a conversation id, or empty for the chat with the bot. */
export function columnFragments(simulation: Simulation, person: KnownPerson, place: string): ColumnFragments {
  const { tenant, recorder } = simulation
  const own = [...tenant.conversations.values()].filter(({ members }) => members.has(person.oid))
  const shown = own.find(({ id }) => id === place) ?? personalChat(tenant, person.oid)
  const known = new Set(own.map(({ id }) => id))
  const visible = tenant.messages.filter(({ conversation }) => known.has(conversation))
  const here = visible.filter(({ conversation }) => conversation === shown.id)
  const screen = simulation.screenOf(person.oid)
  const loose = screen.notices.filter(({ conversation, message }) => conversation === shown.id && message === undefined)
  const all = [
    ...here.map((message) => ({ at: message.sentAt, markup: renderMessage(simulation, person, message) })),
    ...loose.map((notice) => ({ at: notice.at, markup: renderLooseNotice(notice) })),
  ]
  const messages =
    all.length > 0
      ? all.sort((one, other) => one.at - other.at).map(({ markup }) => markup)
      : [html`<p class="empty" id="empty-${person.oid}" data-key="0">Nothing here yet.</p>`]
  return {
    revision: recorder.revision(),
    place: shown.id,
    tabs: html`${own.map((conversation) => renderTab(conversation, conversation === shown, tenant.app.name))}`.markup,
    messages: html`${messages}`.markup,
    modal: { key: viewKey(screen), markup: renderDialog(screen, person.oid).markup },
    count: visible.length + screen.notices.length,
  }
}

function renderTab({ id, kind, name, team }: Conversation, isShown: boolean, bot: string): Html {
  const channel = team === undefined ? name : `${team.name} › ${name}`
  const label = kind === 'personal' ? bot : channel
  return html`<button type="button" data-place="${id}"${isShown && html` aria-current="true"`}>${label}</button>`
}
