import type { MessageRef } from '../domain/card.ts'
import type { CardId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { MessageView } from '../views/view-model.ts'
import { contentOf, viewOf } from './card-content.ts'
import type { Deps } from './deps.ts'

/**
 * The present content of a card, for a reader who asks for it. The card must be in that message, and the person's own or
 * in a channel. It asks no vault, so caveats are missing.
 */
export const cardView =
  (deps: Deps) =>
  async (id: CardId, message: MessageRef, by: PersonId): Promise<Outcome<MessageView>> => {
    const card = await deps.store.card(id)
    if (!card?.message) return refuse({ code: 'foreign-message' })
    const isThere = card.message.conversation === message.conversation && card.message.message === message.message
    const { recipient } = card
    const isTheirs = recipient.to === 'channel' || recipient.person === by
    if (!isThere || !isTheirs) return refuse({ code: 'foreign-message' })
    const { loaded, context } = await contentOf(deps, card, 'without-caveats')
    return accept(viewOf(card, loaded, context))
  }
