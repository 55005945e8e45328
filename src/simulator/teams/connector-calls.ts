import { z } from 'zod'
import type { JsonObject } from '../common/json.ts'
import { badSyntax, refusal } from './connector-error.ts'
import type { TeamsMessage } from './messages.ts'
import { type Content, contentOf, newConversation } from './outgoing.ts'
import type { Simulation } from './simulation.ts'
import { type Conversation, type KnownPerson, membersOf, personalChat } from './tenant.ts'

/** What the path and the query of a call name. */
export type CallArguments = {
  conversation?: string | undefined
  activity?: string | undefined
  member?: string | undefined
  team?: string | undefined
  pageSize?: string | undefined
  continuationToken?: string | undefined
  body: JsonObject
}
export type CallAnswer = { status: number; body: JsonObject | JsonObject[] }

/** The operations of the connector by their names in botframework-connector. */
export type ConnectorMethod =
  | 'createConversation'
  | 'sendToConversation'
  | 'replyToActivity'
  | 'updateActivity'
  | 'deleteActivity'
  | 'getConversationMember'
  | 'getConversationMembers'
  | 'getConversationPagedMembers'
  | 'fetchChannelList'

/** Runs an operation; throws the service's refusal. */
export function callConnector(simulation: Simulation, method: ConnectorMethod, args: CallArguments): CallAnswer {
  switch (method) {
    case 'createConversation':
      return createConversation(simulation, args.body)
    case 'sendToConversation':
    case 'replyToActivity':
      return send(simulation, args)
    case 'updateActivity':
      return update(simulation, args)
    case 'deleteActivity':
      return remove(simulation, args)
    case 'getConversationMember': {
      const conversation = openConversation(simulation, args.conversation).conversation
      const found = membersOf(simulation.tenant, conversation).find(
        ({ id, oid }) => args.member === id || args.member === oid,
      )
      if (found === undefined) throw refusal('MemberNotFoundInConversation', 'Member not found in the conversation')
      return { status: 200, body: memberObject(found) }
    }
    case 'getConversationMembers': {
      const { conversation } = openConversation(simulation, args.conversation)
      return { status: 200, body: membersOf(simulation.tenant, conversation).map(memberObject) }
    }
    case 'getConversationPagedMembers':
      return pagedMembers(simulation, args)
    case 'fetchChannelList': {
      const channels = [...simulation.tenant.conversations.values()].filter(({ team }) => team?.id === args.team)
      if (channels.length === 0) throw refusal('ConversationNotFound', 'Team not found')
      return { status: 200, body: { conversations: channels.map(({ id, name }) => ({ id, name })) } }
    }
    default:
      return method satisfies never
  }
}

/** The conversation of an id, with the thread that the id may name; throws when the bot may not use it. */
function openConversation(
  { tenant }: Simulation,
  id: string | undefined,
): { conversation: Conversation; thread: string | undefined } {
  const [plain = '', thread] = (id ?? '').split(';messageid=')
  const conversation = tenant.conversations.get(plain)
  if (conversation === undefined) throw refusal('ConversationNotFound', 'Conversation not found')
  if (tenant.isAppDisabled) throw refusal('BotDisabledByAdmin', 'The tenant admin disabled this bot')
  if (conversation.closed !== undefined) throw refusal(conversation.closed, 'The bot may not write here')
  if (!conversation.hasApp)
    throw refusal('BotNotInConversationRoster', 'The bot is not part of the conversation roster')
  return { conversation, thread }
}

/** The same for a message: a deactivated account takes none, while the roster still says that it is gone. */
function writableConversation(simulation: Simulation, id: string | undefined): ReturnType<typeof openConversation> {
  const open = openConversation(simulation, id)
  const { kind, members } = open.conversation
  const [only] = kind === 'personal' ? members : []
  if (only !== undefined && simulation.tenant.people.get(only)?.isDeactivated) {
    throw refusal('MessageWritesBlocked', 'The account takes no messages')
  }
  return open
}

function createConversation(simulation: Simulation, body: JsonObject): CallAnswer {
  const parsed = newConversation.safeParse(body)
  if (!parsed.success) throw badSyntax(z.prettifyError(parsed.error))
  const { tenant } = simulation
  const { bot, members = [], tenantId, channelData, activity, isGroup = false } = parsed.data
  if (bot?.id !== undefined && bot.id !== tenant.app.botId) throw refusal('BotNotRegistered', 'This is another bot')
  if (channelData?.channel !== undefined) {
    // A new thread in a channel; it needs its first message.
    if (!isGroup || activity === undefined) throw badSyntax('a thread in a channel needs isGroup and an activity')
    const { conversation } = writableConversation(simulation, channelData.channel.id)
    const posted = post(simulation, conversation, contentOf(activity), undefined)
    return { status: 201, body: { id: `${conversation.id};messageid=${posted.id}`, activityId: posted.id } }
  }
  // A bot cannot make a group chat (page on proactive messages).
  const [member] = members
  if (isGroup || member === undefined) throw badSyntax('a personal conversation needs one member, and isGroup: false')
  const person = [...tenant.people.values()].find(({ id }) => id === member.id)
  if (person === undefined) throw badSyntax(`Failed to decrypt pairwise id: ${member.id}`)
  const wanted = tenantId ?? channelData?.tenant?.id
  if (wanted !== person.tenant) throw badSyntax('tenantId must be the tenant of the member')
  const chat = personalChat(tenant, person.oid)
  openConversation(simulation, chat.id)
  const first = activity === undefined ? undefined : post(simulation, chat, contentOf(activity), undefined)
  return { status: 201, body: { id: chat.id, ...(first && { activityId: first.id }) } }
}

function send(simulation: Simulation, { conversation: id, activity, body }: CallArguments): CallAnswer {
  const { conversation, thread } = writableConversation(simulation, id)
  const content = contentOf(body)
  if (content.isTyping) return { status: 201, body: { id: simulation.tenant.newMessageId() } }
  const posted = post(simulation, conversation, content, activity ?? content.replyToId ?? thread)
  return { status: 201, body: { id: posted.id } }
}

function post(
  { tenant, recorder, now }: Simulation,
  conversation: Conversation,
  { isTyping: _, ...content }: Content,
  replyToId: string | undefined,
): TeamsMessage {
  const message: TeamsMessage = {
    ...content,
    conversation: conversation.id,
    id: tenant.newMessageId(),
    author: tenant.app.botId,
    replyToId,
    version: 1,
    sentAt: now(),
  }
  tenant.messages.push(message)
  recorder.changed()
  return message
}

function ownMessage(simulation: Simulation, { conversation: id, activity }: CallArguments): TeamsMessage {
  const { conversation } = writableConversation(simulation, id)
  const found = simulation.tenant.messages.find((each) => each.conversation === conversation.id && each.id === activity)
  if (found === undefined) throw refusal('ActivityNotFoundInConversation', 'The activity is not there (any more)')
  // A bot cannot change what a person wrote, or sent through a message extension (issue 687 of the pages on Teams).
  if (found.author !== simulation.tenant.app.botId)
    throw refusal('MessageWritesBlocked', 'The message is not the bot’s')
  return found
}

function update(simulation: Simulation, args: CallArguments): CallAnswer {
  const message = ownMessage(simulation, args)
  const { isTyping, replyToId: _, ...content } = contentOf(args.body)
  if (isTyping) throw badSyntax('an update is a message')
  Object.assign(message, content, { version: message.version + 1 })
  simulation.recorder.changed()
  return { status: 200, body: { id: message.id } }
}

function remove(simulation: Simulation, args: CallArguments): CallAnswer {
  const message = ownMessage(simulation, args)
  simulation.tenant.messages.splice(simulation.tenant.messages.indexOf(message), 1)
  simulation.recorder.changed()
  return { status: 200, body: {} }
}

/** Pages of 50 to 500 members (Microsoft's page on fetching rosters). */
function pagedMembers(simulation: Simulation, args: CallArguments): CallAnswer {
  const { conversation } = openConversation(simulation, args.conversation)
  const size = Math.min(500, Math.max(50, Number(args.pageSize ?? 200)))
  const from = Number(args.continuationToken ?? 0)
  if (!Number.isInteger(from) || Number.isNaN(size)) throw badSyntax('Bad format of pageSize or continuationToken')
  const all = membersOf(simulation.tenant, conversation)
  const members = all.slice(from, from + size).map(memberObject)
  const next = from + size < all.length ? { continuationToken: String(from + size) } : {}
  return { status: 200, body: { ...next, members } }
}

/**
 * A member as rosters have it: `objectId` is what the service sends, and botbuilder copies it to `aadObjectId`
 * (teamsInfo.js); newer answers have both. A guest's name has `#EXT#` (Entra).
 */
function memberObject({ id, oid, name, email, upn, role, tenant }: KnownPerson): JsonObject {
  const [givenName = name, ...rest] = name.split(' ')
  const address = email ?? `${oid}@example.com`
  const guestName = `${address.replace('@', '_')}#EXT#@example.onmicrosoft.com`
  return {
    id,
    objectId: oid,
    aadObjectId: oid,
    name,
    givenName,
    surname: rest.join(' '),
    email: address,
    userPrincipalName: upn ?? (role === 'guest' ? guestName : address),
    tenantId: tenant,
    userRole: role === 'guest' ? 'guest' : 'user',
  }
}
