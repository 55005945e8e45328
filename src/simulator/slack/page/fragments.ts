import { type Html, html } from '../../page/html.ts'
import type { SimulatedUser } from '../people.ts'
import type { Simulation } from '../simulation.ts'
import { topModal } from '../views.ts'
import type { Reader } from '../visible-text.ts'
import { directConversation } from '../workspace.ts'
import { renderMessage } from './render-message.ts'
import { renderHome, renderModal, viewKey } from './render-view.ts'

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

/** What a person sees at `place`: a conversation id, `home`, or empty for the direct conversation. */
export function columnFragments(simulation: Simulation, user: SimulatedUser, place: string): ColumnFragments {
  const { workspace } = simulation
  const reader: Reader = {
    workspace,
    timeZone: user.timeZone ?? 'UTC',
    nowSeconds: Math.floor(simulation.now() / 1000),
  }
  const shown = place === '' ? directConversation(workspace, user.id).id : place
  const visible = workspace.messages.filter(
    ({ channel, ephemeralFor }) =>
      workspace.conversations.get(channel)?.members.has(user.id) &&
      (ephemeralFor === undefined || ephemeralFor === user.id),
  )
  const here = visible.filter((message) => message.channel === shown)
  const modal = topModal(simulation, user.id)
  const messages =
    here.length > 0
      ? here.map((message) => renderMessage(message, user.id, reader))
      : [html`<p class="empty" id="empty-${user.id}" data-key="0">Nothing here yet.</p>`]
  return {
    revision: simulation.recorder.revision(),
    place: shown,
    tabs: renderTabs(simulation, user, shown).markup,
    messages: (shown === 'home' ? renderHomeOf(simulation, user, reader) : html`${messages}`).markup,
    modal:
      modal === undefined
        ? { key: '', markup: '' }
        : { key: viewKey(modal), markup: renderModal(modal, reader).markup },
    count: visible.length,
  }
}

function renderTabs({ workspace, hasHomeTab }: Simulation, user: SimulatedUser, shown: string): Html {
  const own = [...workspace.conversations.values()].filter((conversation) => conversation.members.has(user.id))
  const tab = (place: string, label: string) =>
    html`<button type="button" data-place="${place}"${place === shown && html` aria-current="true"`}>${label}</button>`
  const channels = own.filter(({ kind }) => kind !== 'direct').map(({ id, name }) => tab(id, `# ${name}`))
  return html`${tab(directConversation(workspace, user.id).id, workspace.bot.realName)}${channels}${hasHomeTab && tab('home', 'Home')}`
}

function renderHomeOf({ workspace }: Simulation, user: SimulatedUser, reader: Reader): Html {
  const view = workspace.views.get(workspace.homes.get(user.id) ?? '')
  if (view === undefined)
    return html`<p class="empty" id="empty-${user.id}" data-key="home">The app shows no Home tab.</p>`
  return renderHome(view, reader)
}
