import type { Identity } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import type { Deps } from './deps.ts'

/** Keeps where a platform reaches somebody, as it said with what they did; what they could not be told goes out now. */
export const keepConversation =
  ({ store, nudge }: Pick<Deps, 'store' | 'nudge'>) =>
  async (of: Identity, reference: ConversationReference): Promise<void> => {
    if (await store.saveConversation(of, reference)) nudge()
  }
