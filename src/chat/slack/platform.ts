import type { ChatPlatform } from '../../ports.ts'
import { calling } from './errors.ts'
import { toMessage } from './render.ts'
import { directConversation, type Room } from './room.ts'

/** Outbound Slack: posts and edits cards. Links in them are never unfurled, because a preview would fetch them. */
export const slackPlatform = (room: Room): ChatPlatform => {
  const { patient } = room.clients
  const direct = new Map<string, string>()
  const directOf = async (user: string): Promise<string> => {
    const channel = direct.get(user) ?? (await directConversation(patient, user))
    if (direct.size >= 10_000) direct.clear()
    direct.set(user, channel)
    return channel
  }
  return {
    name: 'slack',
    post: async (to, view) => {
      const channel = to.to === 'channel' ? to.channel : await directOf(to.identity.subject)
      const message = toMessage(view, room.tenant())
      const posted = await calling('chat.postMessage', () =>
        patient.chat.postMessage({ ...message, channel, unfurl_links: false, unfurl_media: false }),
      )
      if (!posted.ts) throw new Error('Slack posted a message without a time')
      return { conversation: posted.channel ?? channel, message: posted.ts }
    },
    update: async ({ conversation, message }, view) => {
      const content = toMessage(view, room.tenant())
      await calling('chat.update', () => patient.chat.update({ ...content, channel: conversation, ts: message }))
    },
    admits: (identity) => room.admits(identity, 'fresh'),
  }
}
