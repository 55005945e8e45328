import { z } from 'zod'
import type { OtherSecrets } from '../../domain/beneath.ts'
import { resourceId } from '../../domain/ids.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import { type FieldErrors, type FieldName, fieldNames, nothingUnlessAll } from '../../views/forms.ts'
import type { CarriedWish } from '../../views/view-model.ts'
import { me, type WorkloadDraft, wishIn } from '../../views/workload-inputs.ts'
import type { FieldKey } from './codec.ts'

/** A field with its values; without values it is empty. */
export type FilledField = FieldKey & { readonly values: readonly string[] }

/** All fields of a form. */
export type FieldValues = readonly FilledField[]

/** The values of the first field with this name; with `scope`, only of a field whose options depend on it. */
export const valuesIn = (fields: FieldValues, name: FieldName, scope?: string): readonly string[] =>
  fields.find((field) => field.name === name && (scope === undefined || field.scope === scope))?.values ?? []

/** The one value of such a field. */
export const valueIn = (fields: FieldValues, name: FieldName, scope?: string): string | undefined =>
  valuesIn(fields, name, scope)[0]

/** The request form as submitted. */
export type RequestSubmission = CarriedWish

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

/** The content of a submission, or its missing fields. */
export type Submitted<T> =
  | { readonly ok: true; readonly value: T }
  /** `of` is the resource without a permission. */
  | { readonly ok: false; readonly missing: readonly FieldName[]; readonly of?: string }

/** Reads the request form. Each resource has its own permission field, whose scope is its id. */
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
    const without = resources.find((resource) => valueIn(fields, 'permission', resource) === undefined)
    const missing = fieldNames.filter((name) => bad.has(name))
    return { ok: false, missing, ...(without !== undefined && { of: without }) }
  }
  const { resource, permission, ...rest } = read.data
  const [first, ...others] = resource.map((each, index) =>
    Item.parse({ resource: each, permission: permission[index] }),
  )
  const choices = { allOrNothing: valueIn(fields, 'ifDenied') === nothingUnlessAll, others: otherSecretsIn(fields) }
  const workload = wishIn(workloadIn(fields))
  if (workload && 'missing' in workload) return { ok: false, missing: workload.missing }
  return first
    ? { ok: true, value: { items: [first, ...others], ...choices, ...(workload && { workload }), ...rest } }
    : { ok: false, missing: ['resource'] }
}

/** The fields about who uses the access, at the login that is chosen now. */
export const workloadIn = (fields: FieldValues): WorkloadDraft => {
  const usedBy = valueIn(fields, 'usedBy') ?? me
  const [serviceAccount, claims, networks] = (['serviceAccount', 'claims', 'networks'] as const).map((name) =>
    valueIn(fields, name),
  )
  const namespace = valueIn(fields, 'namespace', usedBy.slice(usedBy.indexOf(':') + 1))
  return { usedBy, namespace, serviceAccount, claims, networks }
}

/** What becomes of other owners' secrets beneath a folder; they are left out unless the person chose to ask. */
export const otherSecretsIn = (fields: FieldValues): OtherSecrets =>
  valueIn(fields, 'others') === 'ask' ? 'ask' : 'leave-out'

/** The note of a submitted confirmation, trimmed; empty when it is too long. */
export const readNote = (fields: FieldValues): string => {
  const note = text.safeParse(valueIn(fields, 'note'))
  return note.success ? note.data.trim() : ''
}

/** The chosen length of a submitted confirmation; undefined without that field, and no offered length for nonsense. */
export const readLength = (fields: FieldValues): Seconds | undefined => {
  const chosen = valueIn(fields, 'duration')
  if (chosen === undefined) return undefined
  return seconds(/^\d{1,9}$/.test(chosen) ? Number(chosen) : 0)
}

/** An error sentence beside a field. */
export type FieldError = { readonly field: FieldKey; readonly sentence: string }

/**
 * Puts errors beside fields. An error whose field is hidden goes to the resource, because the others depend on it. `of`
 * is the resource whose permission is meant.
 */
export const placed = (fields: FieldValues, errors: FieldErrors, of?: string): readonly FieldError[] => {
  const isMeant = ({ name, scope }: FieldKey) => name !== 'permission' || of === undefined || scope === of
  const named = (name: string) => fields.find((field) => field.name === name && isMeant(field))
  const fallback = named('resource') ?? fields[0]
  return Object.entries(errors).flatMap(([name, sentence]) => {
    const field = named(name) ?? fallback
    return field ? [{ field, sentence }] : []
  })
}
