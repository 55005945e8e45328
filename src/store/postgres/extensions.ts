import type { AccessRequest } from '../../domain/access-request.ts'
import type { Grant } from '../../domain/grant.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { Queries } from './connection.ts'
import { and, eq, inArray, or } from './drizzle.ts'
import { ofGrant, raise } from './revisions.ts'
import { grants, requests } from './schema.ts'

/** Whether an extension of the grant waits for a decision, or is set up or active. */
export const isExtended = async (queries: Queries, grant: GrantId): Promise<boolean> => {
  const isUnderWay = or(eq(requests.state, 'pending'), inArray(grants.state, ['provisioning', 'active']))
  const underWay = await queries
    .select({ id: requests.id })
    .from(requests)
    .leftJoin(grants, eq(grants.request, requests.id))
    .where(and(eq(requests.extends, grant), isUnderWay))
    .limit(1)
  return underWay.length > 0
}

/**
 * The cards of an access tell of its extension, and the other way round. So a change of one gives the other a new
 * revision. The extended request is locked before its extension by everyone, so that no two wait for each other.
 */
export const touchNeighbours = async (
  within: Queries,
  request: AccessRequest,
  grant: Grant | undefined,
): Promise<void> => {
  await Promise.all([
    request.extends === undefined ? undefined : raise(within, ofGrant(within, request.extends)),
    grant === undefined ? undefined : raise(within, and(eq(requests.extends, grant.id), requests.isOpen)),
  ])
}
