import { html } from 'hono/html'
import type { OperatorLines, RoleLine } from '../../../control/operator-lines.ts'
import type { GrantLine } from '../../../control/protocol.ts'
import { type Timestamp, timestamp } from '../../../domain/time.ts'
import { reasonLength } from '../../../domain/written.ts'
import { visible } from '../../../views/names.ts'
import type { Html } from '../../pages/layout.ts'
import { moment } from '../../pages/moment.ts'
import { type Frame, framed } from './frame.ts'

type Operators = {
  readonly frame: Frame
  readonly lines: OperatorLines
  readonly grants: readonly GrantLine[]
  readonly mayLook: boolean
  /** An end was just asked for. */
  readonly isDone: boolean
  readonly now: Timestamp
  /** Of the form that ends an access; absent without the role for it. */
  readonly token?: string
}

/** Who operates Latchkey, and for those who may look, the live access of everybody. */
export const operatorsPage = (given: Operators): Html => {
  const { frame, lines, grants, mayLook, isDone } = given
  return framed(
    frame,
    'operators',
    'Operators',
    html`<h1>Operators</h1>
${isDone ? html`<p class="note" role="status">The access ends now. It is gone from this list once that is proved.</p>` : ''}
<p class="lead">You hold ${lines.own.join(', ')}.</p>
${
  mayLook
    ? html`<section><h2>Live access</h2>
${grants.length === 0 ? html`<p>Nobody has access now.</p>` : html`<ul class="entries">${grants.map((one) => entry(one, given))}</ul>`}
</section>`
    : ''
}
<section><h2>Who operates Latchkey</h2>
<dl class="facts">${lines.roles.map(role)}</dl></section>`,
  )
}

const role = ({ role: name, people, unixUsers, nobody }: RoleLine): Html => {
  const holders = [...people.map((one) => one.name), ...unixUsers.map((user) => `unix user ${user}`)]
  return html`<dt>${name}</dt><dd>${holders.length === 0 ? 'nobody' : visible(holders.join(', '))}${nobody.length === 0 ? '' : html` (nobody is behind ${visible(nobody.join(', '))})`}</dd>`
}

const entry = ({ id, person, integration, items, state, expiresAt }: GrantLine, { token, frame }: Operators): Html => {
  const what = items.map(({ permission, path }) => `${permission} ${path}`).join(', ')
  return html`<li>
<p class="what"><b>${visible(person)}</b>: ${visible(what)} at <code>${integration}</code></p>
<p class="small">${state === 'active' && expiresAt !== undefined ? html`Until ${moment(timestamp(expiresAt))}` : state}</p>
${token === undefined || state === 'revoking' ? '' : endForm(id, token, frame, `${person}, ${what}`)}
</li>`
}

const endForm = (id: string, token: string, { ways }: Frame, about: string): Html => html`<details>
<summary>End this access<span class="unseen">: ${visible(about)}</span></summary>
<form method="post" action="${ways.to('operators/end')}">
<input type="hidden" name="form" value="${token}">
<input type="hidden" name="id" value="${id}">
<p><label>Why (optional; its holder and owners read it)
<input name="note" minlength="${reasonLength.min}" maxlength="${reasonLength.max}" autocomplete="off"></label></p>
<button class="second" data-busy="Ending …">End it now</button>
</form></details>`
