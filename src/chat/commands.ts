import { z } from 'zod'
import { cardId, grantId, requestId, resourceId } from '../domain/ids.ts'
import { seconds } from '../domain/time.ts'
import type { FieldName } from '../views/forms.ts'
import type { ButtonCommand, ChangeCommand, FormCommand, Origin } from '../views/view-model.ts'

const id = z.string().min(1).max(100)
const request = id.transform(requestId)
const grant = id.transform(grantId)

const ChangePayload = z.discriminatedUnion('do', [
  z.object({ do: z.enum(['approve', 'deny', 'cancel']), request }),
  z.object({ do: z.enum(['revoke', 'give-back']), grant }),
]) satisfies z.ZodType<ChangeCommand>

const ButtonPayload = z.discriminatedUnion('do', [
  ChangePayload,
  z.object({ do: z.literal('show-policy'), request }),
  z.object({ do: z.literal('get-link'), grant }),
]) satisfies z.ZodType<ButtonCommand>

const OriginPayload = z.union([
  z.object({ card: id.transform(cardId) }),
  z.object({ list: id }),
]) satisfies z.ZodType<Origin>

const FormPayload = z.discriminatedUnion('form', [
  z.object({ form: z.literal('request'), draft: id }),
  z.object({ form: z.literal('confirm'), change: ChangePayload, isListed: z.boolean().optional() }),
]) satisfies z.ZodType<FormCommand>

/** A pressed button, and the message that it says it stands in: that is still to be checked. */
export type Pressed = { readonly command: ButtonCommand; readonly origin: Origin | undefined }

/** What a button carries through the platform and back. */
export const encodeButton = (command: ButtonCommand, origin?: Origin): string =>
  JSON.stringify({ ...command, ...origin })

/** What a form carries through the platform and back. */
export const encodeForm = (command: FormCommand): string => JSON.stringify(command)

/** What was pressed; `undefined` for a button that no version of today made. */
export const decodeButton = (payload: unknown): Pressed | undefined => {
  const command = parsed(ButtonPayload, payload)
  return command && { command, origin: parsed(OriginPayload, payload) }
}

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
const NoteField = z.object({ note: text })

export type RequestSubmission = z.infer<typeof RequestFields>

/** What a submission says, or which fields are missing. */
export type Submitted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: readonly FieldName[] }

/** The request form as submitted. */
export const readRequestForm = (values: FieldValues): Submitted<RequestSubmission> => read(RequestFields, values)

/** The note in a confirmation as submitted, without the blanks around it. */
export const readNote = (values: FieldValues): string => {
  const note = read(NoteField, values)
  return note.ok ? note.value.note.trim() : ''
}

const fieldNames: readonly FieldName[] = ['integration', 'resource', 'permission', 'duration', 'reason', 'note']

const read = <T>(schema: z.ZodType<T>, values: FieldValues): Submitted<T> => {
  const result = schema.safeParse(values)
  if (result.success) return { ok: true, value: result.data }
  const bad = new Set(result.error.issues.map(({ path }) => path[0]))
  return { ok: false, missing: fieldNames.filter((name) => bad.has(name)) }
}
