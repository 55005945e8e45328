import { html } from 'hono/html'
import { secondsUntil, type Timestamp } from '../../../domain/time.ts'
import type { Loaded } from '../../../ports.ts'
import type { NameOf } from '../../../views/copy-states.ts'
import { stateText } from '../../../views/copy-states.ts'
import { plainText } from '../../../views/copy-time.ts'
import { ownEntries } from '../../../views/lists.ts'
import { itemsText, namedItems } from '../../../views/request-items.ts'
import type { Html } from '../../pages/layout.ts'
import { inWords } from '../../pages/moment.ts'
import { type Frame, framed } from './frame.ts'
import { actions } from './message.ts'
import { words } from './text.ts'

type Mine = {
  readonly frame: Frame
  readonly own: readonly Loaded[]
  /** Whether all that is over is shown. */
  readonly isLong: boolean
  /** Whether the person may request anything. */
  readonly mayAsk: boolean
  readonly nameOf: NameOf
  readonly now: Timestamp
}

/** The person's own access and requests: what works now, what waits, and what is over. */
export const minePage = (mine: Mine): Html => {
  const { frame, own, isLong, mayAsk } = mine
  const live = own.filter(({ grant }) => grant && grant.state !== 'ended')
  const pending = own.filter(({ request }) => request.state === 'pending')
  const past = own.filter((one) => !live.includes(one) && !pending.includes(one))
  return framed(
    frame,
    '',
    'My access',
    html`<h1>My access</h1>
${frame.waiting === '' ? '' : html`<p class="note"><a href="${frame.ways.to('waiting')}">${frame.waiting === '1' ? '1 request waits' : `${frame.waiting} requests wait`} for your decision</a></p>`}
${own.length > 0 ? '' : html`<p class="lead">You have no access and no requests.</p>`}
${part('Works now', live, mine)}
${part('Waits for a decision', pending, mine)}
${mayAsk ? html`<p class="actions"><a class="button${live.length + pending.length > 0 ? ' second' : ''}" href="${frame.ways.to('ask')}">Ask for access</a></p>` : html`<p>You may not request anything here yet. Ask the owners of a vault to add you.</p>`}
${part('Over', past, mine)}
${past.length < 8 || isLong ? '' : html`<p><a href="${frame.ways.to('?past=all').replace('/?', '?')}">Show all that is over</a></p>`}`,
  )
}

const part = (title: string, some: readonly Loaded[], mine: Mine): Html | '' =>
  some.length === 0
    ? ''
    : html`<section><h2>${title}</h2><ul class="entries">${some.map((one) => entry(one, mine))}</ul></section>`

const entry = (loaded: Loaded, { frame: { ways }, nameOf, now }: Mine): Html => {
  const { request, grant } = loaded
  const what = itemsText(namedItems(loaded))
  const [listed] = ownEntries([loaded], nameOf)
  return html`<li>
<p class="what"><a href="${ways.request(request.id)}">${words(what)}</a> at <code>${request.integration}</code></p>
<p class="small">${words(stateText(loaded, nameOf))}${grant?.state === 'active' && grant.expiresAt > now ? html` <b class="keep">${inWords(secondsUntil(now, grant.expiresAt))} left</b>` : ''}</p>
${actions(listed?.actions ?? [], ways, plainText(what))}
</li>`
}
