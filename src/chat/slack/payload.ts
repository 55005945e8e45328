import { z } from 'zod'
import { decodeField } from '../conversation/codec.ts'
import type { FieldValues } from '../conversation/fields.ts'

/** The value of one form element. */
const Entered = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
})
type Entered = z.infer<typeof Entered>

const named = z.object({ id: z.string().min(1) })

/** A dialog, or the Home tab. */
export const ViewPayload = z.object({
  id: z.string(),
  type: z.string().optional(),
  hash: z.string().optional(),
  private_metadata: z.string().default(''),
  state: z
    .object({
      values: z.record(z.string(), z.record(z.string(), Entered)),
    })
    .optional(),
})

/** The used element: a button, or a field that reports at once. */
export const Actions = z.array(
  z.object({ action_id: z.string(), block_id: z.string().optional(), value: z.string().optional() }),
)

/** The common parts of a button, form, menu or shortcut delivery. */
export const Interaction = z.object({
  team: named.nullish(),
  enterprise: named.nullish(),
  user: named.extend({ team_id: z.string().optional() }),
  channel: named.nullish(),
  container: z
    .object({
      is_ephemeral: z.boolean().optional(),
      message_ts: z.string().optional(),
      channel_id: z.string().optional(),
    })
    .optional(),
  trigger_id: z.string().optional(),
  view: ViewPayload.optional(),
  actions: Actions.optional(),
  block_id: z.string().optional(),
  value: z.string().optional(),
})

/** A slash command. */
export const Command = z.object({
  team_id: z.string().min(1),
  enterprise_id: z.string().optional(),
  user_id: z.string().min(1),
  channel_id: z.string().optional(),
  trigger_id: z.string(),
  text: z.string().default(''),
})

export type Interaction = z.infer<typeof Interaction>
export type ViewPayload = z.infer<typeof ViewPayload>

/** The place where a person acted, the same for every kind of delivery. */
export type Origin = {
  readonly team: string | undefined
  readonly enterprise: string | undefined
  readonly user: string
  /** The workspace that the person is said to belong to. */
  readonly home: string | undefined
  readonly conversation: string | undefined
  readonly trigger: string
}

/** A button, a form, a menu or a shortcut. */
export const readInteraction = (body: unknown): Interaction & { readonly origin: Origin } => {
  const read = Interaction.parse(body)
  const origin = {
    team: read.team?.id,
    enterprise: read.enterprise?.id,
    user: read.user.id,
    home: read.user.team_id,
    conversation: read.channel?.id,
    trigger: read.trigger_id ?? '',
  }
  return { ...read, origin }
}

/** A slash command. */
export const readCommand = (body: unknown): { readonly text: string; readonly origin: Origin } => {
  const read = Command.parse(body)
  const origin = {
    team: read.team_id,
    enterprise: read.enterprise_id,
    user: read.user_id,
    home: undefined,
    conversation: read.channel_id,
    trigger: read.trigger_id,
  }
  return { text: read.text, origin }
}

/** The values of a form's fields. */
export const fieldsOf = (view: ViewPayload): FieldValues =>
  Object.entries(view.state?.values ?? {}).flatMap(([block, elements]) => {
    const field = decodeField(block)
    return field ? Object.values(elements).map((element) => ({ ...field, values: valuesOf(element) })) : []
  })

const valuesOf = ({ value, selected_option, selected_options }: Entered): readonly string[] => {
  if (selected_options) return selected_options.map((option) => option.value)
  const only = value ?? selected_option?.value
  return only === undefined ? [] : [only]
}
