import type { JsonObject } from '../common/json.ts'
import { optionalFlag, optionalText, requiredText } from './api-arguments.ts'
import type { Method } from './api-methods.ts'
import { messageObject, type SimulatedMessage } from './messages.ts'
import { checkedContent, edit, post, remove } from './posting.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'
import { type Conversation, directConversation, findMessage } from './workspace.ts'

/**
 * Finds the target of a post: a channel id, a direct conversation or a person's id. Throws Slack's refusal. A
 * deactivated person gives `channel_not_found`, as Slack's reference of `chat.postMessage` suggests. Users have also
 * seen Slack accept such a message silently (slackapi/python-slack-sdk, 1156): see `takesMailForDeactivated`.
 */
function targetOf(simulation: Simulation, channel: string | undefined): Conversation {
  const found = conversationOf(simulation, channel)
  const isLost = found.kind === 'direct' && !simulation.takesMailForDeactivated
  const people = [...found.members].map((member) => simulation.workspace.users.get(member))
  if (isLost && people.some((person) => person?.deleted)) throw new SlackError('channel_not_found')
  return found
}

function conversationOf({ workspace, scopes }: Simulation, channel: string | undefined): Conversation {
  if (channel === undefined) throw new SlackError('channel_not_found')
  const person = workspace.users.get(channel)
  if (person !== undefined && !person.isBot) return directConversation(workspace, person.id)
  const byName = [...workspace.conversations.values()].find(
    (conversation) => conversation.kind === 'public' && `#${conversation.name}` === channel,
  )
  const found = workspace.conversations.get(channel) ?? byName
  const isMember = found?.members.has(workspace.bot.userId) ?? false
  if (found === undefined || (found.kind === 'private' && !isMember)) throw new SlackError('channel_not_found')
  if (found.isArchived) throw new SlackError('is_archived')
  if (!isMember && !scopes.has('chat:write.public')) throw new SlackError('not_in_channel')
  return found
}

function ownMessage(simulation: Simulation, args: JsonObject, refusal: string): SimulatedMessage {
  const conversation = conversationOf(simulation, optionalText(args, 'channel'))
  const message = findMessage(simulation.workspace, conversation.id, requiredText(args, 'ts'))
  if (message === undefined || message.ephemeralFor !== undefined) throw new SlackError('message_not_found')
  if (message.author !== simulation.workspace.bot.userId) throw new SlackError(refusal)
  return message
}

const asObject = ({ workspace }: Simulation, message: SimulatedMessage): JsonObject =>
  messageObject(message, workspace.bot, workspace.team.id)

const postMessage: Method = (simulation, args) => {
  const conversation = targetOf(simulation, optionalText(args, 'channel'))
  const content = checkedContent(simulation, args.text, args.blocks)
  const threadTs = optionalText(args, 'thread_ts')
  const message = post(simulation, conversation.id, content, {
    threadTs,
    unfurlLinks: optionalFlag(args, 'unfurl_links'),
    unfurlMedia: optionalFlag(args, 'unfurl_media'),
    metadata: args.metadata,
  })
  return { channel: conversation.id, ts: message.ts, message: asObject(simulation, message) }
}

const postEphemeral: Method = (simulation, args) => {
  const conversation = targetOf(simulation, optionalText(args, 'channel'))
  const userId = requiredText(args, 'user')
  const content = checkedContent(simulation, args.text, args.blocks)
  if (!conversation.members.has(userId)) throw new SlackError('user_not_in_channel')
  const threadTs = optionalText(args, 'thread_ts')
  const message = post(simulation, conversation.id, content, { ephemeralFor: userId, threadTs })
  return { message_ts: message.ts }
}

const update: Method = (simulation, args) => {
  const isPerson = simulation.workspace.users.has(optionalText(args, 'channel') ?? '')
  if (isPerson) throw new SlackError('channel_not_found') // unlike posting, editing needs the conversation's own id
  const message = ownMessage(simulation, args, 'cant_update_message')
  edit(simulation, message, checkedContent(simulation, args.text, args.blocks), args.metadata)
  return {
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: asObject(simulation, message),
  }
}

const deleteMessage: Method = (simulation, args) => {
  const message = ownMessage(simulation, args, 'cant_delete_message')
  remove(simulation, message)
  return { channel: message.channel, ts: message.ts }
}

const getPermalink: Method = ({ workspace, url }, args) => {
  const channel = requiredText(args, 'channel')
  const ts = requiredText(args, 'message_ts')
  if (!workspace.conversations.has(channel)) throw new SlackError('channel_not_found')
  const message = findMessage(workspace, channel, ts)
  if (message === undefined || message.ephemeralFor !== undefined) throw new SlackError('message_not_found')
  return { channel, permalink: `${url()}/archives/${channel}/p${ts.replace('.', '')}` }
}

/** The `chat.*` methods. */
export const chatMethods = {
  'chat.postMessage': { scopes: ['chat:write'], run: postMessage },
  'chat.postEphemeral': { scopes: ['chat:write'], run: postEphemeral },
  'chat.update': { scopes: ['chat:write'], run: update },
  'chat.delete': { scopes: ['chat:write'], run: deleteMessage },
  'chat.getPermalink': { scopes: [], run: getPermalink },
}
