import { newRate } from '../../../app/rates.ts'
import { seconds } from '../../../domain/time.ts'
import { type Clock, ExternalError } from '../../../ports.ts'
import { bare } from '../../../views/copy.ts'
import type { Say } from '../../conversation/port.ts'
import { toMessageActivity } from '../cards/render.ts'
import type { Connector } from '../connector/connector.ts'
import type { Conversations } from '../connector/conversations.ts'
import { decodeReference } from '../connector/reference.ts'
import type { Delivered } from '../deliveries/gate.ts'
import { isPersonal } from './values.ts'

type WhisperDeps = {
  readonly connector: Pick<Connector, 'answer'>
  readonly conversations: Conversations
  readonly clock: Pick<Clock, 'now'>
}
/** Tells the sender of an activity in the personal chat. */
export type Whisper = (delivered: Delivered) => Say

const addUs =
  'Latchkey answers in a chat of its own, and cannot write to you yet. Add the app Latchkey for yourself in Teams, then ask again.'

/**
 * Tells the sender of an activity in the personal chat. What was typed there gets its answer as a reply. Somebody who typed
 * in a channel and has no such chat reads there what to do, once an hour; never the answer itself.
 */
export const newWhisper = ({ connector, conversations, clock }: WhisperDeps): Whisper => {
  const wasHinted = newRate<string>(clock, 1, seconds(3600))
  return ({ activity, sender }) => {
    const { serviceUrl, conversation, id } = activity
    const isTyped = activity.type === 'message'
    const inPlace: Say = (view) => {
      const message = toMessageActivity(view)
      return connector.answer(
        { serviceUrl, conversation: conversation.id },
        isTyped ? { ...message, replyToId: id } : message,
      )
    }
    if (isPersonal(activity)) return inPlace
    return async (view) => {
      const reference = sender.reference === undefined ? undefined : decodeReference(sender.reference)
      if (!reference)
        throw new ExternalError('app-missing', 'nobody knows how to reach the person', { transient: false })
      try {
        await connector.answer(await conversations.of(reference), toMessageActivity(view))
      } catch (error) {
        const isShut = error instanceof ExternalError && !error.transient
        if (isShut && isTyped && !wasHinted(reference.user)) await inPlace(bare([addUs]))
        throw error
      }
    }
  }
}
