import { createHash } from 'node:crypto'
import { z } from 'zod'
import { plainText } from '../../../views/copy-time.ts'
import type { FieldName } from '../../../views/forms.ts'
import type { FormView, Input, Origin } from '../../../views/view-model.ts'
import { decodeField, encodeField } from '../../conversation/codec.ts'
import type { FieldValues, FilledField } from '../../conversation/fields.ts'
import { readBack } from './actions.ts'
import type { FormData } from './card-schema.ts'
import { limits } from './limits.ts'

/** The id of the text input in which a person searches where no list opens. */
export const searchField = 'search'

/** Fields with several values: Teams returns them as one text, joined by commas. Ids of resources have no comma. */
const severalValued: ReadonlySet<FieldName> = new Set(['resource'])

/**
 * More fields than any form has, and the values of one. They are compared with each other, and each value is looked up:
 * who makes up a million would hold up everybody.
 */
const most = { fields: 200, values: limits.options }

/** What a form returns. `shown` is what the fields on which others depend had when the form was drawn. */
export type SubmittedForm = {
  /** For `Form.payload`. */
  readonly payload: string
  readonly act: FormData['act']
  readonly fields: FieldValues
  readonly shown: FieldValues
  /** The words to search for, empty without any. */
  readonly search: string
  readonly noted: readonly string[]
  /** The message in whose place the form is shown; whether the sender may see it is still unchecked. */
  readonly back: Origin | undefined
  /** Tells that Latchkey drew the form for the sender; empty in a dialog, which only Latchkey can open. */
  readonly seal: string
}

const isSmall = (data: unknown): boolean => Object.keys(data as object).length <= most.fields

const word = z.string().max(100)
const Hidden = z.object({
  form: z.string().min(1).max(4000),
  act: z.enum(['send', 'update']).default('send'),
  asked: z.array(z.string().max(200)).max(50).default([]),
  shown: z.record(z.string().max(200), z.string().max(2000)).refine(isSmall).default({}),
  noted: z.array(word).max(200).default([]),
  back: z.unknown().optional(),
  seal: z.string().max(100).catch('').default(''),
  [searchField]: z.string().max(200).catch('').default(''),
})

/** Reads what a form's button returns: our hidden data, and the inputs beside it. `undefined` for anything else. */
export const readForm = (data: unknown): SubmittedForm | undefined => {
  const read = Hidden.safeParse(data)
  if (!read.success || !isSmall(data)) return undefined
  const { form, act, asked, shown, noted, search, back, seal } = read.data
  // Some clients leave out an empty input, beside which an error may have to stand.
  const fields = fieldsOf({ ...Object.fromEntries(asked.map((id) => [id, ''])), ...(data as object) })
  const rest = { search: search.trim(), noted, back: readBack(back), seal }
  return { payload: form, act, fields, shown: fieldsOf(shown), ...rest }
}

/** The values of the inputs in submitted data. Keys that are no field of ours are left out. */
export const fieldsOf = (data: unknown): FieldValues => {
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([id, value]): FilledField[] => {
    const field = decodeField(id)
    if (!field || typeof value !== 'string' || value.length > 10_000) return []
    const values = severalValued.has(field.name) ? value.split(',').map((part) => part.trim()) : [value]
    return [{ ...field, values: values.filter((part) => part !== '').slice(0, most.values) }]
  })
}

/** Whether a field on which others depend changed after the form was drawn, so that it has to be drawn again. */
export const hasChanged = ({ fields, shown }: SubmittedForm): boolean =>
  shown.some((before) => {
    const now = fields.find(({ name, scope }) => name === before.name && scope === before.scope)
    return asSet(now?.values ?? []) !== asSet(before.values)
  })

const asSet = (values: readonly string[]): string => [...new Set(values)].sort().join(',')

/** Whether the form has an empty input that the person who submitted has not seen. */
export const asksMore = (form: FormView, { fields }: SubmittedForm): boolean =>
  form.inputs.some((input) => {
    const scope = 'scope' in input ? input.scope : undefined
    return !hasValue(input) && !fields.some((field) => field.name === input.name && field.scope === scope)
  })

const hasValue = (input: Input): boolean => {
  if (input.error !== undefined) return false
  if (input.kind === 'typeahead') return input.values.length > 0
  if (input.kind === 'select') return input.options.some(({ value }) => value === input.value)
  return (input.value ?? '').trim().length >= input.min
}

/** The form's values as a submission would return them. */
export const valuesOf = (form: FormView): FieldValues => fieldsOf(Object.fromEntries(form.inputs.map(rendered)))

/** Whether the form has a note that the person who submitted has not seen. */
export const saysMore = (form: FormView, { noted }: SubmittedForm): boolean =>
  notedIn(form).some((mark) => !noted.includes(mark))

/** What a form notes about itself for its return. */
export const hiddenIn = (form: FormView): Pick<FormData, 'asked' | 'shown' | 'noted'> => {
  const asked = form.inputs.map((input) => rendered(input)[0])
  const reloading = form.inputs.filter((input) => 'reloads' in input && input.reloads)
  if (reloading.length === 0) return { asked }
  return { asked, shown: Object.fromEntries(reloading.map(rendered)), noted: notedIn(form) }
}

/** An input's id and value. */
const rendered = (input: Input): [string, string] => [
  encodeField({ name: input.name, scope: 'scope' in input ? input.scope : undefined }),
  input.kind === 'typeahead' ? joined(input.values.slice(0, input.most)) : (input.value ?? ''),
]

/** Values of a multiple choice as Teams writes them. */
export const joined = (values: readonly { readonly value: string }[]): string =>
  values.map(({ value }) => value).join(',')

/** A short mark of each note, because the notes themselves need not travel. */
const notedIn = ({ notes }: FormView): string[] =>
  notes.map((note) => createHash('sha256').update(plainText(note)).digest('base64url').slice(0, 10))
