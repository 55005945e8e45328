import type { IntegrationId, PersonId } from './ids.ts'
import type { Claim } from './lease-memory.ts'
import type { Seconds } from './time.ts'

export type AccountOf = { readonly integration: IntegrationId; readonly person: PersonId }
/** A person's account while one step holds it; whoever takes it after the claim ran out has a claim of another name. */
export type Held = { readonly of: AccountOf; readonly claim: Claim }

/** What is remembered of people's accounts at the vaults. */
export interface AccountMemory {
  /**
   * Takes the person's account for one login at a time, for so long; `draw` names a new one. `undefined` while somebody
   * holds it.
   */
  claimAccount(
    of: AccountOf,
    draw: () => string,
    lasting: Seconds,
  ): Promise<{ readonly account: string; readonly held: Held } | undefined>
  releaseAccount(held: Held): Promise<void>
  /** Forgets the account (locked or deleted at the vault), so that the next claim draws a new one. */
  forgetAccount(of: AccountOf): Promise<void>
  /** At one integration, or at all, configured or not. */
  accounts(integration?: IntegrationId): Promise<readonly { person: PersonId; name: string }[]>
  /** Whether nobody else took the account since. */
  isHeld(held: Held): Promise<boolean>
}
