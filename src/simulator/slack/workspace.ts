import { randomBytes } from 'node:crypto'
import type { SimulatedMessage } from './messages.ts'
import type { SimulatorOptions } from './options.ts'
import type { Sharing, SimulatedTeam, SimulatedUser, SimulatedUserGroup } from './people.ts'
import type { StoredView } from './view-state.ts'

/** A channel or a direct conversation. */
export type Conversation = {
  id: string
  name: string
  kind: 'public' | 'private' | 'direct'
  members: Set<string>
  shared: Sharing
  isArchived: boolean
}

/** The app's identity in the workspace. */
export type BotIdentity = { userId: string; botId: string; appId: string; name: string; realName: string }

/** The contents of the simulated workspace, in memory only. */
export type Workspace = {
  team: SimulatedTeam
  bot: BotIdentity
  users: Map<string, SimulatedUser>
  conversations: Map<string, Conversation>
  userGroups: SimulatedUserGroup[]
  messages: SimulatedMessage[]
  /** Every view that was ever opened, by id. */
  views: Map<string, StoredView>
  /** For each person the ids of the open modals; the last one is visible. */
  modalStacks: Map<string, string[]>
  /** For each person the id of the Home tab. */
  homes: Map<string, string>
}

/** The bot's user id; a channel lists it as a member to let the app post. */
export const botUserId = 'U0LATCHBOT'

/** Builds the workspace from the caller's options. */
export function createWorkspace(options: SimulatorOptions): Workspace {
  const bot: BotIdentity = {
    userId: botUserId,
    botId: 'B0LATCHBOT',
    appId: 'A0LATCHAPP',
    name: options.bot?.name ?? 'latchkey',
    realName: options.bot?.realName ?? 'Latchkey',
  }
  const users = new Map(options.people.map((person) => [person.id, { ...person }]))
  users.set(bot.userId, { id: bot.userId, name: bot.name, realName: bot.realName, isBot: true })
  const conversations = (options.channels ?? []).map(
    (channel): Conversation => ({
      id: channel.id,
      name: channel.name,
      kind: channel.isPrivate ? 'private' : 'public',
      members: new Set(channel.members),
      shared: channel.shared ?? 'nobody',
      isArchived: channel.isArchived ?? false,
    }),
  )
  return {
    team: options.team,
    bot,
    users,
    conversations: new Map(conversations.map((conversation) => [conversation.id, conversation])),
    userGroups: (options.userGroups ?? []).map((group) => ({ ...group })),
    messages: [],
    views: new Map(),
    modalStacks: new Map(),
    homes: new Map(),
  }
}

/** The person's direct conversation with the bot, created at its first use. */
export function directConversation(workspace: Workspace, userId: string): Conversation {
  for (const conversation of workspace.conversations.values()) {
    if (conversation.kind === 'direct' && conversation.members.has(userId)) return conversation
  }
  const conversation: Conversation = {
    id: `D${userId.slice(1)}`,
    name: 'directmessage',
    kind: 'direct',
    members: new Set([userId, workspace.bot.userId]),
    shared: 'nobody',
    isArchived: false,
  }
  workspace.conversations.set(conversation.id, conversation)
  return conversation
}

/** The newest version of a message that the person can see, or `undefined`. */
export const findMessage = (workspace: Workspace, channel: string, ts: string): SimulatedMessage | undefined =>
  workspace.messages.find((message) => message.channel === channel && message.ts === ts)

/** Makes ids and message times that never repeat, even with a stopped clock. */
export function createIds(now: () => number) {
  let last = 0
  let count = 0
  return {
    /** A message id, always later than the previous one. */
    messageTs(): string {
      const micros = Math.max(Math.floor(now() * 1000), last + 1)
      last = micros
      return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`
    },
    /** An upper-case id such as Slack's, with the given first letter. */
    next(prefix: string): string {
      count += 1
      return `${prefix}0${count.toString(36).toUpperCase().padStart(9, '0')}`
    },
    /** A short random name, as Slack gives to blocks and elements without an id. */
    short: (): string => randomBytes(4).toString('base64url').slice(0, 5),
    /** Unguessable lower-case hex. */
    secret: (): string => randomBytes(16).toString('hex'),
  }
}

/** The maker of ids. */
export type Ids = ReturnType<typeof createIds>
