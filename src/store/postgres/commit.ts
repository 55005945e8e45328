import type { AccessRequest } from '../../domain/access-request.ts'
import { type Grant, isLive } from '../../domain/grant.ts'
import type { GrantId, RequestId } from '../../domain/ids.ts'
import type { Claim } from '../../domain/lease-memory.ts'
import type { Save } from '../../ports.ts'
import { grantColumns } from '../rows/grants.ts'
import { canonicalJson } from '../rows/json.ts'
import { requestColumns } from '../rows/requests.ts'
import { askedBy } from './asked.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, eq, exists, isNotNull, or, sql } from './drizzle.ts'
import { isExtended, touchNeighbours } from './extensions.ts'
import { isHolding, keepHeld } from './held.ts'
import { explain, raiseAlarm, settleLinks } from './links.ts'
import { lock } from './locks.ts'
import { lockRequest, ofGrant, outdateCards } from './revisions.ts'
import { askedItems, decisions, grants, requests } from './schema.ts'

/**
 * Writes a change inside a transaction, if the request still has the revision that the change was made from. Otherwise
 * it writes nothing. The first write locks the request's row; everything after it is independent, and sent together.
 */
export const write = async (within: Queries, save: Save): Promise<'committed' | 'conflict'> => {
  const { request, grant, audit, cards, alarm, explained, withdrawn, release } = save
  const revision = request.revision + 1
  const isOpen = request.state === 'pending' || (grant ? isLive(grant) : hasLiveGrant(within, request.id))
  const row = { ...requestColumns(request), revision, isOpen: sql<boolean>`${isOpen}` }
  const isWritten = await (request.revision === 0 ? insertRequest(within, save, row) : updateRequest(within, save, row))
  if (!isWritten) return 'conflict'
  await Promise.all([
    alarm && raiseAlarm(within, alarm),
    explained && explain(within, explained),
    withdrawn !== undefined && settleLinks(within, { request: request.id }, 'withdrawn', withdrawn),
    writeDecisions(within, request),
    release !== undefined && endClaim(within, request.id, release),
    grant && writeGrant(within, grant),
    outdateCards(within, request.id, revision),
    touchNeighbours(within, request, grant),
    insertCards(within, cards ?? []),
    appendAudit(within, audit),
  ])
  return 'committed'
}

type Row = Omit<typeof requests.$inferInsert, 'isOpen'> & { readonly isOpen: ReturnType<typeof sql<boolean>> }

const hasLiveGrant = (queries: Queries, request: RequestId) =>
  exists(
    queries
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.request, request), isNotNull(grants.dueAt))),
  )

/**
 * A person asks for one thing once, extends an access once, and only so often: also at the same instant. So the person's
 * requests come one after the other, and the extended request is locked before its extensions are counted.
 */
const insertRequest = async (within: Queries, { request, cap, held }: Save, row: Row): Promise<boolean> => {
  const { requester } = request
  const [, isHeld, , asked, isTwice, isSecond] = await Promise.all([
    lock(within, 'person', requester),
    held ? keepHeld(within, held) : true,
    request.extends !== undefined && lockExtended(within, request.extends),
    cap && askedBy(within, requester, cap.since),
    isAsked(within, request),
    request.extends !== undefined && isExtended(within, request.extends),
  ])
  const isBeyond = asked && cap && (asked.waiting >= cap.waiting || asked.recent >= cap.recent)
  if (!isHeld || isBeyond || isTwice || isSecond) return false
  return (await within.insert(requests).values(row).onConflictDoNothing()).rowCount === 1
}

const updateRequest = async (within: Queries, { request, held }: Save, row: Row): Promise<boolean> => {
  const isUnchanged = and(eq(requests.id, request.id), eq(requests.revision, request.revision))
  const [, , { rowCount }] = await Promise.all([
    held && keepHeld(within, held),
    request.extends !== undefined && lockExtended(within, request.extends),
    within
      .update(requests)
      .set(row)
      .where(and(isUnchanged, held && isHolding(within, held))),
  ])
  return rowCount === 1
}

const lockExtended = (within: Queries, grant: GrantId): Promise<void> => lockRequest(within, ofGrant(within, grant))

const isAsked = async (within: Queries, { requester, workload, items }: AccessRequest): Promise<boolean> => {
  const asking = and(
    ...[eq(askedItems.requester, requester), eq(askedItems.workload, workload ? canonicalJson(workload) : '')],
    or(...items.map((item) => and(eq(askedItems.resource, item.resource), eq(askedItems.permission, item.permission)))),
  )
  return (await within.select({ request: askedItems.request }).from(askedItems).where(asking).limit(1)).length > 0
}

/** Rewrites all decisions: re-routing voids some, and the audit keeps the earlier ones. */
const writeDecisions = async (within: Queries, { id, decisions: made }: AccessRequest): Promise<void> => {
  const rows = made.map(({ by, verdict, note = null, duration = null, at, part = null }, position) => ({
    ...{ request: id, approver: by, position, verdict, note, duration, at, part },
  }))
  await Promise.all([
    within.delete(decisions).where(eq(decisions.request, id)).execute(),
    rows.length > 0 && within.insert(decisions).values(rows).execute(),
  ])
}

const unclaimed = { claim: null, claimedUntil: null }

const endClaim = async (within: Queries, request: RequestId, claim: Claim): Promise<void> => {
  await within
    .update(grants)
    .set(unclaimed)
    .where(and(eq(grants.request, request), eq(grants.claim, claim)))
}

/**
 * Does not touch what is written between loading and committing: the reconciler's claim, and newly drawn names. Nothing
 * remains due of a grant that is over, so any claim ends.
 */
const writeGrant = async (within: Queries, grant: Grant): Promise<void> => {
  const columns = { ...grantColumns(grant), ...(!isLive(grant) && unclaimed) }
  await within
    .insert(grants)
    .values({ ...columns, handle: grant.handle ?? null })
    .onConflictDoUpdate({ target: grants.id, set: columns })
}
