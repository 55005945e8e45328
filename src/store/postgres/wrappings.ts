import type { FetchLinkId, IntegrationId } from '../../domain/ids.ts'
import type { WrappingMemory, WrappingMove } from '../../domain/wrapping-memory.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import type { Atomically, Queries } from './connection.ts'
import { and, asc, eq, inArray, lte } from './drizzle.ts'
import { settleUnopened } from './links.ts'
import { lockRequest, ofLink } from './revisions.ts'
import { wrappings } from './schema-wrappings.ts'

/** The store's verbs about credentials in their wrappings. */
export const wrappingVerbs = (queries: Queries, atomically: Atomically): WrappingMemory => ({
  wrapping: async (link) => (await queries.select().from(wrappings).where(eq(wrappings.link, link)))[0],
  dueWrappings: async (integration, now) =>
    queries
      .select()
      .from(wrappings)
      .where(and(isOpenAt(integration), lte(wrappings.lookAt, now)))
      .orderBy(asc(wrappings.lookAt))
      .limit(most),
  nextWrapping: async (integration) => {
    const open = queries.select({ lookAt: wrappings.lookAt }).from(wrappings).where(isOpenAt(integration))
    return (await open.orderBy(asc(wrappings.lookAt)).limit(1))[0]?.lookAt
  },
  moveWrapping: (link, move) => atomically((within) => moveWrapping(within, link, move)),
})

const most = 16 // together at one vault; the others follow
const isOpenAt = (integration: IntegrationId) =>
  and(eq(wrappings.integration, integration), inArray(wrappings.state, ['waiting', 'closing', 'closed']))

/** The request is locked first, as by the mint, because its cards may change. */
const moveWrapping = async (
  within: Queries,
  link: FetchLinkId,
  { from, to, lookAt, now, audit = [], cards = [] }: WrappingMove,
): Promise<boolean> => {
  const isMeant = and(eq(wrappings.link, link), eq(wrappings.state, from))
  const [, { rowCount }] = await Promise.all([
    lockRequest(within, ofLink(within, { id: link })),
    within
      .update(wrappings)
      .set({ state: to, ...(lookAt !== undefined && { lookAt }) })
      .where(isMeant),
  ])
  if (rowCount === 0) return false
  await Promise.all([
    to === 'unopened' && settleUnopened(within, link, now),
    insertCards(within, cards),
    appendAudit(within, audit),
  ])
  return true
}
