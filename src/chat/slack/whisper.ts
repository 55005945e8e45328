import type { RespondFn } from '@slack/bolt'
import { ExternalError } from '../../ports.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Clients } from './clients.ts'
import type { SlackContext } from './context.ts'
import { calling } from './errors.ts'
import { toMessage } from './render.ts'

/** Answers one person beside the press or command. */
export const answerBeside = async (context: SlackContext, respond: RespondFn, view: MessageView): Promise<void> => {
  const message = { ...toMessage(view, context.tenant()), response_type: 'ephemeral', replace_original: false } as const
  await calling('response_url', () => respond(message))
}

/** Tells one person alone: at the place of the action if known, else in the conversation with the bot. */
export const whisper = async (
  { clients: { hasty }, tenant }: SlackContext,
  { conversation, user }: { readonly conversation: string | undefined; readonly user: string },
  view: MessageView,
): Promise<void> => {
  const message = { ...toMessage(view, tenant()), unfurl_links: false, unfurl_media: false }
  if (conversation !== undefined) {
    try {
      await calling('chat.postEphemeral', () => hasty.chat.postEphemeral({ ...message, channel: conversation, user }))
      return
    } catch (error) {
      // The person may have left the channel meanwhile.
      if (!(error instanceof ExternalError) || error.transient) throw error
    }
  }
  const channel = await directConversation(hasty, user)
  await calling('chat.postMessage', () => hasty.chat.postMessage({ ...message, channel }))
}

/** The id of the bot's conversation with a person. */
export const directConversation = async (client: Clients['hasty'], user: string): Promise<string> => {
  const { channel } = await calling('conversations.open', () => client.conversations.open({ users: user }))
  if (!channel?.id) throw new Error('Slack opened a conversation without an id')
  return channel.id
}
