import { z } from 'zod'
import { grantId, requestId, resourceId } from '../domain/ids.ts'
import { seconds } from '../domain/time.ts'
import type { FieldName } from '../views/forms.ts'
import type { ButtonCommand, FormCommand } from '../views/view-model.ts'

const id = z.string().min(1).max(100)
const request = id.transform(requestId)
const grant = id.transform(grantId)

const ButtonPayload = z.discriminatedUnion('do', [
  z.object({ do: z.enum(['approve', 'deny', 'cancel', 'show-policy']), request }),
  z.object({ do: z.enum(['revoke', 'give-back', 'get-link']), grant }),
]) satisfies z.ZodType<ButtonCommand>

const FormPayload = z.discriminatedUnion('form', [
  z.object({ form: z.literal('request'), draft: id }),
  z.object({ form: z.literal('deny'), request }),
]) satisfies z.ZodType<FormCommand>

/** What a button or a form carries through the platform and back. */
export const encode = (command: ButtonCommand | FormCommand): string => JSON.stringify(command)

/** The command of a pressed button; `undefined` for one that no version of today made. */
export const decodeButton = (payload: unknown): ButtonCommand | undefined => parsed(ButtonPayload, payload)

/** What a form submits as; `undefined` for one that no version of today made. */
export const decodeForm = (payload: unknown): FormCommand | undefined => parsed(FormPayload, payload)

const parsed = <T>(schema: z.ZodType<T>, payload: unknown): T | undefined => {
  const result = schema.safeParse(typeof payload === 'string' ? json(payload) : payload)
  return result.success ? result.data : undefined
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The fields as a platform sends them: text, or nothing. */
export type FieldValues = { readonly [Name in FieldName]?: string | undefined }

const text = z.string().max(4000).default('')
const RequestFields = z.object({
  resource: id.transform(resourceId),
  permission: id,
  duration: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform((count) => seconds(Number(count))),
  reason: text,
})
const DenyFields = z.object({ note: text })

export type RequestSubmission = z.infer<typeof RequestFields>

/** What a submission says, or which fields are missing. */
export type Submitted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: readonly FieldName[] }

/** The request form as submitted. */
export const readRequestForm = (values: FieldValues): Submitted<RequestSubmission> => read(RequestFields, values)

/** The denial as submitted. */
export const readDenyForm = (values: FieldValues): Submitted<z.infer<typeof DenyFields>> => read(DenyFields, values)

const fieldNames: readonly FieldName[] = ['integration', 'resource', 'permission', 'duration', 'reason', 'note']

const read = <T>(schema: z.ZodType<T>, values: FieldValues): Submitted<T> => {
  const result = schema.safeParse(values)
  if (result.success) return { ok: true, value: result.data }
  const bad = new Set(result.error.issues.map(({ path }) => path[0]))
  return { ok: false, missing: fieldNames.filter((name) => bad.has(name)) }
}
