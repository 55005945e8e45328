import type { Grant } from './grant.ts'
import { type Timestamp, timestamp } from './time.ts'

/** The longest time between the message and the end, in milliseconds. */
const longestNotice = 5 * 60_000
/** The same for short accesses, as a share of their time. */
const share = 10

/** When the holder is told that the end is near: five minutes before it, or a tenth of the time if that is less. */
export const tellAtOf = ({ since, expiresAt }: { since: Timestamp; expiresAt: Timestamp }): Timestamp =>
  timestamp(expiresAt - Math.min(longestNotice, Math.floor((expiresAt - since) / share)))

/** Whether the end is so near that the holder may request the same again. */
export const isEndNear = (grant: Grant, now: Timestamp): boolean => grant.state === 'active' && tellAtOf(grant) <= now

/** Whether a due message is left out: the grant gives nothing any more, or its end is over. */
export type Told = { readonly grant: Grant; readonly isNews: boolean }

/**
 * The grant after its holder was told, once; `undefined` while nothing is due. A grant whose holder may no longer have it
 * waits: its holder was told otherwise, and it may be restored. After the end there is no news.
 */
export const told = (grant: Grant, now: Timestamp): Told | undefined => {
  if (grant.state !== 'active' || grant.tellAt === undefined || grant.tellAt > now || grant.lapse) return undefined
  const { tellAt: _, ...kept } = grant
  return { grant: kept, isNews: now < grant.expiresAt }
}
