import type { AccountOf, Claim, Held } from '../../domain/account-memory.ts'
import type { IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq } from './drizzle.ts'
import { accounts } from './schema.ts'
import { given, givenColumns, statement } from './statement.ts'

/** One login at a time with a person's account; a claim that was never given back runs out. */
export const claimAccount = (
  queries: Queries,
  of: AccountOf,
  draw: () => string,
  now: Timestamp,
  until: Claim,
): string | undefined => {
  const account = accountOf(queries).get(of)
  if (account && account.claimedUntil !== null && account.claimedUntil > now) return undefined
  if (account) {
    lightly(queries, (within) => setClaim(within).run({ ...of, claimedUntil: until }))
    return account.name
  }
  const name = draw() // not `lightly`: a new name must be on the disk before anybody uses it at the vault
  const row = { ...of, name, claimedUntil: until }
  queries.insert(accounts).values(row).run()
  return name
}

export const releaseAccount = (queries: Queries, of: AccountOf, claim: Claim): void => {
  lightly(queries, (within) => endClaim(within).run({ ...of, claim }))
}

/** A claim that has run out still holds as long as nobody has taken the account since. */
export const isHeld = (queries: Queries, { of, claim }: Held): boolean =>
  accountOf(queries).get(of)?.claimedUntil === claim

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
    .set(givenColumns(['claimedUntil']))
    .where(isGiven)
    .prepare(),
)
const endClaim = statement((queries) =>
  queries
    .update(accounts)
    .set({ claimedUntil: null })
    .where(and(isGiven, eq(accounts.claimedUntil, given('claim'))))
    .prepare(),
)
