import type { Grant } from './grant.ts'
import { after, type Timestamp } from './time.ts'

/** Access never lasts longer than one token can: what is shown as its end is true of what people hold. */
export const shortened = (grant: Grant, until: Timestamp): Grant => {
  if (grant.state !== 'active' || until >= grant.expiresAt) return grant
  const dueAt = grant.dueAt !== undefined && grant.dueAt < until ? grant.dueAt : until
  return { ...grant, expiresAt: until, dueAt }
}

/** Whether the vault's own limit ends it before the time that was approved. */
export const isShortened = (grant: Grant & { state: 'active' }): boolean =>
  grant.expiresAt < after(grant.since, grant.duration)
