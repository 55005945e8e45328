import { html } from 'hono/html'
import type { DecisionsFor } from '../../../app/decisions-for.ts'
import { itemsAt } from '../../../domain/request-items.ts'
import { decideActions } from '../../../views/card-actions.ts'
import type { NameOf } from '../../../views/copy-states.ts'
import { durationText, plainText } from '../../../views/copy-time.ts'
import { itemsText } from '../../../views/request-items.ts'
import type { Html } from '../../pages/layout.ts'
import { moment } from '../../pages/moment.ts'
import { type Frame, framed } from './frame.ts'
import { actions } from './message.ts'
import { words } from './text.ts'

type Waiting = {
  readonly frame: Frame
  readonly waiting: DecisionsFor
  readonly nameOf: NameOf
  /** Whether a vault has control groups about which people can tell. */
  readonly hasControlGroups: boolean
}

/** The requests on which the person may decide now, the most urgent first. */
export const waitingPage = ({ frame, waiting: { shown, hasMore }, nameOf, hasControlGroups }: Waiting): Html =>
  framed(
    frame,
    'waiting',
    'Waits for me',
    html`<h1>Waits for me</h1>
${shown.length === 0 ? html`<p class="lead">Nothing waits for your decision.</p>` : html`<ul class="entries">${shown.map((one) => entry(one, frame, nameOf))}</ul>`}
${hasMore ? html`<p>More wait for you. They show here once you have decided these.</p>` : ''}
${hasControlGroups ? html`<p><a href="${frame.ways.to('control-groups')}">Control groups of the vaults</a> wait on a page of their own.</p>` : ''}`,
  )

const entry = ({ request, part }: DecisionsFor['shown'][number], { ways }: Frame, nameOf: NameOf): Html => {
  const what = itemsText(part ? itemsAt(request, part.items) : request.items)
  return html`<li>
<p class="what">${words([nameOf(request.requester), ' asks for '])}<a href="${ways.request(request.id)}">${words(what)}</a> for ${durationText(request.duration)} at <code>${request.integration}</code></p>
<blockquote>${request.reason}</blockquote>
${request.state === 'pending' ? html`<p class="small">Decide until ${moment(request.decideBy)}</p>` : ''}
${actions(decideActions(request), ways, plainText(what))}
</li>`
}
