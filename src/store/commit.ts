import type { AccessRequest } from '../domain/access-request.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import { type Grant, isLive } from '../domain/grant.ts'
import type { RequestId } from '../domain/ids.ts'
import type { Save } from '../ports.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateCards } from './cards.ts'
import { atomically, type Queries } from './connection.ts'
import { and, eq, isNotNull } from './drizzle.ts'
import { decisions, fetchLinks, grants, type KeyOf, requests } from './schema.ts'

/** Writes a change, if the request is still at the revision that the change was made from. */
export const commit = (queries: Queries, change: Save): 'committed' | 'conflict' =>
  atomically(queries, (within) => write(within, change))

const write = (queries: Queries, { request, grant, audit, cards, link, release }: Save): 'committed' | 'conflict' => {
  const isOpen = request.state === 'pending' || (grant ? isLive(grant) : hasLiveGrant(queries, request.id))
  const row = { ...requestColumns(request), revision: request.revision + 1, isOpen }
  const isWritten = request.revision === 0 ? insertRequest(queries, row) : updateRequest(queries, row, request.revision)
  if (!isWritten) return 'conflict'
  writeDecisions(queries, request)
  if (release || (grant && !isLive(grant))) releaseGrant(queries, request.id)
  if (grant) writeGrant(queries, grant)
  if (link) writeLink(queries, link)
  outdateCards(queries, request.id, row.revision)
  insertCards(queries, cards ?? [])
  appendAudit(queries, audit)
  return 'committed'
}

type RequestRow = typeof requests.$inferInsert

const hasLiveGrant = (queries: Queries, request: RequestId): boolean =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.request, request), isNotNull(grants.dueAt)))
    .get() !== undefined

const insertRequest = (queries: Queries, row: RequestRow): boolean =>
  queries.insert(requests).values(row).onConflictDoNothing().run().changes === 1

const updateRequest = (queries: Queries, row: RequestRow, from: number): boolean =>
  queries
    .update(requests)
    .set(row)
    .where(and(eq(requests.id, row.id), eq(requests.revision, from)))
    .run().changes === 1

/** All of them anew: re-routing starts over, and the audit keeps what was decided before. */
const writeDecisions = (queries: Queries, request: AccessRequest): void => {
  queries.delete(decisions).where(eq(decisions.request, request.id)).run()
  for (const [position, { by, verdict, note, at }] of request.decisions.entries()) {
    queries
      .insert(decisions)
      .values({ request: request.id, approver: by, position, verdict, note: note ?? null, at })
      .run()
  }
}

/** Leaves alone what is written between loading and committing: the reconciler's claim and the names drawn since. */
const writeGrant = (queries: Queries, grant: Grant): void => {
  const row = grantColumns(grant)
  queries
    .insert(grants)
    .values({ ...row, handle: grant.handle ?? null })
    .onConflictDoUpdate({ target: grants.id, set: row })
    .run()
}

const releaseGrant = (queries: Queries, request: RequestId): void => {
  queries.update(grants).set({ claimedUntil: null }).where(eq(grants.request, request)).run()
}

const writeLink = (queries: Queries, link: FetchLink): void => {
  const isRival = and(eq(fetchLinks.grant, link.grant), eq(fetchLinks.state, 'open'))
  queries.update(fetchLinks).set({ state: 'replaced' }).where(isRival).run()
  queries
    .insert(fetchLinks)
    .values({ ...link, state: 'open' })
    .run()
}

type RequestColumn =
  | Exclude<KeyOf<AccessRequest>, 'decisions' | 'revision' | 'at' | 'by' | 'note'>
  | ('decidedAt' | 'deniedBy' | 'denialNote')
type GrantColumn = Exclude<KeyOf<Grant>, 'handle' | 'at'> | 'endedAt'

const requestColumns = (request: AccessRequest) =>
  ({
    id: request.id,
    draft: request.draft,
    requester: request.requester,
    integration: request.integration,
    items: request.items,
    reason: request.reason,
    duration: request.duration,
    plan: request.plan,
    requirements: request.requirements,
    submittedAt: request.submittedAt,
    state: request.state,
    decideBy: request.state === 'pending' ? request.decideBy : null,
    decidedAt: request.state === 'pending' ? null : request.at,
    deniedBy: request.state === 'denied' ? request.by : null,
    denialNote: request.state === 'denied' ? request.note : null,
  }) satisfies Record<RequestColumn, unknown>

const grantColumns = (grant: Grant) =>
  ({
    id: grant.id,
    request: grant.request,
    person: grant.person,
    integration: grant.integration,
    items: grant.items,
    duration: grant.duration,
    plan: grant.plan,
    attempts: grant.attempts,
    dueAt: grant.dueAt ?? null,
    trouble: grant.trouble ?? null,
    state: grant.state,
    since: grant.state === 'active' || grant.state === 'revoking' ? grant.since : null,
    expiresAt: grant.state === 'active' || grant.state === 'revoking' ? (grant.expiresAt ?? null) : null,
    withdraw: grant.state === 'active' && grant.withdraw === true,
    because: grant.state === 'revoking' || grant.state === 'ended' ? grant.because : null,
    by: grant.state === 'revoking' || grant.state === 'ended' ? (grant.by ?? null) : null,
    endedAt: grant.state === 'ended' ? grant.at : null,
    proof: grant.state === 'ended' ? (grant.proof ?? null) : null,
  }) satisfies Record<GrantColumn, unknown>
