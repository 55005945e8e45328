import type { RequestListener } from 'node:http'
import type { z } from 'zod'
import type { Log } from '../app/deps.ts'
import type { UseCases } from '../app/use-cases.ts'
import type { Identity, UnreachableReason } from '../domain/card.ts'
import type { ConversationReference } from '../domain/conversation-memory.ts'
import type { Platform } from '../domain/platform.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Finding } from '../findings.ts'
import type { Outbound } from '../outbound.ts'
import type { ChatPlatform, Clock, Directory, Entrance } from '../ports.ts'

/** What Latchkey must know about a chat platform. Everything else stays in the platform's folder. */
export type ChatKind = {
  /** The platform's name for people, such as `Slack`. */
  readonly title: string
  /** Its section of the configuration file. */
  readonly section: z.ZodType
  /** The meaning of the section (under '') and of each key, as the rest of a sentence. */
  readonly meanings: Readonly<Record<string, string>>
  /** The section in `latchkey config example`, with the variables for its secrets. */
  readonly example: string
  /** The id of a channel in the configuration; its error says what to write. */
  readonly channelId: z.ZodType<string>
  /** An account in the people file; its error says what to write. */
  readonly account: z.ZodType<Identity>
  /** Takes the parsed section. Makes no network call. */
  configure(section: unknown, secret: ReadSecret): ConfiguredChat
}

/** All chat platforms, by their key. */
export type ChatKinds = Readonly<Record<Platform, ChatKind>>

/**
 * Reads a secret of the environment. A missing one is empty and becomes a problem; `what` says what to set. `fault` says
 * what is wrong with a value, without repeating it.
 */
export type ReadSecret = (name: string, what: string, fault?: (value: string) => string | undefined) => Secret

/** A chat platform with the operator's settings. */
export type ConfiguredChat = {
  /** The platform's name for people. */
  readonly title: string
  /** In the form of the platform's own folder. */
  readonly settings: unknown
  /** Loads and builds the chat. It makes no call before its own `start`. */
  create(deps: ChatDeps): Promise<Chat>
  /** The examiner for `latchkey doctor`; undefined without the needed secrets. `conversationOf` reads the database. */
  examiner(way: typeof fetch, conversationOf?: ConversationOf): Promise<ChatExaminer | undefined>
}

/** The inputs of a chat platform. */
export type ChatDeps = {
  readonly outbound: WayOut
  readonly useCases: UseCases
  readonly directory: Pick<Directory, 'find' | 'members'>
  readonly clock: Clock
  readonly log: Log
  /** Draws the id of a newly opened form. */
  readonly newId: () => string
  /**
   * `true` when a signed delivery is seen for the first time; remembered for at least ten minutes, or until the given
   * moment.
   */
  readonly isFirstSight: (signature: string, until?: Timestamp) => Promise<boolean>
  /** How a person is reached, as their last action told; undefined before the first. */
  readonly conversationOf: ConversationOf
}

/** Finds how a person is reached, for a platform that cannot open conversations. */
export type ConversationOf = (identity: Identity) => Promise<ConversationReference | undefined>

/** The way to a chat, direct or through a proxy. The dispatcher is for connections other than fetch, such as WebSockets. */
export type WayOut = Pick<Outbound, 'fetch' | 'dispatcher'>

/** A built chat platform: outbound through the port, inbound through the use cases. */
export type Chat = {
  readonly platform: ChatPlatform
  /** The handler of HTTP deliveries, and its path on our server; absent without HTTP. */
  readonly inbound?: { readonly path: string; readonly listener: RequestListener }
  /** Where people request. */
  entrance(): Entrance
  /** Checks the platform and connects; throws what to repair. */
  start(): Promise<void>
  /** Takes no more deliveries, and waits for the running ones. */
  stop(): Promise<void>
  /** Whether deliveries can arrive. */
  isConnected(): boolean
  /** What to check when no press arrives, one sentence each; `baseUrl` is the address of our server for others. */
  readonly whenSilent?: (baseUrl: string) => readonly string[]
}

/** A platform's part of `latchkey doctor`. Throws when the platform cannot be asked. */
export type ChatExaminer = {
  /** Checks the app: its tokens, scopes and workspace. */
  app(): Promise<readonly Finding[]>
  /** Whether a channel accepts messages; undefined where the token may not check that. */
  channel(id: string): Promise<ChannelLook | undefined>
  /** Whether Latchkey serves this account. */
  serves(account: Identity): boolean
  /** Why an account gets no messages or is not admitted; undefined when all is well. */
  account(account: Identity): Promise<AccountFault | undefined>
  /** How the chat calls the person of an account; undefined for an account that does not exist. */
  nameOf(account: Identity): Promise<AccountName | undefined>
}
/** The full name of a person, and the short one that the chat uses. */
export type AccountName = { readonly name: string; readonly handle: string }
/** Why a channel accepts no messages, or its name. */
export type ChannelLook = { readonly fault: UnreachableReason } | { readonly name: string }
/** `no-member` is a guest, an app or a person of another organisation. */
export type AccountFault = UnreachableReason | 'no-member'

/** A kind of chat whose own functions know the type of its section. */
export const chatKind = <Section extends z.ZodType>(
  kind: Omit<ChatKind, 'section' | 'configure'> & {
    readonly section: Section
    configure(section: z.output<Section>, secret: ReadSecret): Omit<ConfiguredChat, 'title'>
  },
): ChatKind => ({
  ...kind,
  // The section always comes from its own schema.
  configure: (section, secret) => ({ title: kind.title, ...kind.configure(section as z.output<Section>, secret) }),
})
