import type { Grant, GrantEvent } from './grant.ts'
import { restsUntil } from './narrowed-grant.ts'
import type { Timestamp } from './time.ts'

/** Whether the held-back end is due. */
export const isHoldOver = ({ lapse }: Grant, now: Timestamp): boolean =>
  lapse?.endsAt !== undefined && lapse.endsAt <= now

/** Makes the grant due at its held-back end; nothing is set up meanwhile. */
export const held = (grant: Grant): Grant => {
  const endsAt = grant.lapse?.endsAt
  if (endsAt === undefined) return grant
  const isFirst = grant.state === 'provisioning' || grant.dueAt === undefined || endsAt < grant.dueAt
  return isFirst ? { ...grant, dueAt: endsAt } : grant
}

/** The holder may no longer have it: the grant gives nothing new, and with `endsAt` it ends then. */
export const lapsed = (grant: Grant, { why, endsAt }: GrantEvent & { kind: 'lapsed' }, now: Timestamp): Grant =>
  canLapse(grant)
    ? { ...restored(grant, now), lapse: { why, since: now, ...(endsAt !== undefined && { endsAt }) } }
    : grant

/** The holder may have it again, as if it had never lapsed. */
export const restored = (grant: Grant, now: Timestamp): Grant => {
  const { lapse, ...kept } = grant
  if (lapse?.endsAt === undefined || !canLapse(grant)) return kept
  return { ...kept, dueAt: grant.state === 'active' ? restsUntil(grant, now) : now }
}

const canLapse = ({ state }: Grant): boolean => state === 'provisioning' || state === 'active'
