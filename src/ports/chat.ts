import type { Identity, MessageRef, Reach, Recipient } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import type { Channel, Platform } from '../domain/platform.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { MessageView } from '../views/view-model.ts'

/** Outbound chat. Inbound, each platform hands what people do to `chat/conversation/inbound.ts`. */
export interface ChatPlatform {
  readonly name: Platform
  /**
   * Posts a new message; at least once. A recipient refused for good is an `ExternalError` with its `UnreachableReason`.
   * `conversation` is where the person is reached; it comes only where `needsConversation`.
   */
  post(to: Recipient, view: MessageView, conversation?: ConversationReference): Promise<MessageRef>
  /** A person is written to only where they did something before, which is kept for it. */
  readonly needsConversation?: boolean
  /** Replaces a message; a message that is gone is an `ExternalError` with the code `message-gone`. */
  update(message: MessageRef, view: MessageView): Promise<void>
  /** Who reads along in a channel; absent where the platform does not tell. */
  readonly reach?: (channel: Channel['id']) => Promise<Reach>
  /** Whether the platform still admits this identity (no guest, bot, stranger, deactivated account). */
  admits(identity: Identity): Promise<Outcome<void>>
}
