import type { AccessRequest } from '../../domain/access-request.ts'
import type { Grant } from '../../domain/grant.ts'
import { outdateCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, eq, inArray, or, sql } from './drizzle.ts'
import { grants, requests } from './schema.ts'
import { given, statement } from './statement.ts'

/** Whether an extension of the grant waits for a decision, or is set up or active. */
export const isExtended = (queries: Queries, grant: Grant['id']): boolean =>
  underWay(queries).get({ grant }) !== undefined

const underWay = statement((queries) =>
  queries
    .select({ id: requests.id })
    .from(requests)
    .leftJoin(grants, eq(grants.request, requests.id))
    .where(
      and(
        eq(requests.extends, given('grant')),
        or(eq(requests.state, 'pending'), inArray(grants.state, ['provisioning', 'active'])),
      ),
    )
    .prepare(),
)

/**
 * The cards of an access tell of its extension, and the other way round. So a change of one gives the other a new
 * revision.
 */
export const touchNeighbours = (queries: Queries, request: AccessRequest, grant: Grant | undefined): void => {
  const before = request.extends === undefined ? [] : extended(queries).all({ grant: request.extends })
  const after = grant === undefined ? [] : openExtensions(queries).all({ grant: grant.id })
  for (const { id, revision } of [...before, ...after]) {
    raise(queries).run({ id })
    outdateCards(queries, id, revision + 1)
  }
}

const extended = statement((queries) =>
  queries
    .select({ id: requests.id, revision: requests.revision })
    .from(requests)
    .innerJoin(grants, eq(grants.request, requests.id))
    .where(eq(grants.id, given('grant')))
    .prepare(),
)
const openExtensions = statement((queries) =>
  queries
    .select({ id: requests.id, revision: requests.revision })
    .from(requests)
    .where(and(eq(requests.extends, given('grant')), requests.isOpen))
    .prepare(),
)
const raise = statement((queries) =>
  queries
    .update(requests)
    .set({ revision: sql`${requests.revision} + 1` })
    .where(eq(requests.id, given('id')))
    .prepare(),
)
