import { renderAvatar } from '../../page/avatar.ts'
import { type Html, html } from '../../page/html.ts'
import { type SimulatedMessage, showsEdit } from '../messages.ts'
import { valuesFor } from '../view-state.ts'
import type { Reader } from '../visible-text.ts'
import { renderBlocks } from './render-blocks.ts'
import { renderMrkdwn } from './render-inline.ts'

const eye = html`<svg viewBox="0 0 20 20" width="14" height="14" aria-hidden="true"><path fill="none" stroke="currentColor"
  stroke-width="1.6" d="M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10z"/><circle cx="10" cy="10" r="2.6" fill="currentColor"/></svg> `

/** One message as `viewer` sees it. `data-key` changes when its looks change. */
export function renderMessage(message: SimulatedMessage, viewer: string, reader: Reader): Html {
  const { workspace } = reader
  const isApp = message.author === workspace.bot.userId
  const author = workspace.users.get(message.author)?.realName ?? 'Slackbot'
  const at = new Date(Number(message.ts) * 1000)
  const time = at.toLocaleTimeString('en-GB', { timeZone: reader.timeZone, hour: '2-digit', minute: '2-digit' })
  const id = `m-${viewer}-${message.channel}-${message.ts}`.replaceAll('.', '_')
  const surface = { reader, prefix: id, values: valuesFor(message.blocks), errors: {} }
  const classes = [
    'message',
    message.ephemeralFor && 'ephemeral',
    message.isFailure && 'failure',
    message.threadTs && 'reply',
  ]
  const body =
    message.blocks.length > 0
      ? renderBlocks(message.blocks, surface)
      : html`<div class="block">${renderMrkdwn(message.text, reader)}</div>`
  return html`<article class="${classes.filter(Boolean).join(' ')}" id="${id}" data-key="${message.version}"
    data-channel="${message.channel}" data-ts="${message.ts}">
    ${message.ephemeralFor !== undefined && html`<p class="only-you">${eye}Only visible to you</p>`}
    ${renderAvatar(message.author, author)}
    <div class="message-body">
      <p class="byline"><strong>${author}</strong>${isApp && html` <span class="badge">APP</span>`}
        <time datetime="${at.toISOString()}">${time}</time>${showsEdit(message) && html` <span class="edited">(edited)</span>`}</p>
      ${body}
    </div></article>`
}
