import { z } from 'zod'
import { limits } from './limits.ts'

/**
 * The part of Adaptive Cards 1.5 that we send. It is strict: what is not listed here is not sent, and the cards of the
 * whole product are tested against it. No published package brings a schema that notices unknown properties.
 */

const text = z.string().min(1)
const spacing = z.enum(['none', 'small', 'medium', 'large']).exactOptional()
const size = z.enum(['small', 'medium', 'large']).exactOptional()
const color = z.enum(['attention', 'good', 'warning']).exactOptional()
const look = {
  size,
  color,
  weight: z.literal('bolder').exactOptional(),
  isSubtle: z.literal(true).exactOptional(),
}

/** Markdown and times are read here, so no text of a person comes in, unless it is free of both. */
const TextBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text,
  wrap: z.literal(true),
  style: z.literal('heading').exactOptional(),
  ...look,
  spacing,
})

/** A run of literal characters. */
const TextRun = z.strictObject({
  type: z.literal('TextRun'),
  text,
  fontType: z.literal('monospace').exactOptional(),
  ...look,
})

const RichTextBlock = z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(TextRun).min(1), spacing })

/** `press`: a button; `msteams` asks for a dialog as the answer. */
const PressData = z.strictObject({
  press: text.max(4000),
  msteams: z.strictObject({ type: z.literal('task/fetch') }).exactOptional(),
})

/** The values of the fields as rendered; those of a multiple choice are joined by commas, as Teams returns them. */
const Shown = z.record(text, z.string())

/** The message to show again. */
const BackData = z.union([z.strictObject({ card: text }), z.strictObject({ list: text })])

/**
 * A form: `act` is what its button does, `asked` the ids of its inputs, `shown` the fields on which others depend, and
 * `noted` marks of its notes. `seal` tells that a form in the place of a message is ours.
 */
const FormData = z.strictObject({
  form: text.max(4000),
  act: z.enum(['send', 'update']),
  asked: z.array(text),
  shown: Shown.exactOptional(),
  noted: z.array(z.string().max(20)).exactOptional(),
  /** For a form in the place of a message. */
  back: BackData.exactOptional(),
  seal: text.max(100).exactOptional(),
})

const Data = z.union([PressData, FormData, BackData])

const button = {
  title: text.max(limits.button),
  style: z.enum(['positive', 'destructive']).exactOptional(),
  tooltip: text.max(limits.tooltip).exactOptional(),
}

const Submit = z.strictObject({
  type: z.literal('Action.Submit'),
  ...button,
  data: Data,
  associatedInputs: z.literal('none').exactOptional(),
})

const Execute = z.strictObject({
  type: z.literal('Action.Execute'),
  ...button,
  verb: z.enum(['press', 'form', 'refresh']),
  data: Data,
  associatedInputs: z.literal('none').exactOptional(),
  fallback: Submit.exactOptional(),
})

const OpenUrl = z.strictObject({ type: z.literal('Action.OpenUrl'), ...button, url: z.url({ protocol: /^https?$/ }) })

const Action = z.discriminatedUnion('type', [Submit, Execute, OpenUrl])
const Actions = z.array(Action).min(1).max(limits.actionsInRow)
const ActionSet = z.strictObject({ type: z.literal('ActionSet'), actions: Actions, spacing })

const input = { id: text, label: text, spacing }

const InputText = z.strictObject({
  type: z.literal('Input.Text'),
  ...input,
  isMultiline: z.boolean().exactOptional(),
  maxLength: z.int().positive().exactOptional(),
  value: z.string().exactOptional(),
  placeholder: text.exactOptional(),
})

const Choice = z.strictObject({ title: text, value: text.regex(/^[^,]+$/) })

const InputChoiceSet = z.strictObject({
  type: z.literal('Input.ChoiceSet'),
  ...input,
  style: z.enum(['compact', 'filtered']),
  isMultiSelect: z.literal(true).exactOptional(),
  choices: z.array(Choice).min(1).max(limits.options),
  /** Where Teams asks for entries while a person types. Teams reads it in cards of 1.5 too. */
  'choices.data': z.strictObject({ type: z.literal('Data.Query'), dataset: text }).exactOptional(),
  value: z.string().exactOptional(),
  placeholder: text.exactOptional(),
})

const Leaf = z.discriminatedUnion('type', [TextBlock, RichTextBlock])

const Container = z.strictObject({
  type: z.literal('Container'),
  items: z.array(Leaf).min(1),
  style: z.literal('emphasis').exactOptional(),
  separator: z.literal(true).exactOptional(),
  spacing,
})

const Element = z.discriminatedUnion('type', [
  TextBlock,
  RichTextBlock,
  Container,
  ActionSet,
  InputText,
  InputChoiceSet,
])

/** A whole card. `refresh` without people is never automatic: the person asks for it in the menu of the message. */
export const AdaptiveCard = z.strictObject({
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.5'),
  fallbackText: text,
  msteams: z.strictObject({ width: z.literal('Full') }),
  refresh: z
    .strictObject({
      action: z.strictObject({
        type: z.literal('Action.Execute'),
        title: text,
        verb: z.literal('refresh'),
        data: BackData,
      }),
      userIds: z.array(z.string()).max(0),
    })
    .exactOptional(),
  body: z.array(Element).min(1),
  actions: Actions.exactOptional(),
})

export type AdaptiveCard = z.infer<typeof AdaptiveCard>
export type Element = z.infer<typeof Element>
/** An element that only shows text. */
export type TextElement = z.infer<typeof Leaf>
export type TextRun = z.infer<typeof TextRun>
export type CardAction = z.infer<typeof Action>
export type CardInput = z.infer<typeof InputText> | z.infer<typeof InputChoiceSet>
export type Choice = z.infer<typeof Choice>
export type PressData = z.infer<typeof PressData>
export type FormData = z.infer<typeof FormData>
export type BackData = z.infer<typeof BackData>
