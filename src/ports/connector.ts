import type { Caveat } from '../domain/caveat.ts'
import type { Beneath, Handle, HandleNames, Leftover, Plan, Reach } from '../domain/connector.ts'
import type { ControlGroupFound, ControlGroupLook } from '../domain/control-group.ts'
import type { Credential, Usage } from '../domain/credential.ts'
import type { Discovery } from '../domain/discovery.ts'
import type { Proof } from '../domain/grant.ts'
import type { GrantId, IntegrationId, PersonId } from '../domain/ids.ts'
import type { Integration, Party } from '../domain/integration.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { Item, Resource } from '../domain/resource.ts'
import type { Newest } from '../domain/rotation.ts'
import type { Secret } from '../domain/secret.ts'
import type { StuckLease } from '../domain/stuck-lease.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'
import type { Workload, WorkloadOffer } from '../domain/workload.ts'
import type { AuditLog } from './audit-log.ts'

export type { Beneath } from '../domain/connector.ts'

/** A connector's input for one grant; the same order may be repeated. */
export type Order = {
  readonly grant: GrantId
  /** The person's own account at the vault, drawn by `drawAccount` and stored before its first use. */
  readonly account: string
  readonly handle: Handle
  readonly items: readonly Item[]
  /** Frozen at submission; `provision` and `issue` refuse (`plan-changed`) to write anything else. */
  readonly plan: Plan
  /** What was approved, when `items` and `plan` have been narrowed since: the same with more exceptions. */
  readonly approved?: { readonly items: readonly Item[]; readonly plan: Plan }
  readonly until: Timestamp
  /** Who uses the access instead of the person; its role at the vault has the name of the policy. */
  readonly workload?: Workload
}

/** An integration's vault for people. */
export type Description = Pick<Usage, 'address' | 'namespace'> & {
  /** `openbao` until the vault has answered once. */
  readonly product: 'openbao' | 'vault'
  /** The mounts on offer, each ending in `/`. */
  readonly mounts: readonly string[]
  /** The program with which people use it. */
  readonly program: string
}

/** Who decides where the vault asks an identity group of this name. */
export type Deciders = { readonly group: string; readonly members: readonly Party[] }

/** The vault's own control groups. No verb of it authorises anything: only a member's own token does. */
export type ControlGroups = {
  readonly every: readonly Deciders[]
  /** Pure: who decides on a path of the vault's API; empty where it is not for Latchkey. */
  deciders(path: string): readonly Deciders[]
  /** What waits behind an accessor. A vault that ignores control groups throws `absent`, a missing right `denied`. */
  find(accessor: string): Promise<ControlGroupFound | undefined>
  /** How far it is now; `undefined` once it is over. */
  look(accessor: string): Promise<ControlGroupLook | undefined>
  /** Ends the wrapping token. A look must come before it: an accessor alone may be of any token. */
  revoke(accessor: string): Promise<void>
  /** Pure: the lines with which a member authorises it. */
  commands(accessor: string, product: Description['product']): readonly string[]
}

/** Gives access at one integration. Every verb may be repeated; missing objects count as revoked. */
export interface Connector extends Discovery {
  readonly integration: IntegrationId
  /** What workloads may get here; absent: only people get access. */
  readonly workloads?: WorkloadOffer
  /** Absent where nobody is configured to decide on them. */
  readonly controlGroups?: ControlGroups
  /**
   * Present where the bot only lends an administrator's policies: it writes no policy, user or role. A plan then also
   * names the policies and the token role.
   */
  readonly contained?: true
  /** Pure, and present with `contained`: what would be lent for these items; `undefined` where nothing can be. */
  readonly reach?: (items: readonly Item[]) => Reach | undefined
  /**
   * Pure: the exact document for these items, and a hash that also covers the workload. Refuses names that cannot be
   * granted safely, and a workload that is not offered.
   */
  plan(items: readonly Item[], workload?: Workload): Outcome<Plan>
  /** Pure: the same for a live grant that loses rights, which needs no offer. */
  narrowedPlan(items: readonly Item[], workload?: Workload): Outcome<Plan>
  /** Pure but random: a new account name for a person. */
  drawAccount(person: PersonId): string
  /**
   * Pure but random: the handle with one more drawn name, to be stored before `provision` or `issue`. For `issue` it also
   * notes what a lost answer could have made.
   */
  draw(grant: GrantId, handle: Handle | undefined, use?: 'issue'): Handle
  /** Pure: the names in handles. */
  readonly names: HandleNames
  /** What makes the access hardly useful now, as far as the vault answers at once. */
  caveats(of: Pick<Resource, 'type' | 'path'> & { readonly permission?: string }): Promise<readonly Caveat[]>
  /** The owner tag now, read from the vault, never from a cache. */
  ownerTag(item: Item, ownerKey: string): Promise<string | undefined>
  /**
   * Looks up at the vault what lies beneath a folder, and what of it must be excepted. Refuses a folder that is too large
   * or cannot be given safely.
   */
  beneath(
    folder: Pick<Item, 'type' | 'path'>,
    ownerKey: string | undefined,
    signal: AbortSignal,
  ): Promise<Outcome<Beneath>>
  /**
   * Makes the newest drawn policy and a disarmed account exist, and no older policy. Returns the token life if the
   * vault limits it.
   */
  provision(order: Order): Promise<Seconds | undefined>
  /**
   * Mints one wrapped credential under the newest drawn policy, then deletes the older policies: their credentials die.
   */
  issue(order: Order): Promise<{ credential: Credential; handle: Handle }>
  /** `false`: tokens are opened only where they are used, so the page does not offer it, and `reveal` refuses. */
  readonly reveals?: false
  /** Ends what nobody opened in time; absent where the wrapping just ends. Each verb is about the newest credential. */
  readonly wrappings?: {
    /** Whether it still waits in its wrapping. */
    isThere(handle: Handle): Promise<boolean>
    /** Revokes the wrapping by one call that is never repeated: whether this call did it. */
    revoke(handle: Handle): Promise<boolean>
    /** Ends the token inside, and makes sure of it. */
    endToken(handle: Handle): Promise<void>
  }
  /** What is known of the versions of secrets, without reading a value; absent where nobody can tell. */
  readonly versions?: {
    /** Pure: the secret behind a path of the vault's audit log, mount first; `undefined` for everything else. */
    secretAt(path: string): string | undefined
    /** The newest version now, at the pace of background calls. */
    newest(secret: string, signal: AbortSignal): Promise<Newest>
    /** Pure: the command that writes a new version. */
    rewriteWith(secret: string): string
  }
  /** Unwraps a credential here, because the person chose "reveal"; checks its creation path first. */
  reveal(order: Order, wrappingToken: Secret): Promise<Secret>
  /** Pure: what people know of the vault before they have any access. */
  describe(): Description
  /** Pure: what of these items outlasts the end of the access, a sentence each, to be read before an approval. */
  cannotEnd(items: readonly Item[]): readonly string[]
  /** Pure: how the holder of a token for these items uses it, and for a workload how it logs in. */
  usage(items: readonly Item[], login?: { readonly workload: Workload; readonly handle: Handle }): Usage
  /**
   * Rewrites the live policies of a grant to its narrowed plan. Names stay, tokens keep the rest of their rights. Never
   * makes a policy that is missing, and accepts only `approved` with more exceptions (`plan-changed`).
   */
  narrow(order: Order): Promise<void>
  /** Ends every credential handed out so far and proves it; the grant stays. The returned handle names no policy. */
  withdraw(order: Order): Promise<{ handle: Handle; proof: Proof }>
  /** Removes all rights at once, without proof: when many end together, all are powerless before the first proof. */
  cut(handle: Handle): Promise<void>
  /** Ends all access of the grant and proves it; `thorough` asks for the strongest possible proof. */
  revoke(order: Order, thorough: boolean): Promise<Proof>
  /** The command with which an administrator ends this grant by hand. */
  manualRevoke(handle: Handle): string
  /**
   * Whether the vault has the present policy of a grant; needs no optional right. While a narrowing is due, `approved` is
   * the approved plan: anything between the two is sound. A workload's role must be as made.
   */
  inspect(handle: Handle, plan: Plan, approved?: Plan, workload?: Workload): Promise<'sound' | 'missing' | 'altered'>
  /** Objects at the vault with names of our pattern; `undefined` where the rights do not allow a complete list. */
  leftovers(): Promise<readonly Leftover[] | undefined>
  /** Removes a leftover; returns whether it existed. */
  remove(leftover: Leftover): Promise<boolean>
  /** What the vault has given up ending; `undefined` where the bot may not look. Absent where nothing can be stuck. */
  readonly stuckLeases?: () => Promise<readonly StuckLease[] | undefined>
  /** Makes sure that nobody can log in to the account. */
  disarm(account: string): Promise<void>
  /** One line for each missing optional right and its use; throws if a required right is missing. */
  checkRights(): Promise<readonly string[]>
  /** What the vault itself says was done with each access; absent where nobody configured it. */
  readonly auditLog?: AuditLog
  /** Renews the connector's own credentials when due, and returns when to ask again; absent without renewal. */
  readonly renewCredentials?: () => Promise<{ readonly isRenewed: boolean; readonly next: Timestamp }>
}

/** The configured integrations, each with its connector. */
export type Integrations = ReadonlyMap<
  IntegrationId,
  { readonly integration: Integration; readonly connector: Connector }
>
