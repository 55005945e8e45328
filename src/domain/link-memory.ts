import type { Held } from './account-memory.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Handle } from './connector.ts'
import type { FetchLink } from './fetch-link.ts'
import type { FetchLinkId, GrantId } from './ids.ts'
import type { Timestamp } from './time.ts'
import type { Wrapping } from './wrapping.ts'

/**
 * `drawn`: before the first call with the names. `issued`: before anybody sees the credential. `refused`: the vault
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
  /** With `issued`: the credential waits in a wrapping that is looked at then. */
  readonly wrapping?: Pick<Wrapping, 'integration' | 'lookAt' | 'spendBy'>
}

/**
 * `misused`: the link's alarm was raised. `over`: the grant is not active. `lost`: another step holds the account, or a
 * newer link of the grant already led to a credential.
 */
export type MintAnswer = 'done' | 'misused' | 'over' | 'lost'

/** What the store remembers about one-time links, and about the names behind their credentials. */
export interface LinkMemory {
  link(by: { readonly hash: string } | { readonly id: FetchLinkId }): Promise<FetchLink | undefined>
  /** Links of the grant whose credential may work. */
  linksInUse(grant: GrantId): Promise<readonly FetchLink[]>
  /** Whether anybody ever got a credential of the grant; one that nobody opened does not count. */
  wasFetched(grant: GrantId): Promise<boolean>
  /**
   * Stores an open link if its grant is active. Every other open link of the grant becomes replaced, and an unspent one
   * cannot be tried again. The revision stays, because no card shows a link.
   */
  openLink(link: FetchLink, audit: readonly AuditEvent[]): Promise<boolean>
  /**
   * Returns `true` to a single winner: open → redeemed, if the link has not expired and its grant is active. The
   * browser of an unspent link also wins, once for each `letAgain`. A power cut may undo it until the next write,
   * which comes before any credential and any answer.
   */
  redeem(hash: string, browser: string, now: Timestamp, audit?: readonly AuditEvent[]): Promise<boolean>
  /**
   * Lets the browser that used the link try again. `false` when a credential may exist, an alarm was raised, or the
   * grant has a newer link.
   */
  letAgain(link: FetchLinkId, now: Timestamp): Promise<boolean>
  /**
   * Records one step of minting a link's credential, completely or not at all (for the returned reason). `issued` makes
   * the cards of the request stale, because its owners' cards show it.
   */
  mint(step: MintStep): Promise<MintAnswer>
  /**
   * Stores names drawn for a grant, before the call that uses them. Only this, `mint` and `keepNames` write that
   * column; the revision stays. Returns `false` without writing once the account is no longer held.
   */
  saveHandle(grant: GrantId, handle: Handle, held?: Held): Promise<boolean>
  /** Changes a grant's names, even if another step holds the account: for names that must not be lost. */
  keepNames(grant: GrantId, change: (stored: Handle | undefined) => Handle): Promise<void>
}
