import { z } from 'zod'

// Limits in this file come from the doc comments of @slack/types (composition-objects.d.ts).

/** A `plain_text` object of 1..`max` characters. */
export const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() })

/** A `mrkdwn` object of 1..`max` characters. */
export const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() })

/** Either text object of 1..`max` characters. */
export const anyText = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)])

/** A web address in a button, link or image: absolute, at most 3000 characters. */
export const webAddress = z
  .string()
  .max(3000)
  .regex(/^[a-z][a-z0-9+.-]*:/i, 'must be a valid URL')

/** A `block_id`, `action_id` or `callback_id`. */
export const identifier = z.string().min(1).max(255)

/** The dialog that asks "are you sure" before an action is sent. */
export const confirmDialog = z.strictObject({
  title: plainText(100).optional(),
  text: anyText(300),
  confirm: plainText(30).optional(),
  deny: plainText(30).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})

const optionOf = <Text extends z.ZodType>(text: Text) =>
  z.strictObject({ text, value: z.string().min(1).max(75), description: plainText(75).optional() })

/** An option of a select menu: plain text only, text, value and description of at most 75 characters. */
export const menuOption = optionOf(plainText(75))

/** An option of checkboxes or radio buttons, where mrkdwn is allowed too. */
export const choiceOption = z.strictObject({
  text: anyText(75),
  value: z.string().min(1).max(75),
  description: anyText(75).optional(),
})

/** A titled group of at most 100 options. */
export const optionGroup = z.strictObject({ label: plainText(75), options: z.array(menuOption).min(1).max(100) })

/** Plain text or mrkdwn. */
export type TextObject = z.infer<ReturnType<typeof anyText>>
/** Anything that can be chosen. */
export type MenuOption = z.infer<typeof choiceOption>
