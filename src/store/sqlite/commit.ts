import type { AccessRequest } from '../../domain/access-request.ts'
import type { RequestCap } from '../../domain/caps.ts'
import { type Grant, isLive } from '../../domain/grant.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { Save } from '../../ports.ts'
import { grantColumns } from '../rows/grants.ts'
import { canonicalJson } from '../rows/json.ts'
import { requestColumns } from '../rows/requests.ts'
import { isHeld } from './accounts.ts'
import { askedBy } from './asked.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, eq, isNotNull } from './drizzle.ts'
import { isExtended, touchNeighbours } from './extensions.ts'
import { explain, raiseAlarm, settleLinks } from './links.ts'
import { askedItems, decisions, grants, requests } from './schema.ts'
import { given, givenColumns, givenRow, statement } from './statement.ts'

/**
 * Writes a change inside a transaction, if the request still has the revision that the change was made from. Otherwise
 * it writes nothing.
 */
export const write = (
  queries: Queries,
  { request, grant, audit, cards, cap, alarm, explained, withdrawn, held, release }: Save,
): 'committed' | 'conflict' => {
  if (held && !isHeld(queries, held)) return 'conflict'
  const isOpen = request.state === 'pending' || (grant ? isLive(grant) : hasLiveGrant(queries, request.id))
  const row = { ...requestColumns(request), revision: request.revision + 1, isOpen }
  if (request.revision === 0 && cap && isBeyond(queries, request.requester, cap)) return 'conflict'
  const isWritten = request.revision === 0 ? insertRequest(queries, row) : updateRequest(queries, row, request.revision)
  if (!isWritten) return 'conflict'
  if (alarm) raiseAlarm(queries, alarm)
  if (explained) explain(queries, explained)
  if (withdrawn !== undefined) settleLinks(queries, { request: request.id }, 'withdrawn', withdrawn)
  writeDecisions(queries, request)
  const isOver = grant !== undefined && !isLive(grant) // nothing remains due, so any claim ends
  if (isOver) endAnyClaim(queries).run({ request: request.id })
  else if (release !== undefined) endClaim(queries).run({ request: request.id, claim: release })
  if (grant) writeGrant(queries, grant)
  outdateCards(queries, request.id, row.revision)
  touchNeighbours(queries, request, grant)
  insertCards(queries, cards ?? [])
  appendAudit(queries, audit)
  return 'committed'
}

/** Checked again here, because several forms may arrive at the same instant. */
const isBeyond = (queries: Queries, requester: AccessRequest['requester'], cap: RequestCap): boolean => {
  const { waiting, recent } = askedBy(queries, requester, cap.since)
  return waiting >= cap.waiting || recent >= cap.recent
}

type RequestRow = typeof requests.$inferInsert

const hasLiveGrant = (queries: Queries, request: RequestId): boolean =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.request, request), isNotNull(grants.dueAt)))
    .get() !== undefined

/**
 * A person asks for one thing once, and extends an access once: a second request is a conflict, even at the same
 * instant.
 */
const insertRequest = (queries: Queries, row: RequestRow): boolean =>
  !(row.extends && isExtended(queries, row.extends)) &&
  !row.items.some((item) => isAsked(queries).get({ ...item, ...askerOf(row) })) &&
  newRequest(queries).run(row).changes === 1

const askerOf = ({ requester, workload }: RequestRow) => ({
  requester,
  workload: workload ? canonicalJson(workload) : '',
})

const updateRequest = (queries: Queries, row: RequestRow, from: number): boolean =>
  changeRequest(queries).run({ ...row, from }).changes === 1

/** Rewrites all decisions: re-routing voids some, and the audit keeps the earlier ones. */
const writeDecisions = (queries: Queries, request: AccessRequest): void => {
  forgetDecisions(queries).run({ request: request.id })
  for (const [position, decision] of request.decisions.entries()) {
    const { by, verdict, note = null, duration = null, at, part = null } = decision
    newDecision(queries).run({ request: request.id, approver: by, position, verdict, note, duration, at, part })
  }
}

/** Does not touch what is written between loading and committing: the reconciler's claim, and newly drawn names. */
const writeGrant = (queries: Queries, grant: Grant): void => {
  putGrant(queries).run({ ...grantColumns(grant), handle: grant.handle ?? null })
}

const requestRow = givenRow(requests, 'number')
const newRequest = statement((queries) => queries.insert(requests).values(requestRow).onConflictDoNothing().prepare())
const changeRequest = statement((queries) =>
  queries
    .update(requests)
    .set(requestRow)
    .where(and(eq(requests.id, given('id')), eq(requests.revision, given('from'))))
    .prepare(),
)
const isAsked = statement((queries) =>
  queries
    .select({ request: askedItems.request })
    .from(askedItems)
    .where(
      and(
        eq(askedItems.requester, given('requester')),
        eq(askedItems.resource, given('resource')),
        eq(askedItems.permission, given('permission')),
        eq(askedItems.workload, given('workload')),
      ),
    )
    .prepare(),
)
const forgetDecisions = statement((queries) =>
  queries
    .delete(decisions)
    .where(eq(decisions.request, given('request')))
    .prepare(),
)
const newDecision = statement((queries) => queries.insert(decisions).values(givenRow(decisions)).prepare())
const grantRow = givenRow(grants, 'number', 'claim', 'claimedUntil', 'handle')
const putGrant = statement((queries) =>
  queries
    .insert(grants)
    .values({ ...grantRow, ...givenColumns(['handle']) })
    .onConflictDoUpdate({ target: grants.id, set: grantRow })
    .prepare(),
)
const unclaimed = { claim: null, claimedUntil: null }
const endClaim = statement((queries) =>
  queries
    .update(grants)
    .set(unclaimed)
    .where(and(eq(grants.request, given('request')), eq(grants.claim, given('claim'))))
    .prepare(),
)
const endAnyClaim = statement((queries) =>
  queries
    .update(grants)
    .set(unclaimed)
    .where(eq(grants.request, given('request')))
    .prepare(),
)
