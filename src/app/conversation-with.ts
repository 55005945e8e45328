import type { Recipient } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import { type ChatPlatform, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

/** The person's conversation reference, for a platform that needs it. */
export const conversationWith = async (
  { store }: Pick<Deps, 'store'>,
  platform: ChatPlatform,
  recipient: Recipient,
): Promise<ConversationReference | undefined> => {
  if (!platform.needsConversation || recipient.to !== 'person') return undefined
  const conversation = await store.conversation(recipient.identity)
  if (conversation === undefined) {
    throw new ExternalError('app-missing', 'the person has never written to Latchkey', { transient: false })
  }
  return conversation
}
