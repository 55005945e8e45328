import { decodeField, encodeField } from '../../chat/conversation/codec.ts'
import type { FieldValues, FilledField } from '../../chat/conversation/fields.ts'
import type { FormView, Input } from '../../views/view-model.ts'

/** A sent page: its hidden parts and its fields. */
export type SentForm = {
  readonly token: string | null
  readonly payload: string
  /** The session that a button ends. */
  readonly id: string
  /** The words beside such a button. */
  readonly note: string
  readonly fields: FieldValues
  /** The words in the search field, and whether its button sent the page. */
  readonly typed: string
  readonly isSearch: boolean
}

/** More fields than any dialog has: each value is looked up, so who makes up thousands would hold up everybody. */
const mostFields = 200

/** Reads the body of a sent page. An empty choice is a field without values. */
export const readSent = (body: string): SentForm => {
  const sent = new URLSearchParams(body)
  const names = [...new Set(sent.keys())].slice(0, mostFields)
  const fields = names.flatMap((name): FilledField[] => {
    const key = decodeField(name)
    const values = [...new Set(sent.getAll(name))].filter((value) => value !== '').slice(0, mostFields)
    // Browsers end lines as the mail does; the rules count characters.
    return key ? [{ ...key, values: values.map((value) => value.replaceAll('\r\n', '\n')) }] : []
  })
  return {
    ...{ token: sent.get('form'), payload: sent.get('payload') ?? '', id: sent.get('id') ?? '' },
    note: (sent.get('note') ?? '').slice(0, 600),
    fields,
    ...{ typed: (sent.get('q') ?? '').slice(0, 200), isSearch: sent.get('act') === 'search' },
  }
}

const keyOf = (input: Input): string =>
  encodeField({ name: input.name, scope: 'scope' in input ? input.scope : undefined })

/** The fields of a dialog, those that the page did not show yet with what they offer by themselves. */
export const completed = (form: FormView | undefined, fields: FieldValues): FieldValues => {
  const known = new Set(fields.map(encodeField))
  const more = (form?.inputs ?? []).flatMap((input): FilledField[] => {
    const key = known.has(keyOf(input)) ? undefined : decodeField(keyOf(input))
    const value = input.kind === 'typeahead' ? undefined : input.value
    return key ? [{ ...key, values: value === undefined ? [] : [value] }] : []
  })
  return [...fields, ...more]
}

/** A dialog that was opened anew, with what the person had filled in. */
export const filledWith = (form: FormView, fields: FieldValues): FormView => ({
  ...form,
  inputs: form.inputs.map((input) => {
    const value = fields.find((each) => encodeField(each) === keyOf(input))?.values[0]
    return value === undefined || input.kind === 'typeahead' ? input : { ...input, value }
  }),
})
