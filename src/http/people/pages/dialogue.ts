import { html } from 'hono/html'
import type { ShownPlan } from '../../../app/show-policy.ts'
import type { FieldError } from '../../../chat/conversation/fields.ts'
import { plainText } from '../../../views/copy-time.ts'
import { policyView } from '../../../views/dialogs.ts'
import type { FormView, MessageView } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { formOf } from './form.ts'
import { type Frame, framed } from './frame.ts'
import { codeLines } from './message.ts'
import { banner } from './notices.ts'
import { words } from './text.ts'

type DialoguePage = {
  readonly frame: Frame
  readonly form: FormView
  readonly action: string
  readonly back: string
  readonly token: string
  readonly errors?: readonly FieldError[] | undefined
  readonly said?: MessageView | undefined
  /** What the vault gets, for whoever approves it. */
  readonly plan?: ShownPlan
}

/** The dialog behind a button, as a page: whom it concerns, what, and its fields. */
export const dialoguePage = ({ frame, form, said, plan, ...rest }: DialoguePage): Html =>
  framed(
    frame,
    undefined,
    form.title,
    html`<h1>${form.title}</h1>
${banner(said, frame)}
${plan === undefined ? formOf({ ...rest, form }) : formOf({ ...rest, form: withoutTwice(form, plan), beneath: policy(plan) })}`,
  )

/** The policy says some things, too. */
const withoutTwice = (form: FormView, plan: ShownPlan): FormView => {
  const said = new Set(policyView(plan).notes.map(plainText))
  return { ...form, notes: form.notes.filter((note) => !said.has(plainText(note))) }
}

const policy = (plan: ShownPlan): Html => {
  const { title, notes, code } = policyView(plan)
  return html`<section class="card" aria-labelledby="policy"><h2 id="policy">${title}</h2>
${notes.slice(0, -1).map((note) => html`<p>${words(note)}</p>`)}
<details><summary>The policy itself</summary>
${notes.slice(-1).map((note) => html`<p class="small">${words(note)}</p>`)}
${codeLines(code)}</details></section>`
}
