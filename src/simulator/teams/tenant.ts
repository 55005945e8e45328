import { botId, createMessageIds, personalChatId, userId } from './ids.ts'
import type { TeamsMessage } from './messages.ts'
import type { TeamsChat, TeamsPerson, TeamsSimulatorOptions } from './options.ts'

/** Why the bot may not write to a conversation, as codes of the service (page `conversation-messages`). */
export type Closed =
  | 'ConversationBlockedByUser'
  | 'BotNotInConversationRoster'
  | 'BotDisabledByAdmin'
  | 'MessageWritesBlocked'
  | 'ConversationNotFound'

/** A person with their id at this bot. */
export type KnownPerson = TeamsPerson & { id: string; tenant: string; role: 'member' | 'guest' }

/** A conversation as it is now. */
export type Conversation = {
  id: string
  kind: 'personal' | 'channel' | 'group'
  name: string
  team: { id: string; name: string } | undefined
  /** Object ids. */
  members: Set<string>
  hasApp: boolean
  /** Set while a person or an administrator keeps the bot out. */
  closed: Closed | undefined
}

/** Everything that the tenant has. */
export type Tenant = {
  id: string
  app: { id: string; name: string; botId: string }
  people: Map<string, KnownPerson>
  conversations: Map<string, Conversation>
  messages: TeamsMessage[]
  /** Set while an administrator has disabled the app for everybody. */
  isAppDisabled: boolean
  newMessageId(): string
  /** Adds or changes a person; the personal chat exists from then on. */
  setPerson(oid: string, change: Partial<TeamsPerson>): KnownPerson
  addChat(chat: TeamsChat): Conversation
}

/** The tenant as the options describe it. */
export function createTenant(options: TeamsSimulatorOptions, now: () => number): Tenant {
  const { id: appId, name = 'Latchkey' } = options.app
  const tenant: Tenant = {
    id: options.tenant,
    app: { id: appId, name, botId: botId(appId) },
    people: new Map(),
    conversations: new Map(),
    messages: [],
    isAppDisabled: false,
    newMessageId: createMessageIds(now),
    setPerson(oid, change) {
      const known = tenant.people.get(oid)
      const person: KnownPerson = {
        oid,
        name: oid,
        tenant: options.tenant,
        role: 'member',
        ...known,
        ...change,
        id: userId(oid, appId),
      }
      tenant.people.set(oid, person)
      const chat = personalChatId(oid, appId)
      if (!tenant.conversations.has(chat)) {
        const hasApp = person.hasApp ?? true
        const members = new Set([oid])
        tenant.conversations.set(chat, {
          id: chat,
          kind: 'personal',
          name: '',
          team: undefined,
          members,
          hasApp,
          closed: undefined,
        })
      }
      return person
    },
    addChat({ members, team, hasApp = true, ...chat }) {
      const added: Conversation = { ...chat, team, members: new Set(members), hasApp, closed: undefined }
      tenant.conversations.set(chat.id, added)
      return added
    },
  }
  for (const { oid, ...person } of options.people) tenant.setPerson(oid, person)
  for (const chat of options.chats ?? []) tenant.addChat(chat)
  return tenant
}

/** The person's conversation with the bot alone. */
export function personalChat(tenant: Tenant, oid: string): Conversation {
  const found = tenant.conversations.get(personalChatId(oid, tenant.app.id))
  if (found === undefined) throw new Error(`nobody has the object id ${oid}`)
  return found
}

/** The active members of a conversation. */
export const membersOf = (tenant: Tenant, conversation: Conversation): KnownPerson[] =>
  [...conversation.members]
    .map((oid) => tenant.people.get(oid))
    .filter((person): person is KnownPerson => person !== undefined && person.isDeactivated !== true)
