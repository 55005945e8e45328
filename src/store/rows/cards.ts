import type { Card, NewCard, Notice, Recipient } from '../../domain/card.ts'
import type { Platform } from '../../domain/platform.ts'
import { timestamp } from '../../domain/time.ts'
import type { Stored } from './row.ts'

/** A card as its table stores it. */
export type CardRow = Omit<Stored<Card>, 'audience'> & {
  readonly audience: Card['audience']
  readonly notice: Notice | null
}

/** A card that was not shown yet: stale until it shows the revision `wanted`. */
export const cardColumns = (card: NewCard, wanted: number) => ({
  id: card.id,
  request: card.request ?? null,
  audience: card.audience,
  notice: card.audience === 'notice' ? card.notice : null,
  platform: platformOf(card.recipient),
  recipient: card.recipient,
  rendered: 0,
  wanted,
  attempts: 0,
  retryAt: timestamp(0),
})

const platformOf = (recipient: Recipient): Platform =>
  recipient.to === 'person' ? recipient.identity.platform : recipient.channel.platform

/** The card in a row. Throws for a notice without content. */
export const toCard = (row: CardRow): Card => {
  const { id, recipient, rendered, attempts } = row
  const basics = {
    ...{ id, recipient, rendered, attempts },
    ...(row.request !== null && { request: row.request }),
    ...(row.message && { message: row.message }),
    ...(row.trouble && { trouble: row.trouble }),
  }
  if (row.audience !== 'notice') return { ...basics, audience: row.audience }
  if (row.notice === null) throw new Error(`The card ${id} is a notice about nothing.`)
  return { ...basics, audience: row.audience, notice: row.notice }
}
