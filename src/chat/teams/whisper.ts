import { newRate } from '../../app/rates.ts'
import { seconds, timestamp } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { bare } from '../../views/copy.ts'
import type { Say } from '../conversation/port.ts'
import type { TeamsContext } from './context.ts'
import type { Delivered } from './gate.ts'
import { decodeReference } from './reference.ts'
import { toMessageActivity } from './render.ts'
import { isPersonal } from './values.ts'

const never = new AbortController().signal

type WhisperDeps = Pick<TeamsContext, 'hasty' | 'conversations' | 'clock'>
/** Tells the sender of an activity in the personal chat. */
export type Whisper = (delivered: Delivered) => Say

/** Milliseconds that words wait behind cards in the same chat: nobody waits for them with an open window. */
const longestWait = 10_000

const addUs =
  'Latchkey answers in a chat of its own, and cannot write to you yet. Add the app Latchkey for yourself in Teams, then ask again.'

/**
 * Tells the sender of an activity in the personal chat. What was typed there gets its answer as a reply. Somebody who typed
 * in a channel and has no such chat reads there what to do, once an hour; never the answer itself.
 */
export const newWhisper = ({ hasty, conversations, clock }: WhisperDeps): Whisper => {
  const wasHinted = newRate<string>(clock, 1, seconds(3600))
  /** Teams takes few messages a second in one chat. Without an answer the person would not know that we heard them. */
  const post: typeof hasty.post = async (place, message) => {
    const until = clock.now() + longestWait
    for (;;) {
      try {
        return await hasty.post(place, message)
      } catch (error) {
        const pause = error instanceof ExternalError && error.code === 'ratelimited' ? error.retryAfter : undefined
        if (pause === undefined || clock.now() + pause > until) throw error
        await clock.sleep(timestamp(clock.now() + Math.max(pause, 100)), never)
      }
    }
  }
  return ({ activity, sender }) => {
    const { serviceUrl, conversation, id } = activity
    const isTyped = activity.type === 'message'
    const inPlace: Say = (view) => {
      const message = toMessageActivity(view)
      return post({ serviceUrl, conversation: conversation.id }, isTyped ? { ...message, replyToId: id } : message)
    }
    if (isPersonal(activity)) return inPlace
    return async (view) => {
      const reference = sender.reference === undefined ? undefined : decodeReference(sender.reference)
      if (!reference)
        throw new ExternalError('app-missing', 'nobody knows how to reach the person', { transient: false })
      try {
        await post(await conversations.of(reference), toMessageActivity(view))
      } catch (error) {
        const isShut = error instanceof ExternalError && !error.transient
        if (isShut && isTyped && !wasHinted(reference.user)) await inPlace(bare([addUs]))
        throw error
      }
    }
  }
}
