import { z } from 'zod'
import { cardId, grantId, requestId } from '../../domain/ids.ts'
import { type FieldName, fieldNames } from '../../views/forms.ts'
import type { ButtonCommand, ChangeCommand, FormCommand, Origin } from '../../views/view-model.ts'

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

const PlacePayload = z.object({ conversation: z.string().min(1).max(1000).optional() })

/** A pressed button, and the message that it says it stands in: that is still to be checked. */
export type Pressed = { readonly command: ButtonCommand; readonly origin: Origin | undefined }

/** What a form carries along: what it submits as, and the conversation in which to answer in private. */
export type Carried = { readonly command: FormCommand; readonly conversation?: string | undefined }

/** What a button carries through the platform and back. */
export const encodeButton = (command: ButtonCommand, origin?: Origin): string =>
  JSON.stringify({ ...command, ...origin })

/** What was pressed; `undefined` for a button that no version of today made. */
export const decodeButton = (payload: unknown): Pressed | undefined => {
  const command = parsed(ButtonPayload, payload)
  return command && { command, origin: parsed(OriginPayload, payload) }
}

/** What a form carries through the platform and back. */
export const encodeForm = ({ command, conversation }: Carried): string => JSON.stringify({ ...command, conversation })

/** What a form carries; `undefined` for one that no version of today made. */
export const decodeForm = (payload: unknown): Carried | undefined => {
  const command = parsed(FormPayload, payload)
  return command && { command, ...parsed(PlacePayload, payload) }
}

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

/** Names a field of a form. Under another `scope` its options are others, so an earlier choice does not count. */
export type FieldKey = { readonly name: FieldName; readonly scope?: string | undefined }

/** A field's name as one word, unique in its form. */
export const encodeField = ({ name, scope }: { name: string; scope?: string | undefined }): string =>
  scope === undefined ? name : `${name}:${scope}`

/** The field behind the word; `undefined` for one that no form of today has. */
export const decodeField = (word: string): FieldKey | undefined => {
  const [before = '', ...rest] = word.split(':')
  const name = fieldNames.find((each) => each === before)
  return name && { name, ...(rest.length > 0 && { scope: rest.join(':') }) }
}

/**
 * What somebody used tells by its id which of these it is. A `page` needs no answer, as the browser opens it; a `field`
 * is one on which other fields depend; everything else is a button.
 */
export type ElementKind = 'page' | 'field' | 'button'

/** The id of an element. A button's is for logs only: what it asks for stands in its payload. */
export const elementId = {
  page: 'page',
  field: 'field',
  button: ({ do: verb }: ButtonCommand): string => verb,
} as const

/** Which kind of element has this id. */
export const elementKind = (id: string): ElementKind =>
  id === elementId.page || id === elementId.field ? id : 'button'
