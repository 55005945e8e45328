import { isNarrowing } from './beneath.ts'
import type { Plan } from './connector.ts'
import type { Grant } from './grant.ts'
import type { Refusal } from './refusal.ts'
import type { Item } from './resource.ts'
import type { Timestamp } from './time.ts'

/** What a grant gives: its items, and the policy for them. */
export type Given = { readonly items: readonly [Item, ...Item[]]; readonly plan: Plan }

/** Whether the vault may still have a wider policy than the row. */
export const isNarrowingDue = (grant: Grant): boolean => grant.narrow === true

/**
 * The grant with more exceptions, due at once. It keeps what was approved, because the connector checks the new plan
 * against that. Anything but more exceptions changes nothing.
 */
export const narrowing = (grant: Grant, { items, plan }: Given, now: Timestamp): Grant => {
  const isLive = grant.state === 'active' || grant.state === 'provisioning'
  if (!isLive || plan.hash === grant.plan.hash || !isNarrowing(grant.items, items)) return grant
  const approved = grant.approved ?? { items: grant.items, plan: grant.plan }
  return { ...grant, items, plan, approved, narrow: true, ...(grant.state === 'active' && { dueAt: now }) }
}

/**
 * Whether a folder can no longer be kept apart from what is new beneath it, however often it is tried. A vault that is
 * away or slow, or a right that is missing, may be repaired.
 */
export const isNeverNarrowed = (code: Refusal['code']): boolean =>
  code === 'policy-too-large' || code === 'folder-unnameable' || code === 'too-much-beneath'

/** The vault has the policy with this hash; a later narrowing is still due. */
export const narrowed = (grant: Grant, hash: string, now: Timestamp): Grant => {
  if (grant.state !== 'active' || grant.plan.hash !== hash) return grant
  const { narrow: _, trouble: __, ...kept } = grant
  return { ...kept, attempts: 0, dueAt: restsUntil(kept, now) }
}

/**
 * What the last look beneath the folders found. `blind`: why it could not look through them, which the owners are told
 * once. Other trouble goes first.
 */
export const looked = (grant: Grant, blind: string | undefined, now: Timestamp): Grant => {
  const { trouble, ...kept } = grant
  if (grant.state !== 'active' || grant.withdraw || grant.narrow || trouble?.code === blind) return grant
  return blind === undefined ? kept : { ...grant, trouble: { since: now, code: blind, alerted: true } }
}

/** The credential handed out is dead, and the approval stays. */
export const withdrawn = (grant: Grant, now: Timestamp): Grant => {
  if (grant.state !== 'active') return grant
  const { withdraw: _, trouble: __, ...kept } = grant
  return { ...kept, attempts: 0, dueAt: restsUntil(kept, now) }
}

/** When an active grant is due next: at its end, or now while the vault must still be told something. */
export const restsUntil = (
  grant: Pick<Grant & { state: 'active' }, 'withdraw' | 'narrow' | 'expiresAt'>,
  now: Timestamp,
) => (grant.withdraw || grant.narrow ? now : grant.expiresAt)
