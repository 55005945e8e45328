import type { IntegrationId, PersonId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** The moment at which a claim runs out; it names the claim, as whoever claims the same thing later gets a later one. */
export type Claim = Timestamp
export type AccountOf = { readonly integration: IntegrationId; readonly person: PersonId }
/** A person's account while one step holds it: a step that takes it after the claim ran out has a later claim. */
export type Held = { readonly of: AccountOf; readonly claim: Claim }

/** What is remembered of people's accounts at the vaults. */
export interface AccountMemory {
  /** Takes the person's account for one login at a time; `draw` names a new one. `undefined` while somebody holds it. */
  claimAccount(of: AccountOf, draw: () => string, now: Timestamp, until: Claim): Promise<string | undefined>
  releaseAccount(of: AccountOf, claim: Claim): Promise<void>
  /** Forgets the account (locked or deleted at the vault), so that the next claim draws a new one. */
  forgetAccount(of: AccountOf): Promise<void>
  /** At one integration, or at all, configured or not. */
  accounts(integration?: IntegrationId): Promise<readonly { person: PersonId; name: string }[]>
  /** Whether nobody else took the account since. */
  isHeld(held: Held): Promise<boolean>
}
