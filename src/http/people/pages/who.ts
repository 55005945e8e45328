import { html } from 'hono/html'
import type { MessageView } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { type Frame, framed } from './frame.ts'
import { message } from './message.ts'

/** Who owns something; and for its owners, who has it now, with the button that ends that. */
export const whoPage = ({
  frame,
  text,
  said,
}: {
  readonly frame: Frame
  readonly text: string
  readonly said: MessageView | undefined
}): Html =>
  framed(
    frame,
    'who',
    'Who has access',
    html`<h1>Who has access</h1>
<form method="get" action="${frame.ways.to('who')}" class="field">
<label for="path">A path, or a part of one</label>
<div class="search"><input id="path" name="text" type="search" value="${text}" autocomplete="off" spellcheck="false">
<button data-busy="Looking …">Look</button></div>
<p class="small">Everybody sees who owns it. Its owners also see who has access now, and can end that.</p>
</form>
${said ? html`<div class="card">${message(said, frame.ways)}</div>` : ''}`,
  )
