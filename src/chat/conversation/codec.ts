import { z } from 'zod'
import { explainable } from '../../domain/fetch-link.ts'
import { cardId, controlGroupId, fetchLinkId, grantId, requestId, resourceId } from '../../domain/ids.ts'
import { maxItems } from '../../domain/request-items.ts'
import { seconds, timestamp } from '../../domain/time.ts'
import type { WorkloadWish } from '../../domain/workload.ts'
import { reasonLength } from '../../domain/written.ts'
import { type FieldName, fieldNames } from '../../views/forms.ts'
import type {
  ButtonCommand,
  CarriedLonger,
  CarriedWish,
  ChangeCommand,
  FormCommand,
  Origin,
  TrialCommand,
} from '../../views/view-model.ts'

const id = z.string().min(1).max(100)
/** The longest words that a button can carry, in characters. */
export const wordsInButton = 500
/** A terminal's code, however it was typed. */
const code = z.string().max(40)
const request = id.transform(requestId)
const grant = id.transform(grantId)
const controlGroup = id.transform(controlGroupId)

const alarm = z.object({ how: z.enum(explainable), at: z.int().transform(timestamp) })

const ChangePayload = z.discriminatedUnion('do', [
  z.object({ do: z.enum(['approve', 'deny', 'cancel', 'remind']), request }),
  z.object({ do: z.enum(['revoke', 'give-back']), grant }),
  z.object({ do: z.literal('it-was-me'), grant, link: id.transform(fetchLinkId), alarm }),
]) satisfies z.ZodType<ChangeCommand>

const word = z.string().max(300)
const Workload = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job') }),
  z.object({ kind: z.literal('kubernetes'), mount: word, namespace: word, serviceAccount: word }),
  z.object({ kind: z.literal('jwt'), mount: word, claims: z.record(word, word) }),
  z.object({ kind: z.literal('approle'), cidrs: z.array(word).max(50) }),
]) satisfies z.ZodType<WorkloadWish>

const CarriedItem = z.object({ resource: id.transform(resourceId), permission: id })
const Wish = z.object({
  items: z.tuple([CarriedItem], CarriedItem).refine(({ length }) => length <= maxItems),
  allOrNothing: z.boolean(),
  others: z.enum(['leave-out', 'ask']),
  workload: Workload.optional(),
  duration: z.int().min(1).max(999_999_999).transform(seconds),
  reason: z.string().max(reasonLength.max),
}) satisfies z.ZodType<CarriedWish>

const Longer = Wish.pick({ duration: true, reason: true }) satisfies z.ZodType<CarriedLonger>

const ButtonPayload = z.discriminatedUnion('do', [
  ChangePayload,
  z.object({ do: z.enum(['show-policy', 'show-items', 'request-again']), request }),
  z.object({ do: z.enum(['get-link', 'extend']), grant }),
  z.object({ do: z.enum(['authorise', 'deny-control-group']), controlGroup }),
  z.object({ do: z.literal('ask-administrators') }),
  z.object({ do: z.literal('terminal'), code }),
  z.object({ do: z.literal('request'), words: z.string().max(wordsInButton).optional(), wish: Wish.optional() }),
]) satisfies z.ZodType<ButtonCommand>

const TrialPayload = z.object({ do: z.literal('answer-trial'), trial: id }) satisfies z.ZodType<TrialCommand>

const OriginPayload = z.union([
  z.object({ card: id.transform(cardId) }),
  z.object({ list: id }),
]) satisfies z.ZodType<Origin>

const Seen = z.object({
  items: z.array(z.int().min(0).max(99)).max(maxItems),
  plan: z.string().max(100).exactOptional(),
})

const FormPayload = z.discriminatedUnion('form', [
  z.object({ form: z.literal('request'), draft: id, wish: Wish.optional() }),
  z.object({ form: z.literal('extend'), grant, draft: id, wish: Longer.optional() }),
  z.object({ form: z.literal('terminal'), code }),
  z.object({ form: z.literal('deny-control-group'), controlGroup }),
  z.object({
    form: z.literal('confirm'),
    change: ChangePayload,
    isListed: z.boolean().optional(),
    seen: Seen.optional(),
  }),
]) satisfies z.ZodType<FormCommand>

const PlacePayload = z.object({ conversation: z.string().min(1).max(1000).optional() })

/** A pressed button and the message that it claims to be in, which is still unchecked. */
export type Pressed = { readonly command: ButtonCommand; readonly origin: Origin | undefined }

/** The hidden data of a form: its command, and the conversation for private answers. */
export type Carried = { readonly command: FormCommand; readonly conversation?: string | undefined }

/** Encodes a button for its way through the platform. */
export const encodeButton = (command: ButtonCommand | TrialCommand, origin?: Origin): string =>
  JSON.stringify({ ...command, ...origin })

/** The pressed button; `undefined` for a button that no present version made. */
export const decodeButton = (payload: unknown): Pressed | undefined => {
  const command = parsed(ButtonPayload, payload)
  return command && { command, origin: parsed(OriginPayload, payload) }
}

/** The trial that a pressed button answers; `undefined` for any other button. */
export const decodeTrial = (payload: unknown): string | undefined => parsed(TrialPayload, payload)?.trial

/** Encodes a form for its way through the platform. */
export const encodeForm = ({ command, conversation }: Carried): string => JSON.stringify({ ...command, conversation })

/** The form's data; `undefined` for a form that no present version made. */
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

/** The key of a form field. With another `scope` its options differ, so an earlier choice does not count. */
export type FieldKey = { readonly name: FieldName; readonly scope?: string | undefined }

/** A field's key as one word, unique in its form. */
export const encodeField = ({ name, scope }: { name: string; scope?: string | undefined }): string =>
  scope === undefined ? name : `${name}:${scope}`

/** The field of that word; `undefined` for one that no present form has. */
export const decodeField = (word: string): FieldKey | undefined => {
  const [before = '', ...rest] = word.split(':')
  const name = fieldNames.find((each) => each === before)
  return name && { name, ...(rest.length > 0 && { scope: rest.join(':') }) }
}

/**
 * The kind of a used element, told by its id. A `page` needs no answer, because the browser opens it. Other fields
 * depend on a `field`. All others are buttons.
 */
export type ElementKind = 'page' | 'field' | 'button'

/**
 * The id of an element. A button's id is for logs only: its payload has the command. Pages side by side are numbered,
 * because ids are unique among the buttons of a row.
 */
export const elementId = {
  page: (position: number): string => (position === 0 ? 'page' : `page-${position}`),
  field: 'field',
  button: ({ do: verb }: ButtonCommand | TrialCommand): string => verb,
} as const

/** The kind of the element with this id. */
export const elementKind = (id: string): ElementKind => {
  if (/^page(-\d+)?$/.test(id)) return 'page'
  return id === elementId.field ? 'field' : 'button'
}
