import type { IntegrationId, PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq } from './drizzle.ts'
import { accounts } from './schema.ts'
import { given, givenColumns, statement } from './statement.ts'

/** One login at a time with a person's account; a claim that was never given back runs out. */
export const claimAccount = (
  queries: Queries,
  integration: IntegrationId,
  person: PersonId,
  draw: () => string,
  now: Timestamp,
  until: Timestamp,
): string | 'busy' => {
  const known = lightly(queries, (within) => {
    const account = accountOf(within).get({ integration, person })
    if (account === undefined) return undefined
    if (account.claimedUntil !== null && account.claimedUntil > now) return 'busy'
    setClaim(within).run({ integration, person, claimedUntil: until })
    return account.name
  })
  return known ?? drawAccount(queries, integration, person, draw(), until)
}

/** A new name must be on the disk before anybody uses it at the vault. */
const drawAccount = (
  queries: Queries,
  integration: IntegrationId,
  person: PersonId,
  name: string,
  claimedUntil: Timestamp,
): string => {
  queries.insert(accounts).values({ integration, person, name, claimedUntil }).run()
  return name
}

export const releaseAccount = (queries: Queries, integration: IntegrationId, person: PersonId): void => {
  lightly(queries, (within) => setClaim(within).run({ integration, person, claimedUntil: null }))
}

export const releaseAllAccounts = (queries: Queries): void => {
  queries.update(accounts).set({ claimedUntil: null }).run()
}

export const forgetAccount = (queries: Queries, integration: IntegrationId, person: PersonId): void => {
  const isTheirs = and(eq(accounts.integration, integration), eq(accounts.person, person))
  queries.delete(accounts).where(isTheirs).run()
}

export const accountsAt = (
  queries: Queries,
  integration: IntegrationId,
): readonly { person: PersonId; name: string }[] =>
  queries
    .select({ person: accounts.person, name: accounts.name })
    .from(accounts)
    .where(eq(accounts.integration, integration))
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
