import type { Card } from '../domain/card.ts'
import type { Item } from '../domain/resource.ts'
import type { Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import type { Deps } from './deps.ts'

/** Whether the credential was fetched, for the owners; what the messages about a near or past end say besides the grant. */
export const endingContext = async (
  { store }: Pick<Deps, 'store'>,
  card: Card,
  loaded: Loaded | undefined,
): Promise<Pick<CardContext, 'isUnfetched' | 'goesOnUntil'>> => {
  const grant = loaded?.grant
  if (!grant) return {}
  const isForOwners = card.audience === 'owner' || card.audience === 'channel'
  if (isForOwners) return { isUnfetched: !(await store.wasFetched(grant.id)) }
  if (card.audience !== 'notice') return {}
  if (card.notice.about === 'end-near') return { isUnfetched: !(await store.wasFetched(grant.id)) }
  if (card.notice.about !== 'ended') return {}
  const others = await store.requestsFor(...grant.items.map(({ resource }) => resource))
  const newer = others
    .map((one) => one.grant)
    .find((one) => one?.state === 'active' && one.person === grant.person && hasAll(one.items, grant.items))
  return newer?.state === 'active' ? { goesOnUntil: newer.expiresAt } : {}
}

const hasAll = (own: readonly Item[], wanted: readonly Item[]): boolean =>
  wanted.every(({ resource, permission }) =>
    own.some((one) => one.resource === resource && one.permission === permission),
  )

/** Whether news of a near end was not shown in time: nobody may read it after the end. */
export const isTooLate = (card: Card, loaded: Loaded | undefined, now: number): boolean => {
  if (card.audience !== 'notice' || card.notice.about !== 'end-near' || card.message) return false
  return loaded?.grant?.state !== 'active' || loaded.grant.expiresAt <= now
}
