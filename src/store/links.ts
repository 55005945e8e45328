import type { FetchLink } from '../domain/fetch-link.ts'
import type { Timestamp } from '../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { and, eq, exists, gt, lt } from './drizzle.ts'
import { fetchLinks, grants, signatures } from './schema.ts'
import { given, givenRow, statement } from './statement.ts'

export const linkByHash = (queries: Queries, hash: string): FetchLink | undefined => {
  const row = queries.select().from(fetchLinks).where(eq(fetchLinks.hash, hash)).get()
  if (row === undefined) return undefined
  const { number: _, redeemedAt, browser, ...link } = row
  return { ...link, ...(redeemedAt !== null && { redeemedAt }), ...(browser !== null && { browser }) }
}

/** One conditional update decides the winner: nobody else can redeem the link, or a link whose access has ended. */
export const redeem = (queries: Queries, hash: string, browser: string, now: Timestamp): boolean => {
  const activeGrant = queries
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.id, fetchLinks.grant), eq(grants.state, 'active'), gt(grants.expiresAt, now)))
  const isRedeemable = and(
    eq(fetchLinks.hash, hash),
    eq(fetchLinks.state, 'open'),
    gt(fetchLinks.expiresAt, now),
    exists(activeGrant),
  )
  const redeemed = { state: 'redeemed', redeemedAt: now, browser } as const
  return queries.update(fetchLinks).set(redeemed).where(isRedeemable).run().changes === 1
}

/** Remembers a request's signature, and forgets those that are too old to be accepted anyway. */
export const isFirstSight = (queries: Queries, signature: string, now: Timestamp, forgetBefore: Timestamp): boolean =>
  lightly(queries, (within) => {
    forget(within).run({ before: forgetBefore })
    return remember(within).run({ signature, seenAt: now }).changes === 1
  })

const forget = statement((queries) =>
  queries
    .delete(signatures)
    .where(lt(signatures.seenAt, given('before')))
    .prepare(),
)
const remember = statement((queries) =>
  queries.insert(signatures).values(givenRow(signatures)).onConflictDoNothing().prepare(),
)
