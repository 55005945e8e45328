import type { IntegrationId, PersonId } from './ids.ts'
import type { Claim } from './lease-memory.ts'
import type { Seconds } from './time.ts'

export type AccountOf = { readonly integration: IntegrationId; readonly person: PersonId }
/** A person's account while one step holds it. A step that takes it after the claim ran out has another claim. */
export type Held = { readonly of: AccountOf; readonly claim: Claim }

/** What the store remembers about people's accounts at the vaults. */
export interface AccountMemory {
  /**
   * Claims the person's account for one login at a time, for `lasting`; `draw` names a new account. `undefined` while
   * another step holds it. A new name is on the disk before this resolves. With `savesNext` it may be there only with
   * the names that the caller saves before its first call.
   */
  claimAccount(
    of: AccountOf,
    draw: () => string,
    lasting: Seconds,
    savesNext?: boolean,
  ): Promise<{ readonly account: string; readonly held: Held } | undefined>
  releaseAccount(held: Held): Promise<void>
  /** Forgets the account (locked or deleted at the vault), so that the next claim draws a new one. */
  forgetAccount(of: AccountOf): Promise<void>
  /** The accounts at one integration, or at all integrations, configured or not. */
  accounts(integration?: IntegrationId): Promise<readonly { person: PersonId; name: string }[]>
  /** Whether no other step has taken the account since. */
  isHeld(held: Held): Promise<boolean>
}
