import { html } from 'hono/html'
import type { FieldError } from '../../../chat/conversation/fields.ts'
import type { FormView, MessageView } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { type Found, formOf } from './form.ts'
import { type Frame, framed } from './frame.ts'
import { banner } from './notices.ts'

/** The dialog of a request as a page. */
export type AskPage = {
  readonly frame: Frame
  readonly form: FormView
  readonly token: string
  readonly errors?: readonly FieldError[] | undefined
  /** Why it was not sent, where no field is to blame. */
  readonly said?: MessageView | undefined
  readonly found?: Found | undefined
}

/** The page on which people ask. */
export const askPage = ({ frame, form, said, ...rest }: AskPage): Html => {
  const { ways } = frame
  return framed(
    frame,
    'ask',
    form.title,
    html`<h1>${form.title}</h1>
${banner(said, frame)}
${formOf({ ...rest, form, action: ways.to('ask'), back: ways.to('') })}`,
  )
}
