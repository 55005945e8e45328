import { z } from 'zod'
import { Actions, Command, Interaction, ViewPayload } from './payload.ts'

/** Every kind of delivery, with the fields that we or the chat library read; others are ignored. */
const Delivery = z.union([
  Command.extend({ command: z.string().startsWith('/') }),
  z.discriminatedUnion('type', [
    Interaction.extend({
      type: z.literal('block_actions'),
      actions: Actions.min(1),
    }),
    Interaction.extend({ type: z.literal('block_suggestion'), action_id: z.string(), block_id: z.string() }),
    Interaction.extend({ type: z.enum(['view_submission', 'view_closed']), view: ViewPayload }),
    Interaction.extend({ type: z.enum(['shortcut', 'message_action']), callback_id: z.string() }),
    z.object({ type: z.literal('event_callback'), event: z.object({ type: z.string() }) }),
  ]),
])

/** A body of one of these kinds, complete and unchanged. */
export type Delivered = Readonly<Record<string, unknown>>

/** Whether a body has the shape of a delivery. */
export const isDelivery = (body: unknown): body is Delivered => Delivery.safeParse(body).success

/** The content of a body: a form, JSON in a form, or JSON; otherwise `undefined`. */
export const parsed = (body: string, contentType: string | undefined): unknown => {
  try {
    if (!contentType?.startsWith('application/x-www-form-urlencoded')) return JSON.parse(body)
    const fields = Object.fromEntries(new URLSearchParams(body))
    return fields.payload === undefined ? fields : JSON.parse(fields.payload)
  } catch {
    return undefined
  }
}

/** Slack's test of our certificate only wants an answer. */
export const isCertificateCheck = (body: unknown): boolean =>
  z.object({ ssl_check: z.literal('1') }).safeParse(body).success

/** The text with which Slack tests the address for events, to be sent back; otherwise `undefined`. */
export const challengeIn = (body: unknown): string | undefined =>
  z.object({ type: z.literal('url_verification'), challenge: z.string().max(1000) }).safeParse(body).data?.challenge

/** A query for menu entries changes nothing, and the same query twice in a second has the same signature. */
export const isMenuQuery = ({ type }: Delivered): boolean => type === 'block_suggestion'
