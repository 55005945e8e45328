import type { AuditEvent } from '../../domain/audit-event.ts'
import type { FetchLink, LinkAlarm, NotedExplanation } from '../../domain/fetch-link.ts'
import type { FetchLinkId, GrantId, RequestId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import { alarmColumns, explanationColumns, toLink } from '../rows/links.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { and, eq, exists, gt, inArray, isNotNull, isNull, not, or, type SQL, sql } from './drizzle.ts'
import { lockRequest, ofGrant, ofLink, raise } from './revisions.ts'
import { fetchLinks, grants } from './schema.ts'
import { wrappings } from './schema-wrappings.ts'

export const linkBy = async (
  queries: Queries,
  by: { readonly hash: string } | { readonly id: FetchLinkId },
): Promise<FetchLink | undefined> => {
  const isMeant = 'hash' in by ? eq(fetchLinks.hash, by.hash) : eq(fetchLinks.id, by.id)
  const [row] = await queries.select().from(fetchLinks).where(isMeant)
  return row && toLink(row)
}

export const linksInUse = async (queries: Queries, grant: GrantId): Promise<readonly FetchLink[]> =>
  (
    await queries
      .select()
      .from(fetchLinks)
      .where(and(eq(fetchLinks.grant, grant), mayWork))
  ).map(toLink)

const mayWork = inArray(fetchLinks.credential, ['drawn', 'issued'])

/** Whether a link of the grant led to a credential that somebody got, and did not leave unopened. */
export const wasFetched = async (queries: Queries, grant: GrantId): Promise<boolean> => {
  const isUnopened = and(eq(wrappings.link, fetchLinks.id), eq(wrappings.state, 'unopened'))
  const unopened = queries.select({ link: wrappings.link }).from(wrappings).where(isUnopened)
  const ledTo = inArray(fetchLinks.credential, ['issued', 'superseded', 'withdrawn'])
  const fetched = queries
    .select({ id: fetchLinks.id })
    .from(fetchLinks)
    .where(and(eq(fetchLinks.grant, grant), ledTo, not(exists(unopened))))
  return (await fetched.limit(1)).length > 0
}

/** Nobody opened the credential of the link, so it was ended; the cards of the request say so. */
export const settleUnopened = async (within: Queries, link: FetchLinkId, now: Timestamp): Promise<void> => {
  const isMeant = and(eq(fetchLinks.id, link), mayWork)
  await Promise.all([
    within.update(fetchLinks).set({ credential: 'withdrawn', credentialAt: now }).where(isMeant),
    raise(within, ofLink(within, { id: link })),
  ])
}

/** Stores the link as open if its grant is active; it replaces every other usable link of the grant. */
export const openLink = async (within: Queries, link: FetchLink, audit: readonly AuditEvent[]): Promise<boolean> => {
  const { id, grant, request, person, hash, openedAt, expiresAt, bound = null } = link
  const ofSameGrant = eq(fetchLinks.grant, grant)
  const [, [active]] = await Promise.all([
    lockRequest(within, ofGrant(within, grant)),
    activeGrant(within, eq(grants.id, grant), openedAt),
  ])
  if (!active) return false
  await Promise.all([
    within
      .update(fetchLinks)
      .set({ state: 'replaced' })
      .where(and(ofSameGrant, eq(fetchLinks.state, 'open'))),
    within
      .update(fetchLinks)
      .set({ unspentAt: null })
      .where(and(ofSameGrant, isNotNull(fetchLinks.unspentAt))),
    within.insert(fetchLinks).values({ id, grant, request, person, hash, openedAt, expiresAt, bound, state: 'open' }),
    appendAudit(within, audit),
  ])
  return true
}

/**
 * One conditional update decides the winner: nobody else can redeem the link, and nobody after the end of the access. The
 * lock comes first, so that an end, or a newer link, is either before it or after it.
 */
export const redeem = async (
  within: Queries,
  hash: string,
  browser: string,
  now: Timestamp,
  audit: readonly AuditEvent[],
): Promise<boolean> => {
  const isMeant = [eq(fetchLinks.hash, hash), gt(fetchLinks.expiresAt, now)]
  const isLive = exists(activeGrant(within, eq(grants.id, fetchLinks.grant), now))
  const isRedeemable = and(
    ...[...isMeant, eq(fetchLinks.state, 'open'), isLive],
    or(isNull(fetchLinks.bound), eq(fetchLinks.bound, browser)),
  )
  const isUnspent = and(
    ...[...isMeant, eq(fetchLinks.browser, browser), isNotNull(fetchLinks.unspentAt)],
    ...[isNull(fetchLinks.misusedAt), isNewest, isLive],
  )
  const redeemed = { state: 'redeemed', redeemedAt: now, browser } as const
  const [, first] = await Promise.all([
    lockRequest(within, ofLink(within, { hash })),
    within.update(fetchLinks).set(redeemed).where(isRedeemable),
  ])
  const isWinner =
    first.rowCount === 1 || (await within.update(fetchLinks).set({ unspentAt: null }).where(isUnspent)).rowCount === 1
  if (isWinner) await appendAudit(within, audit)
  return isWinner
}

/** The link may have no credential, no alarm and no newer link. */
export const letAgain = async (within: Queries, link: FetchLinkId, now: Timestamp): Promise<boolean> => {
  const isFree = [eq(fetchLinks.id, link), eq(fetchLinks.state, 'redeemed'), isNull(fetchLinks.credential)]
  const [, { rowCount }] = await Promise.all([
    lockRequest(within, ofLink(within, { id: link })),
    within
      .update(fetchLinks)
      .set({ unspentAt: now })
      .where(and(...isFree, isNull(fetchLinks.misusedAt), isNewest)),
  ])
  return rowCount === 1
}

const newer = (what: SQL) => sql`EXISTS (
  SELECT 1 FROM ${fetchLinks} AS newer
  WHERE newer.grant_id = ${fetchLinks.grant} AND newer.number > ${fetchLinks.number} AND ${what}
)`
const isNewest = not(newer(sql`TRUE`))

/** Whether a newer link of the same grant led to a credential, which an older link must not replace. */
export const isOutrun = async (queries: Queries, link: FetchLinkId): Promise<boolean> => {
  const isPast = and(eq(fetchLinks.id, link), newer(sql`newer.credential IN ('drawn', 'issued')`))
  return (await queries.select({ id: fetchLinks.id }).from(fetchLinks).where(isPast)).length > 0
}

/** Settles every credential of the grant that may have worked until now. */
export const settleLinks = async (
  within: Queries,
  of: { readonly grant: GrantId } | { readonly request: RequestId },
  state: 'superseded' | 'withdrawn',
  now: Timestamp,
): Promise<void> => {
  const isMeant = 'grant' in of ? eq(fetchLinks.grant, of.grant) : eq(fetchLinks.request, of.request)
  await within.update(fetchLinks).set({ credential: state, credentialAt: now }).where(and(isMeant, mayWork))
}

/** Changes nothing when the alarm was raised before. */
export const raiseAlarm = async (within: Queries, alarm: LinkAlarm): Promise<void> => {
  const column = alarm.how === 'other-person' ? fetchLinks.doubtedAt : fetchLinks.misusedAt
  await within
    .update(fetchLinks)
    .set(alarmColumns(alarm))
    .where(and(eq(fetchLinks.id, alarm.link), isNull(column)))
}

/** Notes what the link's person said about this alarm, and about no other one. */
export const explain = async (within: Queries, noted: NotedExplanation): Promise<void> => {
  const { link, alarm } = noted
  const isMeant =
    alarm.how === 'other-person'
      ? [eq(fetchLinks.doubtedAt, alarm.at), isNull(fetchLinks.doubtExplainedAt)]
      : [eq(fetchLinks.misusedAt, alarm.at), eq(fetchLinks.misusedHow, alarm.how), isNull(fetchLinks.explainedAt)]
  await within
    .update(fetchLinks)
    .set(explanationColumns(noted))
    .where(and(eq(fetchLinks.id, link), ...isMeant))
}

/** The grant while people may use it. */
export const activeGrant = (queries: Queries, isMeant: SQL, now: Timestamp) =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(isMeant, eq(grants.state, 'active'), gt(grants.expiresAt, now)))
