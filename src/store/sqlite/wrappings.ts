import type { FetchLinkId, IntegrationId } from '../../domain/ids.ts'
import type { WrappingMemory, WrappingMove } from '../../domain/wrapping-memory.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, lte, sql } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { settleUnopened } from './links.ts'
import { wrappings } from './schema-wrappings.ts'

/** The store's verbs about credentials in their wrappings. */
export const wrappingVerbs = (queries: Queries, together: GroupCommit): WrappingMemory => ({
  wrapping: async (link) => queries.select().from(wrappings).where(eq(wrappings.link, link)).get(),
  dueWrappings: async (integration, now) =>
    queries
      .select()
      .from(wrappings)
      .where(and(isOpenAt(integration), lte(wrappings.lookAt, now)))
      .orderBy(asc(wrappings.lookAt))
      .limit(most)
      .all(),
  nextWrapping: async (integration) =>
    queries
      .select({ lookAt: wrappings.lookAt })
      .from(wrappings)
      .where(isOpenAt(integration))
      .orderBy(asc(wrappings.lookAt))
      .limit(1)
      .get()?.lookAt,
  moveWrapping: (link, move) => together((within) => moveWrapping(within, link, move)),
})

const most = 16 // together at one vault; the others follow
const isOpenAt = (integration: IntegrationId) =>
  // In the words of the index, which a bound value would not match.
  and(eq(wrappings.integration, integration), sql`${wrappings.state} IN ('waiting', 'closing', 'closed')`)

const moveWrapping = (
  queries: Queries,
  link: FetchLinkId,
  { from, to, lookAt, now, audit = [], cards = [] }: WrappingMove,
): boolean => {
  const isMeant = and(eq(wrappings.link, link), eq(wrappings.state, from))
  const set = { state: to, ...(lookAt !== undefined && { lookAt }) }
  if (queries.update(wrappings).set(set).where(isMeant).run().changes === 0) return false
  if (to === 'unopened') settleUnopened(queries, link, now)
  appendAudit(queries, audit)
  insertCards(queries, cards)
  return true
}
