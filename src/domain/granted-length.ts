import type { AccessRequest } from './access-request.ts'
import type { Refusal } from './refusal.ts'
import { decidedBy, standingIn } from './request-items.ts'
import type { Seconds } from './time.ts'

type Approved = Pick<AccessRequest, 'items' | 'duration' | 'decisions'>

/**
 * How long the access lasts by the approvals so far: the shortest counts, and nothing is longer than requested. An
 * approval counts while it is about an item that can still be given.
 */
export const grantedLength = (request: Approved): Seconds => {
  const standing = standingIn(request)
  return request.decisions.reduce((shortest, decision) => {
    const { verdict, duration = shortest } = decision
    const counts = verdict === 'approve' && decidedBy(request, decision).some((position) => standing.includes(position))
    return counts && duration < shortest ? duration : shortest
  }, request.duration)
}

/** The lengths that an owner may choose: the offered ones below `most`, then `most` itself. */
export const lengthsUpTo = (offered: readonly Seconds[], most: Seconds): readonly Seconds[] => [
  ...[...new Set(offered)].filter((length) => length < most).sort((one, other) => one - other),
  most,
]

/** Why an owner may not approve this length; an absent one is the requested one. */
export const checkLength = (
  { duration: requested }: Pick<AccessRequest, 'duration'>,
  offered: readonly Seconds[],
  length: Seconds = requested,
): Refusal | undefined =>
  lengthsUpTo(offered, requested).includes(length) ? undefined : { code: 'duration-not-offered', longest: requested }
