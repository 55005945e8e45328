import type { Identity } from './card.ts'

/**
 * The platform's address of a person's direct conversation. A platform that cannot open conversations gets one with
 * each action of the person. It opens nothing by itself, so it is no credential.
 */
export type ConversationReference = string

/** What the store remembers about direct conversations. */
export interface ConversationMemory {
  /** The person's newest reference; undefined before the first. */
  conversation(of: Identity): Promise<ConversationReference | undefined>
  /**
   * Stores the newest reference. The person's permanently refused messages become due, because whoever writes to us can
   * be reached. Returns whether anything changed.
   */
  saveConversation(of: Identity, reference: ConversationReference): Promise<boolean>
}
