import { html, raw } from 'hono/html'
import { encodeField, encodeForm } from '../../../chat/conversation/codec.ts'
import type { FieldError } from '../../../chat/conversation/fields.ts'
import type { FormView, Input, Option } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { codeLines, fields, quote } from './message.ts'
import { words } from './text.ts'

/** The entries found for the words in a search field. */
export type Found = { readonly typed: string; readonly options: readonly Option[] }

/** A dialog as a part of a page. */
export type Filled = {
  readonly form: FormView
  readonly errors?: readonly FieldError[] | undefined
  readonly found?: Found | undefined
  /** What follows its text, before its inputs. */
  readonly beneath?: Html
  /** Where it is sent. */
  readonly action: string
  /** Proves that our page sent it. */
  readonly token: string
  /** Where the person goes who sends nothing. */
  readonly back: string
}

/** What a dialog says, and its inputs. Without something to send it only has a way back. */
export const formOf = ({ form, errors = [], found, beneath, action, token, back }: Filled): Html => html`${told(form)}
${beneath ?? ''}
${form.submit ? sending(form, form.submit, { errors, found, action, token, back }) : html`<p class="actions"><a class="button second" href="${back}">Back</a></p>`}`

const told = (form: FormView): Html => html`${fields(form.fields ?? [])}
${(form.quotes ?? []).map(quote)}
${form.notes.map((note) => html`<p>${words(note)}</p>`)}
${codeLines(form.code)}`

const sending = (
  form: FormView,
  { label, command }: NonNullable<FormView['submit']>,
  { errors = [], found, action, token, back }: Omit<Filled, 'form'>,
): Html => html`<form method="post" action="${action}" class="dialog">
<input type="hidden" name="form" value="${token}">
<input type="hidden" name="payload" value="${encodeForm({ command })}">
${form.inputs.map((input, index) => field(input, `field-${index}`, errorOf(input, errors), found))}
<p class="actions"><button name="act" value="send" data-busy="Sending …">${label}</button>
<a class="button second" href="${back}">${form.close ?? 'Cancel'}</a></p>
</form>`

/** The name of an input, and what it depends on. */
const nameOf = (input: Input): string =>
  encodeField({ name: input.name, scope: 'scope' in input ? input.scope : undefined })

const errorOf = (input: Input, errors: readonly FieldError[]): string | undefined =>
  errors.find(({ field: key }) => encodeField(key) === nameOf(input))?.sentence ?? input.error

const field = (whole: Input, id: string, error: string | undefined, found: Found | undefined): Html => {
  // What is chosen stands there with its hints.
  const input = whole.kind === 'typeahead' && whole.values.length > 0 ? without(whole) : whole
  const described = [error === undefined ? [] : `${id}-error`, input.hint === undefined ? [] : `${id}-hint`].flat()
  const about = html`${described.length === 0 ? '' : html` aria-describedby="${described.join(' ')}"`}${error === undefined ? '' : html` aria-invalid="true"`}`
  const beside = html`${error === undefined ? '' : html`<p class="fault" id="${id}-error">${error}</p>`}
${input.hint === undefined ? '' : html`<p class="small" id="${id}-hint">${input.hint}</p>`}`
  if (input.kind === 'typeahead') return search(input, { id, about, beside, found })
  return html`<div class="field${error === undefined ? '' : ' wrong'}">
<label for="${id}">${input.label}</label>
${input.kind === 'select' ? select(input, id, about) : area(input, id, about)}
${beside}
</div>`
}

const without = ({ hint: _, ...input }: Input & { kind: 'typeahead' }): Input => input

const area = (input: Input & { kind: 'paragraph' }, id: string, about: Html): Html =>
  input.isLine
    ? html`<input id="${id}" name="${nameOf(input)}" type="text" value="${input.value ?? ''}" autocomplete="off" spellcheck="false"${about}${
        input.placeholder === undefined ? '' : html` placeholder="${input.placeholder}"`
      }>`
    : html`<textarea id="${id}" name="${nameOf(input)}" rows="3"${about}${
        input.placeholder === undefined ? '' : html` placeholder="${input.placeholder}"`
      }>
${input.value ?? ''}</textarea>`

const select = (input: Input & { kind: 'select' }, id: string, about: Html): Html => {
  const isChosen = input.options.some(({ value }) => value === input.value)
  return html`<select id="${id}" name="${nameOf(input)}"${about}>
${isChosen ? '' : html`<option value="">Choose …</option>`}
${input.options.map(
  ({ label, value, hint }) =>
    html`<option value="${value}"${value === input.value ? raw(' selected') : ''}>${label}${hint === undefined ? '' : ` · ${hint}`}</option>`,
)}
</select>`
}

type Parts = { readonly id: string; readonly about: Html; readonly beside: Html; readonly found: Found | undefined }

const mostShown = 20
/** The value of an entry that only says something. */
const saying = 'nothing'

/** A search, what it found, and what is chosen so far. Its button comes first, so Enter in the field searches. */
const search = (input: Input & { kind: 'typeahead' }, { id, about, beside, found }: Parts): Html => {
  const chosen = new Set(input.values.map(({ value }) => value))
  const options = (found?.options ?? []).filter(({ value }) => !chosen.has(value))
  const name = nameOf(input)
  return html`<fieldset class="field"><legend>${input.label}</legend>
${input.values.length === 0 ? '' : html`<ul class="choices chosen">${input.values.map((option) => choice(option, name, true))}</ul>`}
<label for="${id}">Search by a part of its name</label>
<div class="search"><input id="${id}" name="q" type="search" value="${found?.typed ?? ''}" autocomplete="off" spellcheck="false"${about}>
<button name="act" value="search" class="second" data-busy="Searching …">${chosen.size > 0 ? 'Search and update' : 'Search'}</button></div>
${beside}
${results(options, name)}
</fieldset>`
}

const results = (options: readonly Option[], name: string): Html => {
  const shown = options.slice(0, mostShown)
  return html`<ul class="choices">${shown.map((option) =>
    option.value === saying
      ? html`<li class="small">${option.label} ${option.hint ?? ''}</li>`
      : choice(option, name, false),
  )}</ul>
${options.length > mostShown ? html`<p class="small">More match. Type more of the name to see them.</p>` : ''}`
}

const choice = ({ label, value, hint }: Option, name: string, isChosen: boolean): Html =>
  html`<li><label><input type="checkbox" name="${name}" value="${value}"${isChosen ? raw(' checked') : ''}><span><code>${label}</code>${
    hint === undefined ? '' : html`<span class="small">${hint}</span>`
  }</span></label></li>`
