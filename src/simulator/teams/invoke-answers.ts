import { z } from 'zod'
import { isObject } from '../common/json.ts'
import { checkedCard } from './card-rules.ts'
import { type AdaptiveCard, type Choice, cardType } from './cards.ts'
import type { Acknowledgement } from './delivery.ts'

/** What a bot answers to `adaptiveCard/action` (page `work-with-universal-actions`). */
export type ExecuteAnswer = { kind: 'words'; text: string } | { kind: 'card'; card: AdaptiveCard }

/** What a bot answers to an invoke of a dialog. */
export type DialogAnswer =
  | { kind: 'dialog'; title: string; card: AdaptiveCard; width: unknown; height: unknown }
  | { kind: 'words'; text: string }
  | { kind: 'nothing' }

const size = z.union([z.enum(['small', 'medium', 'large']), z.number().positive()])
const continued = z.strictObject({
  type: z.literal('continue'),
  value: z.strictObject({
    title: z.string().min(1),
    card: z.strictObject({ contentType: z.literal(cardType), content: z.unknown() }),
    width: size.optional(),
    height: size.optional(),
  }),
})
const said = z.strictObject({ type: z.literal('message'), value: z.string().min(1) })
const dialogAnswer = z.strictObject({ task: z.discriminatedUnion('type', [continued, said]) })

const executeAnswer = z.discriminatedUnion('type', [
  z.strictObject({
    statusCode: z.literal(200),
    type: z.literal('application/vnd.microsoft.activity.message'),
    value: z.string().min(1),
  }),
  z.strictObject({ statusCode: z.literal(200), type: z.literal(cardType), value: z.unknown() }),
])
const refused = z.object({ statusCode: z.number().min(400), type: z.literal('application/vnd.microsoft.error') })

const searchAnswer = z.strictObject({
  statusCode: z.literal(200).optional(),
  type: z.literal('application/vnd.microsoft.search.searchResponse'),
  value: z.strictObject({ results: z.array(z.strictObject({ title: z.string().min(1), value: z.string().min(1) })) }),
})

/** An answer that the client cannot use; the message is for the test's author. */
export class UnusableAnswer extends Error {}

const read = <T>(schema: z.ZodType<T>, { json, body }: Acknowledgement): T => {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new UnusableAnswer(`the bot's answer is not usable: ${z.prettifyError(parsed.error)}: ${body.slice(0, 500)}`)
}

const usableCard = (json: unknown, place: 'message' | 'dialog'): AdaptiveCard => {
  try {
    return checkedCard(json, place)
  } catch (error) {
    throw new UnusableAnswer(error instanceof Error ? error.message : String(error))
  }
}

/** Reads the answer to an Execute; throws an `UnusableAnswer`. */
export function readExecuteAnswer(ack: Acknowledgement): ExecuteAnswer {
  if (refused.safeParse(ack.json).success) throw new UnusableAnswer('the bot refused the action')
  const { type, value } = read(executeAnswer, ack)
  if (type === cardType) return { kind: 'card', card: usableCard(value, 'message') }
  return { kind: 'words', text: String(value) }
}

/** Reads the answer to a fetch or a submission. An empty one closes the dialog of a submission. */
export function readDialogAnswer(ack: Acknowledgement, mayBeEmpty: boolean): DialogAnswer {
  const isEmpty = ack.body.trim() === '' || (isObject(ack.json) && Object.keys(ack.json).length === 0)
  if (isEmpty && mayBeEmpty) return { kind: 'nothing' }
  const { task } = read(dialogAnswer, ack)
  if (task.type === 'message') return { kind: 'words', text: task.value }
  const { title, card, width, height } = task.value
  return { kind: 'dialog', title, card: usableCard(card.content, 'dialog'), width, height }
}

/** The offered entries; a client shows fifteen (page `dynamic-search`). */
export const readSearchAnswer = (ack: Acknowledgement): Choice[] => read(searchAnswer, ack).value.results.slice(0, 15)
