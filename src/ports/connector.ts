import type { Caveat } from '../domain/caveat.ts'
import type { Handle, HandleNames, Leftover, Plan } from '../domain/connector.ts'
import type { Credential, Usage } from '../domain/credential.ts'
import type { Discovery } from '../domain/discovery.ts'
import type { Proof } from '../domain/grant.ts'
import type { GrantId, IntegrationId, PersonId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { Item, Resource } from '../domain/resource.ts'
import type { Secret } from '../domain/secret.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'

/** What a connector needs for one grant; safe to repeat with the same order. */
export type Order = {
  readonly grant: GrantId
  /** The person's own account at the vault, drawn by `drawAccount` and stored before first use. */
  readonly account: string
  readonly handle: Handle
  readonly items: readonly Item[]
  /** What was frozen at submission; `provision` and `issue` refuse (`plan-changed`) if they would write anything else. */
  readonly plan: Plan
  readonly until: Timestamp
}

/** How access is given at one integration. Every verb is safe to repeat; what is already gone counts as revoked. */
export interface Connector extends Discovery {
  readonly integration: IntegrationId
  /** Pure: exactly what would be written for these items. Refuses names that cannot be granted safely. */
  plan(items: readonly Item[]): Outcome<Plan>
  /** Pure but random: a new account name for a person. */
  drawAccount(person: PersonId): string
  /** Pure but random: the handle with one more policy name drawn, to be stored before `provision` or `issue`. */
  draw(grant: GrantId, handle: Handle | undefined): Handle
  /** Pure: what handles name. */
  readonly names: HandleNames
  /** What makes it of little use now, where that is told at once. */
  caveats(of: Pick<Resource, 'type' | 'path'> & { readonly permission?: string }): Promise<readonly Caveat[]>
  /** The owner tag as it is now, read from the vault at once; never from a cache. */
  ownerTag(item: Item, ownerKey: string): Promise<string | undefined>
  /** The newest drawn policy exists then, no older one, and a disarmed account. Tells a life of tokens that the vault cuts. */
  provision(order: Order): Promise<Seconds | undefined>
  /** Mints one wrapped credential under the newest drawn policy, then deletes the older ones: they die with it. */
  issue(order: Order): Promise<{ credential: Credential; handle: Handle }>
  /** Opens a wrapped credential here (the person chose "reveal"); `creation path` is checked first. */
  reveal(order: Order, wrappingToken: Secret): Promise<Secret>
  /** Pure: how the holder of a token for these items uses it. */
  usage(items: readonly Item[]): Usage
  /** Kills every credential handed out so far and proves it; the grant stays. The handle returned names no policy. */
  withdraw(order: Order): Promise<{ handle: Handle; proof: Proof }>
  /** Takes all rights away at once, without proof: when many end together, all are powerless before the first is proved. */
  cut(handle: Handle): Promise<void>
  /** Ends all access of the grant and proves it; `thorough` asks for the strongest proof that the rights allow. */
  revoke(order: Order, thorough: boolean): Promise<Proof>
  /** The command with which an administrator ends this grant by hand. */
  manualRevoke(handle: Handle): string
  /** Whether the vault holds for a grant what was approved; needs no optional right. */
  inspect(handle: Handle, plan: Plan): Promise<'sound' | 'missing' | 'altered'>
  /** What exists outside under our own name pattern; `undefined` where the rights do not allow to look. */
  leftovers(): Promise<readonly Leftover[] | undefined>
  /** Whether it was there. */
  remove(leftover: Leftover): Promise<boolean>
  /** Makes sure that nobody can log in to the account. */
  disarm(account: string): Promise<void>
  /** One line for each optional right that is missing and what it would buy; throws when a needed one is. */
  checkRights(): Promise<readonly string[]>
  /** Renews what it logs in with when that is due, and says when to ask again; absent where nothing is to be renewed. */
  readonly renewCredentials?: () => Promise<{ readonly isRenewed: boolean; readonly next: Timestamp }>
}

/** The integrations as configured, with the connector of each. */
export type Integrations = ReadonlyMap<
  IntegrationId,
  { readonly integration: Integration; readonly connector: Connector }
>
