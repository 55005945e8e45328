import type { Identity } from './card.ts'

/**
 * Where a platform reaches a person's direct conversation, in its own words. A platform that cannot open a conversation
 * gets one with each thing that the person does. It opens nothing by itself, so it is no credential.
 */
export type ConversationReference = string

/** What is remembered of direct conversations: a part of the store. */
export interface ConversationMemory {
  /** The person's newest reference; undefined while none has come. */
  conversation(of: Identity): Promise<ConversationReference | undefined>
  /**
   * Keeps the newest reference. Messages to the person that were refused for good are due at once, as somebody who
   * writes to us can be written to. Says whether anything changed.
   */
  saveConversation(of: Identity, reference: ConversationReference): Promise<boolean>
}
