import type { AccessRequest, Change } from '../domain/access-request.ts'
import type { AccountMemory, Held } from '../domain/account-memory.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Caps, RequestCap } from '../domain/caps.ts'
import type { CardMemory, NewCard } from '../domain/card.ts'
import type { ConfigurationMemory } from '../domain/configuration.ts'
import type { ControlGroupMemory } from '../domain/control-group-memory.ts'
import type { ConversationMemory } from '../domain/conversation-memory.ts'
import type { DiscoveryMemory } from '../domain/discovery.ts'
import type { ErasureMemory } from '../domain/erasure.ts'
import type { LinkAlarm, NotedExplanation } from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import type { HomeMemory } from '../domain/home-memory.ts'
import type { IdempotencyMemory } from '../domain/idempotency-memory.ts'
import type { GrantId, InstanceId, IntegrationId, PersonId, RequestId, ResourceId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { Introductions } from '../domain/introductions.ts'
import type { Claim, LeaseMemory, Taken } from '../domain/lease-memory.ts'
import type { LinkMemory } from '../domain/link-memory.ts'
import type { OutageMemory } from '../domain/outage-memory.ts'
import type { GrantFilter, RequestFilter, Tally } from '../domain/overview.ts'
import type { ReceiptMemory } from '../domain/receipt-memory.ts'
import type { RemoteConnectorMemory } from '../domain/remote-connector.ts'
import type { Resource } from '../domain/resource.ts'
import type { RotationMemory } from '../domain/rotation-memory.ts'
import type { ServerMemory } from '../domain/server-memory.ts'
import type { SessionMemory } from '../domain/session-memory.ts'
import type { StuckLeaseMemory } from '../domain/stuck-lease.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'
import type { Upkeep } from '../domain/upkeep.ts'
import type { Usual } from '../domain/usual.ts'
import type { WrappingMemory } from '../domain/wrapping-memory.ts'

/** A request with its grant, if it has one. */
export type Loaded = { readonly request: AccessRequest; readonly grant?: Grant }
export type Save = Change & {
  readonly cards?: readonly NewCard[]
  readonly cap?: RequestCap
  /** Noted once in the link's row. */
  readonly alarm?: LinkAlarm
  /** What the link's person said about its alarm. */
  readonly explained?: NotedExplanation
  /** When it was proved that no earlier credential of the grant works. */
  readonly withdrawn?: Timestamp
  /** Makes the commit conflict once the account is no longer held. */
  readonly held?: Held
  /** Ends this claim on the grant, if it is still valid. */
  readonly release?: Claim
}
/** Without the requests of one person, and those whose deadline has passed; `skip` and `limit` choose a page. */
export type AskingFilter = {
  readonly besides: PersonId
  readonly after: Timestamp
  readonly skip: number
  readonly limit: number
  /** Only what follows this request, which had that deadline when it was shown. */
  readonly beyond?: { readonly decideBy: Timestamp; readonly request: RequestId } | undefined
}
/** A page of resources in a fixed order, so that no entry moves while somebody reads on. */
export type ResourcePage = {
  /** Words that the path must contain: then the best matches come first. */
  readonly words: string
  readonly type?: string | undefined
  /** The last one of the previous page. */
  readonly beyond?: ResourceId | undefined
  readonly limit: number
}
/** Everything that Latchkey remembers. It is asynchronous, so that a networked database fits. Each verb is atomic. */
export interface Store
  extends AccountMemory,
    Caps,
    CardMemory,
    ConfigurationMemory,
    ControlGroupMemory,
    ConversationMemory,
    DiscoveryMemory,
    ErasureMemory,
    Introductions,
    HomeMemory,
    IdempotencyMemory,
    LeaseMemory,
    LinkMemory,
    OutageMemory,
    ReceiptMemory,
    RemoteConnectorMemory,
    RotationMemory,
    SessionMemory,
    StuckLeaseMemory,
    Upkeep,
    WrappingMemory {
  instance(): Promise<InstanceId>
  request(id: RequestId): Promise<Loaded | undefined>
  requestByDraft(draft: string): Promise<Loaded | undefined>
  requestOfGrant(id: GrantId): Promise<Loaded | undefined>
  /** The requests that were made to follow a grant, in their order. */
  extensionsOf(id: GrantId): Promise<readonly Loaded[]>
  /** A person's requests that are pending or have a live grant, newest first; then the latest others up to `limit`. */
  requestsOf(person: PersonId, limit: number): Promise<readonly Loaded[]>
  /** Pending requests and live grants that name one of the resources, each once. */
  requestsFor(...resources: readonly ResourceId[]): Promise<readonly Loaded[]>
  /** Pending requests that ask one of the parties for a decision, the earliest deadline first. */
  requestsAsking(parties: readonly Party[], filter: AskingFilter): Promise<readonly Loaded[]>
  /** Every request with a live grant at the integration. */
  liveAt(integration: IntegrationId): Promise<readonly Loaded[]>
  /** Requests whose grant is active past its end, the longest overdue first. */
  overdue(integration: IntegrationId, now: Timestamp): Promise<readonly Loaded[]>
  /** Grants at the integration with a due step whose trouble has another code or is absent. */
  unexplained(integration: IntegrationId, code: string): Promise<readonly GrantId[]>
  /** Requests with an active grant whose holder must be told that the end is near, unless it has lapsed. */
  toTell(now: Timestamp): Promise<readonly Loaded[]>
  /** The earliest moment at which a holder must be told so. */
  nextToTell(): Promise<Timestamp | undefined>
  pendingPast(now: Timestamp): Promise<readonly AccessRequest[]>
  /**
   * Writes all or nothing. `conflict` when the request changed since it was loaded, or the draft or id exists. The same
   * for a second extension under way. It never writes an existing grant's handle: an older copy must not lose a name
   * (see `saveHandle`). A change of an access or of its extension gives the other one a new revision, too.
   */
  commit(change: Save): Promise<'committed' | 'conflict'>
  /** Claims due grants without a live claim for `lasting`, and counts their attempts. */
  claimGrants(integration: IntegrationId, now: Timestamp, lasting: Seconds, limit: number): Promise<Taken<Loaded>>
  /** The earliest moment at which a deadline, or a grant at one of these integrations, is due. */
  nextDue(integrations: readonly IntegrationId[]): Promise<Timestamp | undefined>

  /** Whether a row has ever named the person: who asked, who was asked, who decided or ended. */
  wasNamed(person: PersonId): Promise<boolean>

  resource(id: ResourceId): Promise<Resource | undefined>
  /** Those with this complete path; several where types share it. */
  resourcesAt(integration: IntegrationId, path: string): Promise<readonly Resource[]>
  /** One page of the integrations' resources. */
  resourcePage(integrations: readonly IntegrationId[], page: ResourcePage): Promise<readonly Resource[]>
  /** Resources whose path contains every word, best first; without words all of them in the order of paths. */
  findResources(integrations: readonly IntegrationId[], words: string, limit: number): Promise<readonly Resource[]>
  /** Resources of one type directly in a folder, which ends in `/`. */
  resourcesIn(
    integration: IntegrationId,
    of: { readonly type: string; readonly folder: string },
    limit: number,
  ): Promise<readonly Resource[]>
  /** Resources that words with a typing mistake probably meant. Ask only when `findResources` found nothing. */
  findSimilar(integrations: readonly IntegrationId[], words: string, limit: number): Promise<readonly Resource[]>
  /** What the person asked for lately at the integration and still may find there, the last one first. */
  usualResources(person: PersonId, integration: IntegrationId): Promise<readonly Usual[]>

  /** Writes audit rows outside any change of a request, with cards about them. */
  audit(events: readonly AuditEvent[], cards?: readonly NewCard[]): Promise<void>
  auditRows(afterSequence: number, limit: number): Promise<readonly AuditRow[]>
  /** All rows about the request, in order. */
  auditOf(request: RequestId): Promise<readonly AuditRow[]>
  /** The first row whose hash does not match its content and the preceding row; `undefined` when all are intact. */
  verifyAudit(): Promise<number | undefined>
  /** The newest row's place in the chain. A copy kept elsewhere later reveals a truncated or rewritten log. */
  auditHead(): Promise<AuditHead>
  /** The last row that an outside receiver has; `undefined` for one that never got any. */
  auditCursor(sink: string): Promise<number | undefined>
  /** Moves the cursor from a known value, 0 for none; `false` when another process has moved it. */
  moveAuditCursor(sink: string, from: number, to: number): Promise<boolean>

  /** For operators, newest first. */
  requests(filter: RequestFilter): Promise<readonly Loaded[]>
  grants(filter: GrantFilter): Promise<readonly Loaded[]>
  /** Counts open and due things. An end is overdue when it was due before `overdueBefore` and is not proved. */
  tally(now: Timestamp, overdueBefore: Timestamp): Promise<Tally>
  /** `true` the first time a request signature is seen; deletes signatures older than `forgetBefore`. */
  isFirstSight(signature: string, now: Timestamp, forgetBefore: Timestamp): Promise<boolean>
  /** The server that keeps it; absent where the database is a file of this process. */
  readonly server?: ServerMemory
  close(): Promise<void>
}
export type AuditHead = { readonly sequence: number; readonly hash: string }
/**
 * A row with what people wrote in it, or `(erased)`. `words`: the texts that stand beside the chain. The hashed detail has
 * `sealed` in their place, the JSON of each name and the SHA-256 of salt and text.
 */
export type AuditRow = AuditEvent &
  AuditHead & { readonly words?: Readonly<Record<string, { readonly hash: string; readonly salt?: string }>> }
/** What is wrong with a row, or with the end of the log. */
export type AuditFault = {
  readonly sequence: number
  readonly fault: 'altered' | 'missing' | 'head-differs' | 'not-as-known' | 'words-missing'
}
export type AuditVerdict = { readonly rows: number; readonly head: AuditHead; readonly firstBad?: AuditFault }
