import { z } from 'zod'
import type { JsonObject } from '../common/json.ts'
import { checkedCard, mostMessageBytes } from './card-rules.ts'
import { cardType } from './cards.ts'
import { badSyntax, refusal } from './connector-error.ts'
import type { TeamsMessage } from './messages.ts'

const account = z.looseObject({ id: z.string().optional(), name: z.string().optional() })

/** What a bot may send. An unknown property is refused: it would do nothing. */
const outgoing = z.strictObject({
  type: z.enum(['message', 'typing']),
  id: z.string().optional(),
  text: z.string().optional(),
  textFormat: z.enum(['markdown', 'plain']).optional(),
  summary: z.string().optional(),
  attachments: z
    .array(z.strictObject({ contentType: z.literal(cardType), content: z.unknown(), name: z.string().optional() }))
    .max(10)
    .optional(),
  attachmentLayout: z.enum(['list', 'carousel']).optional(),
  replyToId: z.string().optional(),
  from: account.optional(),
  recipient: account.optional(),
  conversation: account.optional(),
  channelId: z.literal('msteams').optional(),
  serviceUrl: z.string().optional(),
  channelData: z.looseObject({}).optional(),
  entities: z.array(z.looseObject({ type: z.string() })).optional(),
  importance: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
  inputHint: z.string().optional(),
  locale: z.string().optional(),
  timestamp: z.string().optional(),
})

export type Content = Pick<TeamsMessage, 'text' | 'textFormat' | 'summary' | 'cards'> & {
  isTyping: boolean
  replyToId: string | undefined
}

/** The sendable content of a body; throws the service's refusal. */
export function contentOf(body: JsonObject): Content {
  // Counted as UTF-16 (page `format-your-bot-messages`).
  if (JSON.stringify(body).length * 2 > mostMessageBytes) throw refusal('MessageSizeTooBig', 'Message size too large')
  const parsed = outgoing.safeParse(body)
  if (!parsed.success) throw badSyntax(z.prettifyError(parsed.error))
  const { type, text = '', textFormat = 'markdown', summary, attachments = [], replyToId } = parsed.data
  const cards = attachments.map(({ content }) => {
    try {
      return checkedCard(content, 'message')
    } catch (error) {
      throw badSyntax(error instanceof Error ? error.message : String(error))
    }
  })
  const isTyping = type === 'typing'
  if (!isTyping && text === '' && cards.length === 0) throw badSyntax('a message has a text or a card')
  return { text, textFormat, summary, cards, isTyping, replyToId }
}

export const newConversation = z.strictObject({
  bot: account.optional(),
  isGroup: z.boolean().optional(),
  members: z.array(account).max(1).optional(),
  tenantId: z.string().optional(),
  channelData: z
    .looseObject({
      tenant: z.looseObject({ id: z.string() }).optional(),
      channel: z.looseObject({ id: z.string() }).optional(),
    })
    .optional(),
  activity: z.looseObject({}).optional(),
  topicName: z.string().optional(),
})
