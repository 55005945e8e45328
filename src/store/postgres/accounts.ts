import type { AccountOf, Held } from '../../domain/account-memory.ts'
import type { IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Seconds } from '../../domain/time.ts'
import type { Queries, Ways } from './connection.ts'
import { and, asc, eq, isNull, lte, or } from './drizzle.ts'
import type { Holder } from './holder.ts'
import { accounts } from './schema.ts'

/** Claims a person's account for one login at a time; a claim that is not released runs out. */
export const claimAccount = async (
  { atomically, quietly }: Pick<Ways, 'atomically' | 'quietly'>,
  holder: Holder,
  of: AccountOf,
  draw: () => string,
  lasting: Seconds,
): Promise<{ account: string; held: Held } | undefined> => {
  const claim = holder.claim()
  const claimed = { claim, claimedUntil: holder.until(lasting) }
  const isFree = or(isNull(accounts.claimedUntil), lte(accounts.claimedUntil, holder.now()))
  // Durable: after a crash of PostgreSQL, a second process must not take an account that the first one works with.
  const taken = await quietly((within) =>
    within
      .update(accounts)
      .set(claimed)
      .where(and(isOf(of), isFree))
      .returning({ name: accounts.name }),
  )
  const drawn = async (within: Queries) => {
    // An account that exists is held by another step, and needs no name.
    if ((await within.select({ name: accounts.name }).from(accounts).where(isOf(of))).length > 0) return []
    return within
      .insert(accounts)
      .values({ ...of, ...claimed, name: draw() })
      .onConflictDoNothing({ target: [accounts.integration, accounts.person] })
      .returning({ name: accounts.name })
  }
  // A new name must be on the disk before its first use at the vault.
  const [account] = taken.length > 0 ? taken : await atomically(drawn)
  return account && { account: account.name, held: { of, claim } }
}

export const releaseAccount = async (within: Queries, { of, claim }: Held): Promise<void> => {
  await within
    .update(accounts)
    .set({ claim: null, claimedUntil: null })
    .where(and(isOf(of), eq(accounts.claim, claim)))
}

/** A claim that has run out still holds until another step takes the account. */
export const isHeld = async (queries: Queries, { of, claim }: Held): Promise<boolean> =>
  (await queries.select({ claim: accounts.claim }).from(accounts).where(isOf(of)))[0]?.claim === claim

export const forgetAccount = async (within: Queries, of: AccountOf): Promise<void> => {
  await within.delete(accounts).where(isOf(of))
}

export const accountsAt = (
  queries: Queries,
  integration?: IntegrationId,
): Promise<readonly { person: PersonId; name: string }[]> =>
  queries
    .select({ person: accounts.person, name: accounts.name })
    .from(accounts)
    .where(integration === undefined ? undefined : eq(accounts.integration, integration))
    .orderBy(asc(accounts.person))

const isOf = ({ integration, person }: AccountOf) =>
  and(eq(accounts.integration, integration), eq(accounts.person, person))
