import type { MessageRef } from '../domain/card.ts'
import type { CardId, GrantId, PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Deps } from './deps.ts'

/** A press of a button in a message. */
export type Press = {
  /** The card that the button names. */
  readonly card: CardId
  readonly message: MessageRef
  /** Absent for a button that concerns no request. */
  readonly about: { readonly request: RequestId } | { readonly grant: GrantId } | undefined
  readonly by: PersonId
}

/**
 * Whether the button is in the message of this card, and concerns the same request. The card's person must have pressed
 * it (in a channel: anybody). A card that is being posted has no message yet; then its unguessable id is enough.
 */
export const checkPress =
  ({ store }: Pick<Deps, 'store'>) =>
  async ({ card: id, message, about, by }: Press): Promise<Outcome<void>> => {
    const card = await store.card(id)
    const isGrant = about !== undefined && 'grant' in about
    const request = isGrant ? (await store.requestOfGrant(about.grant))?.request.id : about?.request
    if (!card || (about && request === undefined) || card.request !== request)
      return refuse({ code: 'foreign-message' })
    const { recipient, message: kept } = card
    const isTheirs = recipient.to === 'person' ? recipient.person === by : recipient.channel.id === message.conversation
    const isKept = !kept || (kept.conversation === message.conversation && kept.message === message.message)
    return isTheirs && isKept ? accept(undefined) : refuse({ code: 'foreign-message' })
  }
