import { ExternalError } from '../../ports.ts'
import type { Say } from '../conversation/port.ts'
import type { TeamsContext } from './context.ts'
import type { Delivered } from './gate.ts'
import { decodeReference } from './reference.ts'
import { toMessageActivity } from './render.ts'
import { isPersonal } from './values.ts'

/** Tells the sender of an activity, in the personal chat. What was typed there gets its answer as a reply. */
export const whisperTo =
  ({ hasty, conversations }: Pick<TeamsContext, 'hasty' | 'conversations'>, { activity, sender }: Delivered): Say =>
  async (view) => {
    const message = toMessageActivity(view)
    if (isPersonal(activity)) {
      const place = { serviceUrl: activity.serviceUrl, conversation: activity.conversation.id }
      const isTyped = activity.type === 'message'
      await hasty.post(place, isTyped ? { ...message, replyToId: activity.id } : message)
      return
    }
    const reference = sender.reference === undefined ? undefined : decodeReference(sender.reference)
    if (!reference) throw new ExternalError('app-missing', 'nobody knows how to reach the person', { transient: false })
    await hasty.post(await conversations.of(reference), message)
  }
