import type { Held } from '../../domain/account-memory.ts'
import type { Queries } from './connection.ts'
import { and, eq, exists, type SQL } from './drizzle.ts'
import { accounts } from './schema.ts'

/** The account, while nobody else has taken it. A claim that has run out still holds until then. */
const heldAccount = (queries: Queries, { of, claim }: Held) =>
  queries
    .select({ name: accounts.name })
    .from(accounts)
    .where(and(eq(accounts.integration, of.integration), eq(accounts.person, of.person), eq(accounts.claim, claim)))

/** Whether the account is still held. If so, nobody takes it before this transaction ends. Sent at once, as each `lock`. */
export const keepHeld = async (within: Queries, held: Held): Promise<boolean> =>
  (await heldAccount(within, held).for('share').execute()).length > 0

/** The same as a condition, for a statement that follows `keepHeld`. */
export const isHolding = (within: Queries, held: Held): SQL => exists(heldAccount(within, held))
