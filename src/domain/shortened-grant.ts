import { tellAtOf } from './ending.ts'
import type { Grant } from './grant.ts'
import { after, type Timestamp } from './time.ts'

/** Shortens a grant to the life of one token, so that the end on the card is true. */
export const shortened = (grant: Grant, until: Timestamp): Grant => {
  if (grant.state !== 'active' || until >= grant.expiresAt) return grant
  const dueAt = grant.dueAt !== undefined && grant.dueAt < until ? grant.dueAt : until
  const earlier = { ...grant, expiresAt: until, dueAt }
  return grant.tellAt === undefined ? earlier : { ...earlier, tellAt: tellAtOf(earlier) }
}

/** Whether the vault's own limit ends the grant before the approved time. */
export const isShortened = (grant: Grant & { state: 'active' }): boolean =>
  grant.expiresAt < after(grant.since, grant.duration)
