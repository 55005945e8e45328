import type { Identity } from '../../../domain/card.ts'
import type { Sender } from '../../conversation/port.ts'
import { encodeReference } from '../connector/reference.ts'
import { teamsName } from '../settings.ts'
import { type Activity, tenantsOf } from './activity.ts'

/**
 * The sender of an activity. The token of the channel does not vouch for a tenant, so every named one must be served. In
 * a channel that two served tenants share, nobody says which of them the person belongs to.
 */
export const senderOf = (activity: Activity, tenants: readonly string[]): Sender | undefined => {
  const { from, serviceUrl } = activity
  const named = tenantsOf(activity)
  const [tenant] = named
  if (!from.aadObjectId || tenant === undefined) return undefined
  const identity: Identity = { platform: teamsName, tenant, subject: from.aadObjectId }
  // Kept only for people whom the directory knows; for others it carries the refusal.
  const reference = encodeReference({ serviceUrl, user: from.id, tenant })
  if (!named.every((each) => tenants.includes(each)))
    return { identity, reference, objection: { code: 'not-admitted', why: 'other-workspace' } }
  if (named.length > 1) return { identity, reference, objection: { code: 'not-admitted', why: 'external' } }
  return { identity, reference }
}
