import { html } from 'hono/html'
import type { ShownRequest } from '../../../app/show-request.ts'
import type { Timestamp } from '../../../domain/time.ts'
import type { Loaded } from '../../../ports.ts'
import { doneText } from '../../../views/copy.ts'
import type { ChangeCommand } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { moment } from '../../pages/moment.ts'
import { type Frame, framed } from './frame.ts'
import { message } from './message.ts'
import { words } from './text.ts'

type RequestPage = {
  readonly frame: Frame
  readonly request: ShownRequest
  /** What the person has just done; a word of the address, so it is only looked up. */
  readonly done: string | undefined
  readonly now: Timestamp
}

/** A request as its card in chat, with all that happened to it. */
export const requestPage = ({ frame, request: { loaded, view, moments }, done, now }: RequestPage): Html =>
  framed(
    frame,
    undefined,
    'Request',
    html`${thanks(done, loaded)}
${message(view, frame.ways, 1)}
${lookAgain(loaded, now)}
<section aria-labelledby="timeline"><h2 id="timeline">What happened</h2>
<ol class="timeline">${moments.map(
      ({ at, text, note }) =>
        html`<li><p>${words(text)}</p>${note === undefined ? '' : html`<blockquote>${note}</blockquote>`}<p class="small">${moment(at)}</p></li>`,
    )}</ol></section>`,
  )

const requested = 'Your request is sent. Its owners have been asked.'

/** What is done already needs no word that it begins. */
const thanks = (done: string | undefined, { grant }: Loaded): Html | '' => {
  const verb = Object.keys(doneText).find((one) => one === done) as ChangeCommand['do'] | undefined
  const isOver = grant?.state === 'ended' && (verb === 'give-back' || verb === 'revoke')
  const text = done === 'request' ? requested : verb && !isOver && doneText[verb]
  return text ? html`<p class="done" role="status">${text}</p>` : ''
}

/** A step at the vault takes moments. The page's script looks again, ever more rarely. */
const lookAgain = ({ request, grant }: Loaded, now: Timestamp): Html | '' => {
  const isMoving = grant?.state === 'provisioning' || grant?.state === 'revoking'
  if (!isMoving || request.state !== 'approved') return ''
  const waited = now - (grant.state === 'revoking' ? grant.since : request.at)
  return html`<p class="small" data-again="${Math.min(60_000, Math.max(1_500, waited))}">This takes a moment. <a href="">Look again</a></p>`
}
