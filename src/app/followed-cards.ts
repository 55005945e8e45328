import { isDeepStrictEqual } from 'node:util'
import type { Card } from '../domain/card.ts'
import type { Deps } from './deps.ts'

/** Whether a newer card of the request tells the same person the rest. */
export const isFollowed = async (
  { store }: Pick<Deps, 'store'>,
  { id, request, audience, recipient }: Card,
): Promise<boolean> => {
  if (!request || (audience !== 'requester' && audience !== 'access')) return false
  const all = await store.cardsOf(request)
  const later = all.slice(all.findIndex((one) => one.id === id) + 1)
  return later.some((one) => isNews(one) && isDeepStrictEqual(one.recipient, recipient))
}

const isNews = (card: Card): boolean =>
  card.audience === 'access' ||
  card.audience === 'outcome' ||
  (card.audience === 'notice' && card.notice.about === 'ended')
