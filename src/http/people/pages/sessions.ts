import { html } from 'hono/html'
import type { SessionId } from '../../../domain/ids.ts'
import type { Session } from '../../../domain/session.ts'
import type { Html } from '../../pages/layout.ts'
import { moment } from '../../pages/moment.ts'
import { type Frame, framed } from './frame.ts'

type Sessions = {
  readonly frame: Frame
  readonly all: readonly Session[]
  /** The session of this browser. */
  readonly own: SessionId | undefined
  readonly tokens: { readonly one: string; readonly all: string }
}

/** Where the person is signed in, and how to end that. */
export const sessionsPage = ({ frame, all, own, tokens }: Sessions): Html =>
  framed(
    frame,
    'sessions',
    'Sessions',
    html`<h1>Where you are signed in</h1>
<p class="lead">A sign-in lasts 12 hours at most. End any that you do not know, and tell your administrators.</p>
<ul class="entries">${all.map((one) => entry(one, frame, own, tokens.one))}</ul>
<form method="post" action="${frame.ways.to('sessions/end-all')}" class="wide">
<input type="hidden" name="form" value="${tokens.all}">
<button class="second" data-busy="Signing out …">Sign out everywhere</button>
</form>
<p class="small after">This also signs out this browser. It does not touch your access at the vaults.</p>`,
  )

const kinds = { browser: 'Browser', terminal: 'Terminal' } as const

const entry = (
  { id, kind, label, address, openedAt, usedAt, expiresAt }: Session,
  { ways }: Frame,
  own: SessionId | undefined,
  token: string,
): Html => html`<li>
<p class="what"><b>${kinds[kind]}:</b> ${label}${id === own ? ' (this one)' : ''}</p>
<p class="small">From ${address}. Signed in ${moment(openedAt)}, last used ${moment(usedAt)}, ends ${moment(expiresAt)}.</p>
<form method="post" action="${ways.to('sessions/end')}">
<input type="hidden" name="form" value="${token}">
<input type="hidden" name="id" value="${id}">
<button class="second small-button" data-busy="Signing out …">Sign out<span class="unseen">: ${kinds[kind]} ${label}, signed in ${moment(openedAt)}</span></button>
</form>
</li>`
