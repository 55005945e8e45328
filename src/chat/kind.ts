import type { RequestListener } from 'node:http'
import type { z } from 'zod'
import type { Log } from '../app/deps.ts'
import type { UseCases } from '../app/use-cases.ts'
import type { Identity, UnreachableReason } from '../domain/card.ts'
import type { Platform } from '../domain/platform.ts'
import type { Secret } from '../domain/secret.ts'
import type { Finding } from '../findings.ts'
import type { Outbound } from '../outbound.ts'
import type { ChatPlatform, Clock, Directory } from '../ports.ts'

/** What Latchkey must know of a chat platform: everything else about it stays in its own folder. */
export type ChatKind = {
  /** As people call it, such as `Slack`. */
  readonly title: string
  /** Its section of the configuration file. */
  readonly section: z.ZodType
  /** What the section and each of its keys say, as the rest of a sentence; the section itself under ''. */
  readonly meanings: Readonly<Record<string, string>>
  /** The section in `latchkey config example`, with the variables for its secrets. */
  readonly example: string
  /** The id of a channel, as the configuration names it; its error says what to write. */
  readonly channelId: z.ZodType<string>
  /** How the people file names an account; its error says what to write. */
  readonly account: z.ZodType<Identity>
  /** Takes what `section` made of the file. Calls nobody outside. */
  configure(section: unknown, secret: ReadSecret): ConfiguredChat
}

/** The chat platforms there are, by the key that each has everywhere. */
export type ChatKinds = Readonly<Record<Platform, ChatKind>>

/** A secret of the environment by name, or an empty one, which is noted as a problem. `what` says what to put there. */
export type ReadSecret = (name: string, what: string) => Secret

/** A chat platform with everything that an operator decided. */
export type ConfiguredChat = {
  /** As people call the platform. */
  readonly title: string
  /** As the platform's own folder knows them. */
  readonly settings: unknown
  /** Loads what it takes and builds it. Nothing is called before the chat's own `start`. */
  create(deps: ChatDeps): Promise<Chat>
  /** Who looks at it for `latchkey doctor`; undefined without the secrets that it takes. */
  examiner(way: typeof fetch): Promise<ChatExaminer | undefined>
}

/** What a chat platform is built from. */
export type ChatDeps = {
  readonly outbound: WayOut
  readonly useCases: UseCases
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  readonly log: Log
  /** Names a newly opened form. */
  readonly newId: () => string
  /** `true` the first time that a signed delivery is seen; remembered for at least ten minutes. */
  readonly isFirstSight: (signature: string) => Promise<boolean>
}

/** The way to a chat: straight, or through a proxy; the dispatcher is for what is no fetch, such as a WebSocket. */
export type WayOut = Pick<Outbound, 'fetch' | 'dispatcher'>

/** A chat platform that is built: outbound as the port asks for it, inbound through the use cases. */
export type Chat = {
  readonly platform: ChatPlatform
  /** What arrives by HTTP, and at which path of our server; absent where nothing does. */
  readonly inbound?: { readonly path: string; readonly listener: RequestListener }
  /** Checks what it can reach, and connects; throws with what to repair. */
  start(): Promise<void>
  /** Takes no more deliveries and waits for those that are being worked on. */
  stop(): Promise<void>
  /** Whether deliveries can arrive. */
  isConnected(): boolean
}

/** A platform's part of `latchkey doctor`. Throws when the platform cannot be asked. */
export type ChatExaminer = {
  /** The app: its tokens, its rights, whose it is. */
  app(): Promise<readonly Finding[]>
  /** Whether a channel takes messages; undefined where that may not be looked at. */
  channel(id: string): Promise<ChannelLook | undefined>
  /** Whether this account is one that is served here. */
  serves(account: Identity): boolean
  /** Why an account gets no messages, or is not admitted; undefined when nothing is wrong. */
  account(account: Identity): Promise<AccountFault | undefined>
}
/** What keeps a channel from taking messages, or what it is called. */
export type ChannelLook = { readonly fault: UnreachableReason } | { readonly name: string }
/** `no-member` is a guest, an app or somebody of another organisation. */
export type AccountFault = UnreachableReason | 'no-member'

/** A kind of chat whose own functions know the type of its section. */
export const chatKind = <Section extends z.ZodType>(
  kind: Omit<ChatKind, 'section' | 'configure'> & {
    readonly section: Section
    configure(section: z.output<Section>, secret: ReadSecret): Omit<ConfiguredChat, 'title'>
  },
): ChatKind => ({
  ...kind,
  // Only what its own schema made comes here.
  configure: (section, secret) => ({ title: kind.title, ...kind.configure(section as z.output<Section>, secret) }),
})
