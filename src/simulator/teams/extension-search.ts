import { z } from 'zod'
import { checkedCard } from './card-rules.ts'
import { type AdaptiveCard, cardType } from './cards.ts'
import { type Answer, type Client, invoke, ownConversation, settle } from './client.ts'
import { UnusableAnswer } from './invoke-answers.ts'
import { cardText } from './visible-text.ts'

/** One result of a search command: the line of the list, and the card that a choice would put into the message box. */
export type SearchResult = { title: string; text: string; card: AdaptiveCard | undefined }

/** The result of a search command. `words` replace the list. */
export type SearchAnswer = Answer & { results: SearchResult[]; words: string }

const preview = z.looseObject({
  contentType: z.string(),
  content: z.looseObject({
    title: z.string().optional(),
    text: z.string().optional(),
    subtitle: z.string().optional(),
  }),
})
const answerSchema = z.strictObject({
  composeExtension: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('result'),
      attachmentLayout: z.enum(['list', 'grid']),
      attachments: z.array(
        z.strictObject({ contentType: z.string(), content: z.unknown(), preview: preview.optional() }),
      ),
    }),
    z.strictObject({ type: z.literal('message'), text: z.string().min(1) }),
  ]),
})

/** Types into a search command of the message extension (`composeExtension/query`); nothing typed is its first run. */
export async function searchExtension(
  client: Client,
  command: string,
  text: string,
  options: { conversation: string; parameter: string },
): Promise<SearchAnswer> {
  const conversation = ownConversation(client, options.conversation)
  const parameter = text === '' ? { name: 'initialRun', value: 'true' } : { name: options.parameter, value: text }
  const value = { commandId: command, parameters: [parameter], queryOptions: { skip: 0, count: 25 } }
  const ack = await invoke(client, { conversation }, 'composeExtension/query', value)
  const found: { results: SearchResult[]; words: string } = { results: [], words: '' }
  const apply = () => {
    const parsed = answerSchema.safeParse(ack.json)
    if (!parsed.success) throw new UnusableAnswer(z.prettifyError(parsed.error))
    const { composeExtension } = parsed.data
    if (composeExtension.type === 'message') found.words = composeExtension.text
    else found.results = composeExtension.attachments.map(resultOf)
  }
  const answer = settle(ack, apply, (line) => {
    found.words = line
  })
  return { ...answer, ...found }
}

type Attachment = { contentType: string; content?: unknown; preview?: z.infer<typeof preview> | undefined }

function resultOf({ contentType, content, preview: shown }: Attachment): SearchResult {
  // A card needs a preview for the list (Microsoft's page on responding to a search command).
  if (contentType === cardType && shown === undefined) throw new UnusableAnswer('a card needs a preview')
  const card = contentType === cardType ? checkedCard(content, 'message') : undefined
  const { title = '', subtitle = '', text = '' } = shown?.content ?? {}
  const words = [title, subtitle, text].filter((part) => part !== '').join('\n')
  return { title, text: words || (card === undefined ? '' : cardText(card)), card }
}
