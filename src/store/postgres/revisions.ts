import type { FetchLinkId, GrantId, RequestId } from '../../domain/ids.ts'
import type { Queries } from './connection.ts'
import { eq, inArray, type SQL, sql } from './drizzle.ts'
import { cards, fetchLinks, grants, requests } from './schema.ts'

/**
 * The row of a request is the lock of all that belongs to it: decisions, grant, links, and which revision its cards must
 * show. Whoever changes any of these from what it has read takes the lock first, and reads then.
 * It is sent at once, as each `lock`.
 */
export const lockRequest = async (within: Queries, isMeant: SQL): Promise<void> => {
  await within.select({ id: requests.id }).from(requests).where(isMeant).for('no key update').execute()
}

/** The request of a grant. */
export const ofGrant = (queries: Queries, grant: GrantId): SQL =>
  eq(requests.id, sql`${queries.select({ request: grants.request }).from(grants).where(eq(grants.id, grant))}`)

/** The request of a link. */
export const ofLink = (queries: Queries, by: { readonly hash: string } | { readonly id: FetchLinkId }): SQL => {
  const isMeant = 'hash' in by ? eq(fetchLinks.hash, by.hash) : eq(fetchLinks.id, by.id)
  return eq(requests.id, sql`${queries.select({ request: fetchLinks.request }).from(fetchLinks).where(isMeant)}`)
}

/** After a change of the request, its cards and news become stale. */
export const outdateCards = async (within: Queries, request: RequestId, revision: number): Promise<void> => {
  await within.update(cards).set({ wanted: revision }).where(eq(cards.request, request))
}

/**
 * Gives requests a new revision because something beside them changed. The cards are a second statement: it also sees a
 * card that was added while the first one waited.
 */
export const raise = async (within: Queries, isMeant: SQL | undefined): Promise<void> => {
  const raised = within.select({ id: requests.id }).from(requests).where(isMeant)
  await Promise.all([
    within
      .update(requests)
      .set({ revision: sql`${requests.revision} + 1` })
      .where(isMeant)
      .execute(),
    within
      .update(cards)
      .set({ wanted: sql`(SELECT revision FROM ${requests} WHERE ${requests.id} = ${cards.request})` })
      .where(inArray(cards.request, raised))
      .execute(),
  ])
}
