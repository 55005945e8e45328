import type { AccessRequest } from './access-request.ts'
import type { Grant } from './grant.ts'
import type { PersonId } from './ids.ts'
import { accept, type Outcome, type Refusal, refuse } from './refusal.ts'
import { after, type Seconds, type Timestamp } from './time.ts'

type Access = { readonly request: AccessRequest; readonly grant?: Grant }

/** A grant that works now. */
export type ActiveGrant = Grant & { readonly state: 'active' }

/** Whether a request waits for a decision, or its access is being set up or active. */
const isUnderWay = ({ request, grant }: Access): boolean =>
  request.state === 'pending' || grant?.state === 'provisioning' || grant?.state === 'active'

/** The extension of a grant that waits for a decision or is live; there is one at most. */
export const followerOf = <One extends Access>({ id }: Pick<Grant, 'id'>, others: readonly One[]): One | undefined =>
  others.find((other) => other.request.extends === id && isUnderWay(other))

/**
 * The grant that a person may extend now: their own, active, and not extended yet. `others` are its extensions so far.
 * An extension is a new request for the same, decided anew. The grant itself never lasts longer.
 */
export const extendable = <One extends Access>(
  access: Access,
  by: PersonId,
  others: readonly One[],
  now: Timestamp,
): Outcome<ActiveGrant> => {
  const { request, grant } = access
  if (request.requester !== by) return refuse({ code: 'not-the-requester' })
  if (!grant || grant.state === 'provisioning') return refuse({ code: 'access-not-active', state: 'not-yet' })
  if (grant.state === 'ended') return refuse({ code: 'access-not-active', state: 'ended' })
  if (grant.state === 'revoking' || grant.expiresAt <= now)
    return refuse({ code: 'access-not-active', state: 'ending' })
  const follower = followerOf(grant, others)
  if (!follower) return accept(grant)
  const state = follower.request.state === 'pending' ? 'pending' : 'live'
  return refuse({ code: 'already-asked', state, request: follower.request.id })
}

/** Why the length is too short: approved at once, the new access would end no later than the present one. */
export const tooShort = ({ expiresAt }: ActiveGrant, length: Seconds, now: Timestamp): Refusal | undefined =>
  after(now, length) > expiresAt ? undefined : { code: 'no-later-end', until: expiresAt }

/** The offered lengths that are long enough. */
export const lengthsToExtend = (grant: ActiveGrant, offered: readonly Seconds[], now: Timestamp): readonly Seconds[] =>
  offered.filter((length) => tooShort(grant, length, now) === undefined)
