import type { IntegrationId, PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { lightly, type Queries } from './connection.ts'
import { and, asc, eq } from './drizzle.ts'
import { accounts } from './schema.ts'

/** One login at a time with a person's account; a claim that was never given back runs out. */
export const claimAccount = (
  queries: Queries,
  integration: IntegrationId,
  person: PersonId,
  draw: () => string,
  now: Timestamp,
  until: Timestamp,
): string | 'busy' => {
  const isTheirs = isOf(integration, person)
  const known = lightly(queries, (within) => {
    const account = within.select().from(accounts).where(isTheirs).get()
    if (account === undefined) return undefined
    if (account.claimedUntil !== null && account.claimedUntil > now) return 'busy'
    within.update(accounts).set({ claimedUntil: until }).where(isTheirs).run()
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
  lightly(queries, (within) =>
    within.update(accounts).set({ claimedUntil: null }).where(isOf(integration, person)).run(),
  )
}

export const releaseAllAccounts = (queries: Queries): void => {
  queries.update(accounts).set({ claimedUntil: null }).run()
}

export const forgetAccount = (queries: Queries, integration: IntegrationId, person: PersonId): void => {
  queries.delete(accounts).where(isOf(integration, person)).run()
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

const isOf = (integration: IntegrationId, person: PersonId) =>
  and(eq(accounts.integration, integration), eq(accounts.person, person))
