import { html } from 'hono/html'
import type { Timestamp } from '../../../domain/time.ts'
import {
  controlGroupActions,
  controlGroupAsker,
  controlGroupState,
  type ShownControlGroup,
} from '../../../views/control-groups.ts'
import type { NameOf } from '../../../views/copy-states.ts'
import type { MessageView } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { type Frame, framed } from './frame.ts'
import { actions, message } from './message.ts'
import { words } from './text.ts'

type Listed = {
  readonly frame: Frame
  readonly all: readonly ShownControlGroup[]
  readonly said: MessageView | undefined
  readonly action: string
  readonly token: string
  readonly now: Timestamp
  readonly nameOf: NameOf
}

/** What waits for control groups of the vaults, and the field with which people tell of another one. */
export const controlGroupsPage = ({ frame, all, said, action, token, ...context }: Listed): Html =>
  framed(
    frame,
    undefined,
    'Control groups',
    html`<h1>Control groups of the vaults</h1>
${said ? html`<div class="card" role="status">${message(said, frame.ways)}</div>` : ''}
<form method="post" action="${action}" class="field">
<input type="hidden" name="form" value="${token}">
<label for="accessor">The accessor of a wrapped answer</label>
<div class="search"><input id="accessor" name="q" type="text" autocomplete="off" spellcheck="false" aria-describedby="accessor-hint">
<button data-busy="Asking …">Ask its members</button></div>
<p class="small" id="accessor-hint">The vault answered with <code>wrapping_accessor</code> in place of what you asked for. Never send the wrapping token.</p>
</form>
${all.length === 0 ? html`<p class="lead">None is yours, or waits for you.</p>` : html`<ul class="entries">${all.map((one) => entry(one, frame, context))}</ul>`}`,
  )

const entry = (shown: ShownControlGroup, { ways }: Frame, context: Pick<Listed, 'now' | 'nameOf'>): Html => {
  const { id, operation, path, integration } = shown.group
  const { page: _, ...here } = shown
  return html`<li>
<p class="what">${words(controlGroupAsker(shown.group, context.nameOf))}: ${operation} <a href="${ways.to(`control-groups/${id}`)}"><code>${path}</code></a> at <code>${integration}</code></p>
<p class="small">${words(controlGroupState(shown.group, context))}</p>
${actions(controlGroupActions(here, context.now), ways, path)}
</li>`
}

/** One of them, as its card in chat. */
export const controlGroupPage = ({
  frame,
  view,
  back,
}: {
  readonly frame: Frame
  readonly view: MessageView
  readonly back: string
}): Html =>
  framed(
    frame,
    undefined,
    'Control group',
    html`${message(view, frame.ways, 1)}
<p class="actions"><a class="button second" href="${back}">All control groups</a></p>`,
  )
