import type { AccountOf, Held } from '../../domain/account-memory.ts'
import type { IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Seconds } from '../../domain/time.ts'
import { atomically, lightly, type Queries } from './connection.ts'
import { and, asc, eq } from './drizzle.ts'

import type { Holder } from './holder.ts'
import { accounts } from './schema.ts'
import { given, givenColumns, statement } from './statement.ts'

type Row = typeof accounts.$inferSelect

/** Claims a person's account for one login at a time; a claim that is not released runs out. */
export const claimAccount = (
  queries: Queries,
  { claim: drawClaim, now, until }: Holder,
  of: AccountOf,
  draw: () => string,
  lasting: Seconds,
  savesNext = false,
): { account: string; held: Held } | undefined => {
  const isTaken = (row: Row | undefined) => row !== undefined && row.claimedUntil !== null && row.claimedUntil > now()
  const found = accountOf(queries).get(of)
  if (isTaken(found)) return undefined
  const claim = drawClaim()
  const take = (within: Queries) => {
    const account = accountOf(within).get(of) // again, because another process may have been faster
    if (isTaken(account)) return undefined
    const claimed = { ...of, claim, claimedUntil: until(lasting) }
    const name = account?.name ?? draw()
    if (account) setClaim(within).run(claimed)
    else
      within
        .insert(accounts)
        .values({ ...claimed, name })
        .run()
    return { account: name, held: { of, claim } }
  }
  // A new name must be on the disk before its first use at the vault. The disk gets writes in their order.
  return found || savesNext ? lightly(queries, take) : atomically(queries, take)
}

export const releaseAccount = (queries: Queries, { of, claim }: Held): void => {
  lightly(queries, (within) => endClaim(within).run({ ...of, claim }))
}

/** A claim that has run out still holds until another step takes the account. */
export const isHeld = (queries: Queries, { of, claim }: Held): boolean => accountOf(queries).get(of)?.claim === claim

export const forgetAccount = (queries: Queries, { integration, person }: AccountOf): void => {
  const isTheirs = and(eq(accounts.integration, integration), eq(accounts.person, person))
  queries.delete(accounts).where(isTheirs).run()
}

export const accountsAt = (
  queries: Queries,
  integration?: IntegrationId,
): readonly { person: PersonId; name: string }[] =>
  queries
    .select({ person: accounts.person, name: accounts.name })
    .from(accounts)
    .where(integration === undefined ? undefined : eq(accounts.integration, integration))
    .orderBy(asc(accounts.person))
    .all()

const isGiven = and(eq(accounts.integration, given('integration')), eq(accounts.person, given('person')))
const accountOf = statement((queries) => queries.select().from(accounts).where(isGiven).prepare())
const setClaim = statement((queries) =>
  queries
    .update(accounts)
    .set(givenColumns(['claim', 'claimedUntil']))
    .where(isGiven)
    .prepare(),
)
const endClaim = statement((queries) =>
  queries
    .update(accounts)
    .set({ claim: null, claimedUntil: null })
    .where(and(isGiven, eq(accounts.claim, given('claim'))))
    .prepare(),
)
