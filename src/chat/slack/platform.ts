import type { WebClient } from '@slack/web-api'
import type { MessageRef, Reach } from '../../domain/card.ts'
import { type ChatPlatform, ExternalError } from '../../ports.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { SlackContext } from './context.ts'
import { calling, writingTo } from './errors.ts'
import { slackHome } from './home.ts'
import { toMessage } from './render.ts'
import { slackName } from './settings.ts'
import { directConversation } from './whisper.ts'

/**
 * Milliseconds that an open conversation is trusted. Slack may silently accept a message to a deactivated account; only
 * opening the conversation reveals it.
 */
const opened = 60_000
/** The same for a refusal: long enough for many cards that fail together. */
const refusedFor = 10_000

/** Outbound Slack: posts and edits cards. Links in them are never unfurled, because a preview would fetch them. */
export const slackPlatform = (context: SlackContext): ChatPlatform => {
  const { patient } = context.clients
  const direct = conversations(context, (user) => directConversation(patient, user))
  const put = async (channel: string, view: MessageView): Promise<MessageRef> => {
    const message = toMessage(view, context.tenant())
    const posted = await calling('chat.postMessage', () =>
      patient.chat.postMessage({ ...message, channel, unfurl_links: false, unfurl_media: false }),
    )
    if (!posted.ts) throw new Error('Slack posted a message without a time')
    return { conversation: posted.channel ?? channel, message: posted.ts }
  }
  const putDirect = async (user: string, view: MessageView): Promise<MessageRef> => {
    try {
      return await put(await direct.of(user), view)
    } catch (error) {
      // Only opening the conversation tells why it is closed.
      if (error instanceof ExternalError && !error.transient && direct.forget(user)) await direct.of(user)
      throw error
    }
  }
  return {
    name: slackName,
    post: (to, view) =>
      to.to === 'channel'
        ? writingTo('channel', () => put(to.channel.id, view))
        : writingTo('account', () => putDirect(to.identity.subject, view)),
    update: ({ conversation, message }, view) =>
      writingTo(conversation.startsWith('D') ? 'account' : 'channel', async () => {
        const content = toMessage(view, context.tenant())
        await calling('chat.update', () => patient.chat.update({ ...content, channel: conversation, ts: message }))
      }),
    home: slackHome(context),
    reach: (channel) => reachOf(patient, channel),
    admits: (identity) => context.admits(identity, 'fresh'),
  }
}

/** Slack's answer about a channel; unknown without the right to ask, or for a hidden channel. */
const reachOf = async (client: WebClient, channel: string): Promise<Reach> => {
  try {
    const { channel: found } = await calling('conversations.info', () => client.conversations.info({ channel }))
    if (!found) return 'unknown'
    const isOurs = !found.is_shared || found.is_org_shared === true
    return found.is_ext_shared || found.is_pending_ext_shared || !isOurs ? 'outside' : 'inside'
  } catch (error) {
    if (error instanceof ExternalError && !error.transient) return 'unknown'
    throw error
  }
}

/** One answer per person and minute, refusals included: many cards for one person cost one call. */
const conversations = ({ clock }: Pick<SlackContext, 'clock'>, open: (user: string) => Promise<string>) => {
  const known = new Map<string, { readonly at: number; readonly isRefused: boolean; readonly id: Promise<string> }>()
  const note = (user: string, id: Promise<string>, isRefused: boolean) => {
    if (known.size >= 10_000) known.clear()
    known.set(user, { at: clock.now(), id, isRefused })
  }
  return {
    of: (user: string): Promise<string> => {
      const earlier = known.get(user)
      if (earlier && clock.now() - earlier.at < (earlier.isRefused ? refusedFor : opened)) return earlier.id
      const id = open(user)
      note(user, id, false)
      id.catch((error: unknown) => {
        // A transient failure is retried at once.
        if (error instanceof ExternalError && !error.transient) note(user, id, true)
        else known.delete(user)
      })
      return id
    },
    /** Forgets a conversation; returns whether there was one. */
    forget: (user: string): boolean => known.get(user)?.isRefused === false && known.delete(user),
  }
}
