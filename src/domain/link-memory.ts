import type { Held } from './account-memory.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Handle } from './connector.ts'
import type { FetchLink } from './fetch-link.ts'
import type { FetchLinkId, GrantId } from './ids.ts'
import type { Timestamp } from './time.ts'

/**
 * `drawn` before the first call that uses the names; `issued` before anybody sees the credential; `refused` when the vault
 * certainly made none.
 */
export type MintStep = {
  readonly to: 'drawn' | 'issued' | 'refused'
  readonly link: FetchLinkId
  readonly grant: GrantId
  readonly handle: Handle
  readonly held: Held
  readonly now: Timestamp
  readonly audit: readonly AuditEvent[]
}

/**
 * `misused`: the link's alarm was raised. `over`: the grant is not active. `lost`: somebody else holds the account, or a
 * newer link of the grant led to a credential before this one's names were drawn.
 */
export type MintAnswer = 'done' | 'misused' | 'over' | 'lost'

/** What is remembered of one-time links and of the names behind their credentials. */
export interface LinkMemory {
  link(by: { readonly hash: string } | { readonly id: FetchLinkId }): Promise<FetchLink | undefined>
  /** Links of the grant whose credential may work. */
  linksInUse(grant: GrantId): Promise<readonly FetchLink[]>
  /**
   * Stores an open link if its grant is active; every other open link of the grant becomes replaced, and one that gave
   * nothing cannot be tried again. Leaves the revision alone, as no card shows a link.
   */
  openLink(link: FetchLink, audit: readonly AuditEvent[]): Promise<boolean>
  /**
   * The single winner gets `true`: open → redeemed, if it has not expired and its grant is still active. So does the
   * browser that used a link and was given nothing, once for each `letAgain`.
   */
  redeem(hash: string, browser: string, now: Timestamp, audit?: readonly AuditEvent[]): Promise<boolean>
  /**
   * Lets the browser that used the link try again; `false` when there may be a credential, an alarm was raised, or the
   * grant has a newer link.
   */
  letAgain(link: FetchLinkId, now: Timestamp): Promise<boolean>
  /** One step of minting a link's credential. All of it is written, or nothing for the reason returned. */
  mint(step: MintStep): Promise<MintAnswer>
  /**
   * Names drawn for a grant, before the call that uses them. With `mint` and `keepNames` the only writer of that column;
   * leaves the revision alone. `false`, and nothing is written, once the account is no longer held.
   */
  saveHandle(grant: GrantId, handle: Handle, held?: Held): Promise<boolean>
  /** Changes a grant's names, whoever holds the account: for names that must not be lost. */
  keepNames(grant: GrantId, change: (stored: Handle | undefined) => Handle): Promise<void>
}
