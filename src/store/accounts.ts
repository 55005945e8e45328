import type { IntegrationId, PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { atomically, type Queries } from './connection.ts'
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
): string | 'busy' =>
  atomically(queries, (within) => {
    const isTheirs = isOf(integration, person)
    const account = within.select().from(accounts).where(isTheirs).get()
    if (account === undefined) {
      const name = draw()
      within.insert(accounts).values({ integration, person, name, claimedUntil: until }).run()
      return name
    }
    if (account.claimedUntil !== null && account.claimedUntil > now) return 'busy'
    within.update(accounts).set({ claimedUntil: until }).where(isTheirs).run()
    return account.name
  })

export const releaseAccount = (queries: Queries, integration: IntegrationId, person: PersonId): void => {
  queries.update(accounts).set({ claimedUntil: null }).where(isOf(integration, person)).run()
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
