import type { Identity } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import type { Deps } from './deps.ts'

/**
 * Stores how a platform reaches a person, as reported with the person's action. Messages that waited for it are sent
 * now.
 */
export const keepConversation =
  ({ store, nudge }: Pick<Deps, 'store' | 'nudge'>) =>
  async (of: Identity, reference: ConversationReference): Promise<void> => {
    if (await store.saveConversation(of, reference)) nudge()
  }
