import { z } from 'zod'

/**
 * The elements and actions that this simulator plays, with their own properties only: children are checked by
 * `card-rules.ts`. Source: the Adaptive Cards schema 1.5, and the choices' query of Teams (page `dynamic-search`). An unknown
 * property is refused, although clients ignore it: it would do nothing.
 */
const common = {
  id: z.string().min(1).optional(),
  isVisible: z.boolean().optional(),
  separator: z.boolean().optional(),
  spacing: z
    .enum([
      'none',
      'small',
      'default',
      'medium',
      'large',
      'extraLarge',
      'padding',
      'Small',
      'Medium',
      'Large',
      'None',
      'Default',
      'ExtraLarge',
      'Padding',
    ])
    .optional(),
  height: z.enum(['auto', 'stretch']).optional(),
  fallback: z.literal('drop').optional(),
  requires: z.record(z.string(), z.string()).optional(),
}
const align = z.enum(['left', 'center', 'right', 'Left', 'Center', 'Right'])
const letters = {
  color: z
    .enum([
      'default',
      'dark',
      'light',
      'accent',
      'good',
      'warning',
      'attention',
      'Default',
      'Dark',
      'Light',
      'Accent',
      'Good',
      'Warning',
      'Attention',
    ])
    .optional(),
  fontType: z.enum(['default', 'monospace', 'Default', 'Monospace']).optional(),
  isSubtle: z.boolean().optional(),
  size: z
    .enum(['default', 'small', 'medium', 'large', 'extraLarge', 'Default', 'Small', 'Medium', 'Large', 'ExtraLarge'])
    .optional(),
  weight: z.enum(['default', 'lighter', 'bolder', 'Default', 'Lighter', 'Bolder']).optional(),
}
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  ...letters,
  highlight: z.boolean().optional(),
  italic: z.boolean().optional(),
  strikethrough: z.boolean().optional(),
  underline: z.boolean().optional(),
})
const input = {
  ...common,
  id: z.string().min(1),
  // An input without a label is refused by adaptivecards 3.0.6 when it is required.
  label: z.string().min(1).optional(),
  isRequired: z.boolean().optional(),
  errorMessage: z.string().min(1).optional(),
}
const needsWords = (value: {
  isRequired?: boolean | undefined
  label?: string | undefined
  errorMessage?: string | undefined
}) => value.isRequired !== true || (value.label !== undefined && value.errorMessage !== undefined)
const words = 'a required input needs label and errorMessage'
const choice = z.strictObject({ title: z.string().min(1), value: z.string().min(1) })
const query = z.strictObject({
  type: z.literal('Data.Query'),
  dataset: z.string().min(1),
  associatedInputs: z.enum(['auto', 'none']).optional(),
})
const box = {
  style: z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent']).optional(),
  bleed: z.boolean().optional(),
  minHeight: z.string().optional(),
  verticalContentAlignment: z.enum(['top', 'center', 'bottom', 'Top', 'Center', 'Bottom']).optional(),
}

export const elementSchemas: Readonly<Record<string, z.ZodType>> = {
  TextBlock: z.strictObject({
    type: z.literal('TextBlock'),
    ...common,
    ...letters,
    text: z.string().min(1),
    horizontalAlignment: align.optional(),
    maxLines: z.int().optional(),
    style: z.enum(['default', 'heading', 'columnHeader']).optional(),
    wrap: z.boolean().optional(),
  }),
  RichTextBlock: z.strictObject({
    type: z.literal('RichTextBlock'),
    ...common,
    horizontalAlignment: align.optional(),
    inlines: z.array(z.union([z.string(), textRun])).min(1),
  }),
  FactSet: z.strictObject({
    type: z.literal('FactSet'),
    ...common,
    facts: z.array(z.strictObject({ title: z.string(), value: z.string() })).min(1),
  }),
  Image: z.strictObject({
    type: z.literal('Image'),
    ...common,
    url: z.string().regex(/^(https:|data:image\/)/),
    altText: z.string().min(1),
    size: z.enum(['auto', 'stretch', 'small', 'medium', 'large']).optional(),
    style: z.enum(['default', 'person']).optional(),
    width: z.string().optional(),
  }),
  Container: z.strictObject({ type: z.literal('Container'), ...common, ...box, items: z.array(z.unknown()).min(1) }),
  ColumnSet: z.strictObject({ type: z.literal('ColumnSet'), ...common, ...box, columns: z.array(z.unknown()).min(1) }),
  Column: z.strictObject({
    type: z.literal('Column'),
    ...common,
    ...box,
    items: z.array(z.unknown()),
    width: z.union([z.string(), z.number()]).optional(),
  }),
  ActionSet: z.strictObject({
    type: z.literal('ActionSet'),
    ...common,
    actions: z.array(z.unknown()).min(1),
    horizontalAlignment: align.optional(),
  }),
  'Input.Text': z
    .strictObject({
      type: z.literal('Input.Text'),
      ...input,
      value: z.string().optional(),
      placeholder: z.string().optional(),
      isMultiline: z.boolean().optional(),
      maxLength: z.int().min(1).optional(),
      regex: z.string().optional(),
      style: z.enum(['text', 'tel', 'url', 'email', 'password']).optional(),
    })
    .refine(needsWords, words),
  'Input.ChoiceSet': z
    .strictObject({
      type: z.literal('Input.ChoiceSet'),
      ...input,
      // Without any adaptivecards 3.0.6 refuses the card, and clients without typeahead offer nothing.
      choices: z.array(choice).min(1, 'some static choices are needed'),
      'choices.data': query.optional(),
      isMultiSelect: z.boolean().optional(),
      style: z.enum(['compact', 'expanded', 'filtered']).optional(),
      value: z.string().optional(),
      placeholder: z.string().optional(),
      wrap: z.boolean().optional(),
    })
    .refine(needsWords, words)
    .refine(
      (each) => each['choices.data'] === undefined || each.style === 'filtered',
      'choices.data needs style filtered',
    )
    .refine(
      (each) => each.choices.every(({ value }) => !(each.isMultiSelect && value.includes(','))),
      'a comma separates the values of several choices, so no value may have one',
    )
    .refine((each) => isAmong(each.value, each), 'value is not among the choices'),
  'Input.Toggle': z
    .strictObject({
      type: z.literal('Input.Toggle'),
      ...input,
      title: z.string(),
      value: z.string().optional(),
      valueOn: z.string().optional(),
      valueOff: z.string().optional(),
      wrap: z.boolean().optional(),
    })
    .refine(needsWords, words),
  'Input.Number': z
    .strictObject({
      type: z.literal('Input.Number'),
      ...input,
      value: z.number().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      placeholder: z.string().optional(),
    })
    .refine(needsWords, words),
}

/** Whether the chosen values exist; the library does not report it, and shows nothing on screen. */
function isAmong(
  value: string | undefined,
  { choices, isMultiSelect }: { choices: { value: string }[]; isMultiSelect?: boolean | undefined },
): boolean {
  if (value === undefined || value === '') return true
  const chosen = isMultiSelect ? value.split(',') : [value]
  return chosen.every((each) => choices.some((offered) => offered.value === each))
}

const action = {
  id: z.string().optional(),
  title: z.string().min(1),
  tooltip: z.string().optional(),
  style: z.enum(['default', 'positive', 'destructive']).optional(),
  mode: z.enum(['primary', 'secondary']).optional(),
  isEnabled: z.boolean().optional(),
  role: z.string().optional(),
  iconUrl: z.string().optional(),
}
/** What `msteams` in an action's data can ask for here: a dialog, or the installation (page `create-task-module`). */
const submitData = z.looseObject({
  msteams: z
    .union([z.strictObject({ type: z.literal('task/fetch') }), z.strictObject({ justInTimeInstall: z.literal(true) })])
    .optional(),
})

export const actionSchemas: Readonly<Record<string, z.ZodType>> = {
  'Action.Submit': z.strictObject({
    type: z.literal('Action.Submit'),
    ...action,
    data: submitData.optional(),
    associatedInputs: z.enum(['auto', 'none']).optional(),
  }),
  'Action.Execute': z.strictObject({
    type: z.literal('Action.Execute'),
    ...action,
    title: z.string().min(1).optional(),
    // A bot cannot tell an Execute without a verb from another one; adaptivecards 3.0.6 does not report it.
    verb: z.string().min(1),
    data: z.looseObject({}).optional(),
    associatedInputs: z.enum(['auto', 'none']).optional(),
    fallback: z.union([z.literal('drop'), z.looseObject({})]).optional(),
  }),
  'Action.OpenUrl': z.strictObject({
    type: z.literal('Action.OpenUrl'),
    ...action,
    url: z.string().regex(/^https?:\/\//, 'a link begins with https:'),
  }),
}
