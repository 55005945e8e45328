import type { Identity, MessageRef, Reach, Recipient } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import type { Channel, Platform } from '../domain/platform.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { HomeView, MessageView } from '../views/view-model.ts'

/** Outbound chat. For inbound, each platform calls `chat/conversation/inbound.ts`. */
export interface ChatPlatform {
  readonly name: Platform
  /**
   * Posts a new message at least once. A permanently refused recipient is an `ExternalError` with its
   * `UnreachableReason`. `conversation` is the person's reference, given only with `needsConversation`.
   */
  post(to: Recipient, view: MessageView, conversation?: ConversationReference): Promise<MessageRef>
  /** Whether the platform reaches a person only through a reference that an earlier action left. */
  readonly needsConversation?: boolean
  /**
   * Replaces a message. A missing message is an `ExternalError` with the code `message-gone`. `conversation` is the
   * reference of the person to whom it was posted, as in `post`.
   */
  update(message: MessageRef, view: MessageView, conversation?: ConversationReference): Promise<void>
  /** Who reads along in a channel; absent where the platform does not say. */
  readonly reach?: (channel: Channel['id']) => Promise<Reach>
  /** The page that the platform shows to each person alone, where it has such pages. */
  readonly home?: Home
  /** How people ask by typing, where the platform has no homes. */
  readonly typing?: Pick<Home, 'command' | 'shortcut'>
  /** Whether the platform admits this identity now (no guest, bot, stranger or deactivated account). */
  admits(identity: Identity): Promise<Outcome<void>>
}

/** A person's own page at a platform, and what its help must say. */
export type Home = {
  /** The command that people type before their words. */
  readonly command: string
  /** A sentence on how the request form opens without the command. */
  readonly shortcut?: string
  /** Replaces the page. */
  show(identity: Identity, view: HomeView): Promise<void>
}

/** Where people request in a chat: its name, the command that they type, and the address of our app there, once known. */
export type Entrance = { readonly title: string; readonly command: string; readonly url?: string | undefined }
