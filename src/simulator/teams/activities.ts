import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../common/json.ts'
import type { TeamsMessage } from './messages.ts'
import type { Simulation } from './simulation.ts'
import type { Conversation, KnownPerson } from './tenant.ts'

/** An activity as the bot receives it. */
export type Activity = JsonObject & { type: string; id: string }

/** The message under which others are listed in a channel. */
const rootOf = (message: TeamsMessage): string => message.replyToId ?? message.id

type Place = { conversation: Conversation; thread?: string | undefined }

/**
 * What every activity has. In a channel the conversation's id has the thread (`;messageid=`), as Microsoft's samples of
 * channel activities show; `channelData.channel.id` is the channel alone.
 */
function common(simulation: Simulation, person: KnownPerson, { conversation, thread }: Place): JsonObject {
  const { tenant, now, serviceUrl } = simulation
  const { id, kind, name, team } = conversation
  const zone = person.timeZone ?? 'UTC'
  return {
    timestamp: new Date(now()).toISOString(),
    channelId: 'msteams',
    serviceUrl: serviceUrl(),
    from: { id: person.id, name: person.name, aadObjectId: person.oid },
    conversation: {
      ...(kind === 'personal' ? {} : { isGroup: true, name }),
      conversationType: kind === 'group' ? 'groupChat' : kind,
      tenantId: person.tenant,
      id: kind === 'channel' && thread !== undefined ? `${id};messageid=${thread}` : id,
    },
    recipient: { id: tenant.app.botId, name: tenant.app.name },
    locale: 'en-US',
    entities: [{ type: 'clientInfo', locale: 'en-US', country: 'US', platform: 'Web', timezone: zone }],
    channelData: {
      tenant: { id: person.tenant },
      ...(kind === 'channel' && { channel: { id }, team: team ?? { id, name } }),
    },
  }
}

/** Typed words. In chats with others the client writes a mention of the bot in front. */
export function messageActivity(
  simulation: Simulation,
  person: KnownPerson,
  conversation: Conversation,
  typed: { id: string; text: string; mentions: boolean; replyTo?: string | undefined },
): Activity {
  const { app } = simulation.tenant
  const base = common(simulation, person, { conversation, thread: typed.replyTo ?? typed.id })
  const mention = `<at>${app.name}</at>`
  const entity = { type: 'mention', mentioned: { id: app.botId, name: app.name }, text: mention }
  const entities = base.entities as JsonObject[]
  const text = typed.mentions ? `${mention} ${typed.text}` : typed.text
  return {
    ...base,
    type: 'message',
    id: typed.id,
    text,
    textFormat: 'plain',
    attachments: [{ contentType: 'text/html', content: `<p>${text}</p>` }],
    entities: typed.mentions ? [entity, ...entities] : entities,
    ...(typed.replyTo !== undefined && conversation.kind === 'channel' && { replyToId: typed.replyTo }),
  }
}

/** The data of an `Action.Submit` without a dialog: a message without text, whose value is the data. */
export function submitActivity(
  simulation: Simulation,
  person: KnownPerson,
  conversation: Conversation,
  message: TeamsMessage,
  value: unknown,
): Activity {
  const base = common(simulation, person, { conversation, thread: rootOf(message) })
  const id = simulation.tenant.newMessageId()
  return { ...base, type: 'message', id, value, replyToId: message.id }
}

/** An invoke, whose HTTP answer is the app's answer. `replyTo` is the message of the used card. */
export function invokeActivity(
  simulation: Simulation,
  person: KnownPerson,
  place: { conversation: Conversation; message?: TeamsMessage | undefined },
  name: string,
  value: JsonObject,
): Activity {
  const { conversation, message } = place
  const base = common(simulation, person, { conversation, thread: message && rootOf(message) })
  const source = { source: { name: message === undefined ? 'compose' : 'message' } }
  return {
    ...base,
    channelData: { ...(base.channelData as JsonObject), ...source },
    type: 'invoke',
    id: `f:${randomUUID()}`,
    name,
    value,
    ...(message !== undefined && { replyToId: message.id }),
  }
}

/** The app was added to a conversation, or removed from it, by this person. */
export function installActivities(
  simulation: Simulation,
  person: KnownPerson,
  conversation: Conversation,
  action: 'add' | 'remove',
): Activity[] {
  const base = common(simulation, person, { conversation })
  const { app } = simulation.tenant
  const update = { ...base, type: 'installationUpdate', id: `f:${randomUUID()}`, action }
  const list = action === 'add' ? 'membersAdded' : 'membersRemoved'
  const news = { ...base, type: 'conversationUpdate', id: `f:${randomUUID()}`, [list]: [{ id: app.botId }] }
  return [news, update]
}
