import type { MessageRef } from '../../domain/card.ts'
import type { ConversationReference } from '../../domain/conversation-memory.ts'
import { type ChatPlatform, type Clock, ExternalError } from '../../ports.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Admits } from '../conversation/admission.ts'
import { toMessageActivity } from './cards/render.ts'
import { askedOnce } from './connector/asked-once.ts'
import type { Connector } from './connector/connector.ts'
import type { Conversations } from './connector/conversations.ts'
import { editing, writingTo } from './connector/errors.ts'
import { decodeReference } from './connector/reference.ts'
import { reachOf } from './connector/roster.ts'
import { type TeamsSettings, teamsName } from './settings.ts'

type PlatformDeps = {
  readonly settings: Pick<TeamsSettings, 'tenants' | 'serviceUrl'>
  readonly connector: Connector
  readonly conversations: Conversations
  readonly admits: Admits
  readonly clock: Pick<Clock, 'now'>
  readonly typing?: ChatPlatform['typing']
}

/**
 * Milliseconds that an answer about a channel's readers is good: each card asks anew, and a roster can have many pages.
 */
const looked = 10_000

/** Whether a conversation is of a channel or group; personal ones begin with `a:`. */
const isShared = (conversation: string): boolean => conversation.startsWith('19:')

/** Outbound Teams: posts and edits cards. It reaches a person through the reference of an earlier action. */
export const teamsPlatform = (deps: PlatformDeps): ChatPlatform => {
  const { settings, connector, conversations, admits, clock, typing } = deps
  const { serviceUrl } = settings
  const reaches = askedOnce({
    ask: (channel: string) => reachOf({ settings, connector, serviceUrl }, channel),
    keyOf: (channel) => channel,
    ...{ clock, lasting: looked, refusedFor: 0 },
  })
  const postToPerson = async (view: MessageView, text: ConversationReference | undefined): Promise<MessageRef> => {
    const reference = text === undefined ? undefined : decodeReference(text)
    if (!reference) {
      throw new ExternalError('app-missing', 'the person has never written to Latchkey', { transient: false })
    }
    try {
      const place = await conversations.of(reference)
      return { conversation: place.conversation, message: await connector.post(place, toMessageActivity(view)) }
    } catch (error) {
      // Perhaps the app was removed and installed again, which begins a new conversation.
      if (error instanceof ExternalError && !error.transient) conversations.forget(reference)
      throw error
    }
  }
  return {
    name: teamsName,
    needsConversation: true,
    ...(typing && { typing }),
    post: (to, view, conversation) =>
      to.to === 'channel'
        ? writingTo('channel', async () => {
            const place = { serviceUrl, conversation: to.channel.id }
            return { conversation: to.channel.id, message: await connector.post(place, toMessageActivity(view)) }
          })
        : writingTo('account', () => postToPerson(view, conversation)),
    update: ({ conversation, message }, view, text) =>
      writingTo(isShared(conversation) ? 'channel' : 'account', () => {
        const at = text === undefined ? undefined : decodeReference(text)?.serviceUrl
        const place = { serviceUrl: at ?? serviceUrl, conversation }
        return editing(() => connector.update(place, message, toMessageActivity(view)))
      }),
    reach: reaches.of,
    admits: (identity) => admits(identity, 'fresh'),
  }
}
