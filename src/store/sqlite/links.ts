import type { SQL } from 'drizzle-orm'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { FetchLink, LinkAlarm, NotedExplanation } from '../../domain/fetch-link.ts'
import type { FetchLinkId, GrantId, RequestId } from '../../domain/ids.ts'
import type { MintAnswer, MintStep } from '../../domain/link-memory.ts'
import type { Timestamp } from '../../domain/time.ts'
import { alarmColumns, explanationColumns, toLink } from '../rows/links.ts'
import { isHeld } from './accounts.ts'
import { appendAudit } from './audit.ts'
import { outdateCards } from './cards.ts'
import { lightly, type Queries } from './connection.ts'
import { and, eq, exists, gt, inArray, isNotNull, isNull, not, or, sql } from './drizzle.ts'
import { saveHandle } from './grants.ts'
import { fetchLinks, grants, requests } from './schema.ts'
import { wrappings } from './schema-wrappings.ts'
import { given, givenRow, statement } from './statement.ts'

export const linkBy = (
  queries: Queries,
  by: { readonly hash: string } | { readonly id: FetchLinkId },
): FetchLink | undefined => {
  const isMeant = 'hash' in by ? eq(fetchLinks.hash, by.hash) : eq(fetchLinks.id, by.id)
  const row = queries.select().from(fetchLinks).where(isMeant).get()
  return row && toLink(row)
}

export const linksInUse = (queries: Queries, grant: GrantId): readonly FetchLink[] =>
  queries
    .select()
    .from(fetchLinks)
    .where(and(eq(fetchLinks.grant, grant), mayWork))
    .all()
    .map(toLink)

const mayWork = inArray(fetchLinks.credential, ['drawn', 'issued'])

/** Whether a link of the grant led to a credential that somebody got, and did not leave unopened. */
export const wasFetched = (queries: Queries, grant: GrantId): boolean =>
  queries
    .select({ id: fetchLinks.id })
    .from(fetchLinks)
    .where(
      and(
        eq(fetchLinks.grant, grant),
        inArray(fetchLinks.credential, ['issued', 'superseded', 'withdrawn']),
        not(exists(unopened(queries))),
      ),
    )
    .get() !== undefined

const unopened = (queries: Queries) =>
  queries
    .select({ link: wrappings.link })
    .from(wrappings)
    .where(and(eq(wrappings.link, fetchLinks.id), eq(wrappings.state, 'unopened')))

/** Nobody opened the credential of the link, so it was ended; the cards of the request say so. */
export const settleUnopened = (queries: Queries, link: FetchLinkId, now: Timestamp): void => {
  const isMeant = and(eq(fetchLinks.id, link), mayWork)
  queries.update(fetchLinks).set({ credential: 'withdrawn', credentialAt: now }).where(isMeant).run()
  outdateOwners(queries, link)
}

/** Stores the link as open if its grant is active; it replaces every other usable link of the grant. */
export const openLink = (queries: Queries, link: FetchLink, audit: readonly AuditEvent[]): boolean => {
  if (!isActive(queries, link.grant, link.openedAt)) return false
  replaceLinks(queries).run({ grant: link.grant })
  spendLinks(queries).run({ grant: link.grant })
  newLink(queries).run({ bound: null, ...link, state: 'open' })
  appendAudit(queries, audit)
  return true
}

/**
 * One conditional update decides the winner: nobody else can redeem the link, and nobody after the end of the access. It
 * does not wait for the disk: the next write does, before any credential is made and anybody is answered.
 */
export const redeem = (
  queries: Queries,
  hash: string,
  browser: string,
  now: Timestamp,
  audit: readonly AuditEvent[],
): boolean => {
  const activeGrant = queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.id, fetchLinks.grant), eq(grants.state, 'active'), gt(grants.expiresAt, now)))
  const isRedeemable = and(
    eq(fetchLinks.hash, hash),
    eq(fetchLinks.state, 'open'),
    gt(fetchLinks.expiresAt, now),
    or(isNull(fetchLinks.bound), eq(fetchLinks.bound, browser)),
    exists(activeGrant),
  )
  const isUnspent = and(
    ...[eq(fetchLinks.hash, hash), eq(fetchLinks.browser, browser), isNotNull(fetchLinks.unspentAt)],
    ...[isNull(fetchLinks.misusedAt), gt(fetchLinks.expiresAt, now), isNewest, exists(activeGrant)],
  )
  const redeemed = { state: 'redeemed', redeemedAt: now, browser } as const
  return lightly(queries, (within) => {
    const isWinner =
      within.update(fetchLinks).set(redeemed).where(isRedeemable).run().changes === 1 ||
      within.update(fetchLinks).set({ unspentAt: null }).where(isUnspent).run().changes === 1
    if (isWinner) appendAudit(within, audit)
    return isWinner
  })
}

/** A step of the mint and an alarm of its link exclude each other: the later one sees the earlier one. */
export const mint = (queries: Queries, step: MintStep): MintAnswer => {
  const { to, link, grant, handle, held, now, audit, wrapping } = step
  const row = queries.select({ misusedAt: fetchLinks.misusedAt }).from(fetchLinks).where(eq(fetchLinks.id, link)).get()
  if (!isHeld(queries, held)) return 'lost'
  if (!row || row.misusedAt !== null) return 'misused'
  if (!isActive(queries, grant, now)) return 'over'
  if (to === 'drawn' && isOutrun(queries, link)) return 'lost'
  saveHandle(queries, grant, handle)
  if (to === 'issued') settleLinks(queries, { grant }, 'superseded', now)
  const credential = to === 'refused' ? { credential: null, credentialAt: null } : { credential: to, credentialAt: now }
  queries
    .update(fetchLinks)
    .set({ ...credential, unspentAt: null })
    .where(eq(fetchLinks.id, link))
    .run()
  if (to === 'issued') outdateOwners(queries, link)
  if (to === 'issued' && wrapping) {
    queries
      .insert(wrappings)
      .values({ ...wrapping, link, grant, state: 'waiting' })
      .run()
  }
  appendAudit(queries, audit)
  return 'done'
}

/** The cards of the request show that a credential was fetched. */
const outdateOwners = (queries: Queries, link: FetchLinkId): void => {
  const ofLink = queries.select({ id: fetchLinks.request }).from(fetchLinks).where(eq(fetchLinks.id, link))
  const row = queries
    .update(requests)
    .set({ revision: sql`${requests.revision} + 1` })
    .where(inArray(requests.id, ofLink))
    .returning({ id: requests.id, revision: requests.revision })
    .get()
  if (row) outdateCards(queries, row.id, row.revision)
}

/** The link may have no credential, no alarm and no newer link. */
export const letAgain = (queries: Queries, link: FetchLinkId, now: Timestamp): boolean => {
  const isFree = and(eq(fetchLinks.id, link), eq(fetchLinks.state, 'redeemed'), isNull(fetchLinks.credential))
  const set = queries.update(fetchLinks).set({ unspentAt: now })
  return set.where(and(isFree, isNull(fetchLinks.misusedAt), isNewest)).run().changes === 1
}

const newer = (what: SQL) => sql`EXISTS (
  SELECT 1 FROM ${fetchLinks} AS newer
  WHERE newer.grant_id = ${fetchLinks.grant} AND newer.number > ${fetchLinks.number} AND ${what}
)`
const isNewest = not(newer(sql`TRUE`))

/** Whether a newer link of the same grant led to a credential, which an older link must not replace. */
const isOutrun = (queries: Queries, link: FetchLinkId): boolean =>
  queries
    .select({ id: fetchLinks.id })
    .from(fetchLinks)
    .where(and(eq(fetchLinks.id, link), newer(sql`newer.credential IN ('drawn', 'issued')`)))
    .get() !== undefined

/** Settles every credential of the grant that may have worked until now. */
export const settleLinks = (
  queries: Queries,
  of: { readonly grant: GrantId } | { readonly request: RequestId },
  state: 'superseded' | 'withdrawn',
  now: Timestamp,
): void => {
  const isMeant = 'grant' in of ? eq(fetchLinks.grant, of.grant) : eq(fetchLinks.request, of.request)
  queries.update(fetchLinks).set({ credential: state, credentialAt: now }).where(and(isMeant, mayWork)).run()
}

/** Changes nothing when the alarm was raised before. */
export const raiseAlarm = (queries: Queries, alarm: LinkAlarm): void => {
  const column = alarm.how === 'other-person' ? fetchLinks.doubtedAt : fetchLinks.misusedAt
  const isNew = and(eq(fetchLinks.id, alarm.link), isNull(column))
  queries.update(fetchLinks).set(alarmColumns(alarm)).where(isNew).run()
}

/** Notes what the link's person said about this alarm, and about no other one. */
export const explain = (queries: Queries, noted: NotedExplanation): void => {
  const { link, alarm } = noted
  const isMeant =
    alarm.how === 'other-person'
      ? [eq(fetchLinks.doubtedAt, alarm.at), isNull(fetchLinks.doubtExplainedAt)]
      : [eq(fetchLinks.misusedAt, alarm.at), eq(fetchLinks.misusedHow, alarm.how), isNull(fetchLinks.explainedAt)]
  queries
    .update(fetchLinks)
    .set(explanationColumns(noted))
    .where(and(eq(fetchLinks.id, link), ...isMeant))
    .run()
}

const isActive = (queries: Queries, grant: GrantId, now: Timestamp): boolean =>
  activeGrantOf(queries).get({ grant, now }) !== undefined

const activeGrantOf = statement((queries) =>
  queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.id, given('grant')), eq(grants.state, 'active'), gt(grants.expiresAt, given('now'))))
    .prepare(),
)
const replaceLinks = statement((queries) =>
  queries
    .update(fetchLinks)
    .set({ state: 'replaced' })
    .where(and(eq(fetchLinks.grant, given('grant')), eq(fetchLinks.state, 'open')))
    .prepare(),
)
const spendLinks = statement((queries) =>
  queries
    .update(fetchLinks)
    .set({ unspentAt: null })
    .where(and(eq(fetchLinks.grant, given('grant')), isNotNull(fetchLinks.unspentAt)))
    .prepare(),
)
const newLink = statement((queries) =>
  queries
    .insert(fetchLinks)
    .values(
      givenRow(
        fetchLinks,
        'number',
        'redeemedAt',
        'browser',
        'unspentAt',
        'credential',
        'credentialAt',
        'misusedAt',
        'misusedHow',
        'doubtedAt',
        'explainedAt',
        'explainedBy',
        'doubtExplainedAt',
        'doubtExplainedBy',
      ),
    )
    .prepare(),
)
