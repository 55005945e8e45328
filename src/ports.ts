import type { AccessRequest, Change } from './domain/access-request.ts'
import type { AccountMemory, Claim, Held } from './domain/account-memory.ts'
import type { AuditEvent } from './domain/audit-event.ts'
import type { Caps, RequestCap } from './domain/caps.ts'
import type { CardMemory, Identity, MessageRef, NewCard, Reach, Recipient } from './domain/card.ts'
import type { Caveat } from './domain/caveat.ts'
import type { Handle, HandleNames, Leftover, Plan } from './domain/connector.ts'
import type { Credential } from './domain/credential.ts'
import type { Discovery, DiscoveryMemory } from './domain/discovery.ts'
import type { LinkAlarm } from './domain/fetch-link.ts'
import type { Grant, Proof } from './domain/grant.ts'
import type { GrantId, InstanceId, IntegrationId, PersonId, RequestId, ResourceId } from './domain/ids.ts'
import type { Integration, Party } from './domain/integration.ts'
import type { LinkMemory } from './domain/link-memory.ts'
import type { OutageMemory } from './domain/outage-memory.ts'
import type { GrantFilter, RequestFilter, Tally } from './domain/overview.ts'
import type { Outcome } from './domain/refusal.ts'
import type { Item, Resource } from './domain/resource.ts'
import type { Secret } from './domain/secret.ts'
import type { Seconds, Timestamp } from './domain/time.ts'
import type { Upkeep } from './domain/upkeep.ts'
import type { MessageView } from './views/view-model.ts'

/** A failure of something outside, classified once at its border. The message is safe to store and to show to owners. */
export class ExternalError extends Error {
  readonly transient: boolean
  /** Short and stable, such as `unreachable`, `sealed`, `denied`, `bad-credentials`, `plan-changed`. */
  readonly code: string
  /** How long the outside asked to be left alone, milliseconds. */
  readonly retryAfter: number | undefined
  constructor(code: string, message: string, options: { transient: boolean; cause?: unknown; retryAfter?: number }) {
    super(message.slice(0, 240))
    this.name = 'ExternalError'
    this.code = code
    this.transient = options.transient
    this.retryAfter = options.retryAfter
  }
}

/** Issuing failed at a moment at which the outside cannot have given anything out. */
export class NothingGiven extends ExternalError {}

/** Outbound chat. Inbound is no port: each platform's `app.ts` drives the use cases. */
export interface ChatPlatform {
  readonly name: string
  /** Posts a new message; at least once. A recipient refused for good is an `ExternalError` with its `UnreachableReason`. */
  post(to: Recipient, view: MessageView): Promise<MessageRef>
  /** Replaces a message; a message that is gone is an `ExternalError` with the code `message-gone`. */
  update(message: MessageRef, view: MessageView): Promise<void>
  /** Who reads along in a channel; absent where the platform does not tell. */
  readonly reach?: (channel: string) => Promise<Reach>
  /** Whether the platform still admits this identity (no guest, bot, stranger, deactivated account). */
  admits(identity: Identity): Promise<Outcome<void>>
}

/** Who people are. Unknown means `undefined`, never a guess. */
export interface Directory {
  person(identity: Identity): Person | undefined
  find(id: PersonId): Person | undefined
  /** People in a party today; empty for one that does not exist. */
  members(party: Party): readonly PersonId[]
  /** Which state of its source the answers come from; kept with each decision. */
  readonly fingerprint?: () => string
}
export type Person = { readonly id: PersonId; readonly name: string; readonly identities: readonly Identity[] }

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

export type { NewCard } from './domain/card.ts'
export type { Credential } from './domain/credential.ts'
/** A request with its grant, if it has one. */
export type Loaded = { readonly request: AccessRequest; readonly grant?: Grant }
export type Save = Change & {
  readonly cards?: readonly NewCard[]
  readonly cap?: RequestCap
  /** Noted in the link's row, once. */
  readonly alarm?: LinkAlarm
  /** When it was proved that no credential of the grant works that was drawn or handed out so far. */
  readonly withdrawn?: Timestamp
  /** A conflict once the account is no longer held. */
  readonly held?: Held
  /** Ends this claim on the grant, if it still holds. */
  readonly release?: Claim
}
/** All that is remembered. Asynchronous, so that a networked database fits; nothing is half done. */
export interface Store extends AccountMemory, Caps, CardMemory, DiscoveryMemory, LinkMemory, OutageMemory, Upkeep {
  instance(): Promise<InstanceId>
  request(id: RequestId): Promise<Loaded | undefined>
  requestByDraft(draft: string): Promise<Loaded | undefined>
  requestOfGrant(id: GrantId): Promise<Loaded | undefined>
  /** A person's requests that are pending or have a live grant, newest first, then the latest others up to `limit`. */
  requestsOf(person: PersonId, limit: number): Promise<readonly Loaded[]>
  /** Pending requests and live grants that name the resource. */
  requestsFor(resource: ResourceId): Promise<readonly Loaded[]>
  /** Every request with a live grant at the integration. */
  liveAt(integration: IntegrationId): Promise<readonly Loaded[]>
  /** Requests whose grant is active and past its end, the longest overdue first. */
  overdue(integration: IntegrationId, now: Timestamp): Promise<readonly Loaded[]>
  /** Grants at the integration that are owed a step and do not name this trouble. */
  unexplained(integration: IntegrationId, code: string): Promise<readonly GrantId[]>
  pendingPast(now: Timestamp): Promise<readonly AccessRequest[]>
  /**
   * All of it or nothing; `conflict` when the request changed since it was loaded (or the draft or id exists).
   * Never writes an existing grant's handle: a decision made from an older copy must not lose a name (see `saveHandle`).
   */
  commit(change: Save): Promise<'committed' | 'conflict'>
  /** Due grants without a live claim; each is claimed until `until` and its attempts are counted. */
  claimGrants(integration: IntegrationId, now: Timestamp, until: Claim, limit: number): Promise<readonly Loaded[]>
  /** The earliest moment at which a deadline, or a grant at one of these integrations, comes due. */
  nextDue(integrations: readonly IntegrationId[]): Promise<Timestamp | undefined>

  resource(id: ResourceId): Promise<Resource | undefined>
  /** Resources whose path has every word, best first. */
  findResources(integrations: readonly IntegrationId[], words: string, limit: number): Promise<readonly Resource[]>

  /** Audit rows that belong to no change of a request, and who is told of them. */
  audit(events: readonly AuditEvent[], cards?: readonly NewCard[]): Promise<void>
  auditRows(afterSequence: number, limit: number): Promise<readonly AuditRow[]>
  /** The first row whose hash does not follow from its content and the row before; `undefined` when all are whole. */
  verifyAudit(): Promise<number | undefined>
  /** The newest row's place in the chain: whoever keeps it elsewhere can tell later that the log was cut or rewritten. */
  auditHead(): Promise<AuditHead>
  /** Up to which row a receiver outside has the log; 0 before its first. */
  auditCursor(sink: string): Promise<number>
  saveAuditCursor(sink: string, sequence: number): Promise<void>

  /** For operators: the newest first. */
  requests(filter: RequestFilter): Promise<readonly Loaded[]>
  grants(filter: GrantFilter): Promise<readonly Loaded[]>
  /** What is open and owed, counted; an end is overdue when it was owed before `overdueBefore` and is not proved. */
  tally(now: Timestamp, overdueBefore: Timestamp): Promise<Tally>
  /** At start and stop, when nobody can hold one: what was claimed and not finished may be taken at once. */
  releaseClaims(): Promise<void>
  /** `true` the first time a request signature is seen; signatures older than `forgetBefore` are dropped. */
  isFirstSight(signature: string, now: Timestamp, forgetBefore: Timestamp): Promise<boolean>
  close(): Promise<void>
}
export type AuditHead = { readonly sequence: number; readonly hash: string }
export type AuditRow = AuditEvent & AuditHead
export interface Clock {
  now(): Timestamp
  /** Resolves at the moment, or earlier when the signal aborts; never rejects. */
  sleep(until: Timestamp, signal: AbortSignal): Promise<void>
}

/** Proof of who sits at a browser, from an OpenID Connect issuer. What fails is an `ExternalError`. */
export interface SignIn {
  /** The issuer's host, as people know it. */
  readonly at: string
  /** Where the issuer asks the person; `anew` asks also whom it remembers. `kept` never leaves this process. */
  begin(anew: boolean): Promise<{ readonly url: string; readonly kept: SignInSecrets }>
  /** Who came back, under each name that the issuer gives, the one to show first. */
  finish(answer: URLSearchParams, kept: SignInSecrets): Promise<readonly [Identity, ...Identity[]]>
  /** Throws while the issuer does not answer. */
  check(): Promise<void>
}
export type SignInSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string }

/** A receiver of the audit log outside. */
export interface AuditSink {
  readonly name: string
  /** Hands the rows over, in order; resolves only when they have arrived, as far as the protocol can tell. */
  send(rows: readonly AuditRow[], signal: AbortSignal): Promise<void>
}

/** The integrations as configured, with the connector of each. */
export type Integrations = ReadonlyMap<
  IntegrationId,
  { readonly integration: Integration; readonly connector: Connector }
>
