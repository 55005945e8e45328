import { z } from 'zod'
import { type ResourceId, resourceId } from '../../domain/ids.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import { type FieldErrors, type FieldName, fieldNames } from '../../views/forms.ts'
import type { FieldKey } from './codec.ts'

/** A field as it is filled in; without values it is empty. */
export type FilledField = FieldKey & { readonly values: readonly string[] }

/** All fields that a form shows. */
export type FieldValues = readonly FilledField[]

/** The values of the first field with this name; with `scope`, only of one whose options depend on that. */
export const valuesIn = (fields: FieldValues, name: FieldName, scope?: string): readonly string[] =>
  fields.find((field) => field.name === name && (scope === undefined || field.scope === scope))?.values ?? []

/** The one value of such a field. */
export const valueIn = (fields: FieldValues, name: FieldName, scope?: string): string | undefined =>
  valuesIn(fields, name, scope)[0]

/** A resource that was chosen, and what is wanted of it. */
export type ChosenItem = { readonly resource: ResourceId; readonly permission: string }

/** The request form as submitted. */
export type RequestSubmission = {
  readonly items: readonly [ChosenItem, ...ChosenItem[]]
  readonly duration: Seconds
  readonly reason: string
}

const id = z.string().min(1).max(100)
const text = z.string().max(4000).default('')
const Item = z.object({ resource: id.transform(resourceId), permission: id })
const RequestFields = z.object({
  resource: z.array(id).min(1),
  permission: z.array(id).min(1),
  duration: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform((count) => seconds(Number(count))),
  reason: text,
})

/** What a submission says, or which fields are missing. */
export type Submitted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: readonly FieldName[] }

/** Reads the request form. Each resource has its own permission field, which its id is the scope of. */
export const readRequestForm = (fields: FieldValues): Submitted<RequestSubmission> => {
  const resources = valuesIn(fields, 'resource')
  const read = RequestFields.safeParse({
    resource: resources,
    permission: resources.map((resource) => valueIn(fields, 'permission', resource)),
    duration: valueIn(fields, 'duration'),
    reason: valueIn(fields, 'reason'),
  })
  if (!read.success) {
    const bad = new Set(read.error.issues.map(({ path }) => path[0]))
    return { ok: false, missing: fieldNames.filter((name) => bad.has(name)) }
  }
  const { resource, permission, ...rest } = read.data
  const [first, ...others] = resource.map((each, index) =>
    Item.parse({ resource: each, permission: permission[index] }),
  )
  return first ? { ok: true, value: { items: [first, ...others], ...rest } } : { ok: false, missing: ['resource'] }
}

/** The note in a confirmation as submitted, without the blanks around it; empty when it is too long to be one. */
export const readNote = (fields: FieldValues): string => {
  const note = text.safeParse(valueIn(fields, 'note'))
  return note.success ? note.data.trim() : ''
}

/** A sentence beside a field. */
export type FieldError = { readonly field: FieldKey; readonly sentence: string }

/** Puts errors beside fields; one whose field is not shown stands beside the resource, on which the others depend. */
export const placed = (fields: FieldValues, errors: FieldErrors): readonly FieldError[] => {
  const named = (name: string) => fields.find((field) => field.name === name)
  const fallback = named('resource') ?? fields[0]
  return Object.entries(errors).flatMap(([name, sentence]) => {
    const field = named(name) ?? fallback
    return field ? [{ field, sentence }] : []
  })
}
