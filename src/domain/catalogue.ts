import type { GrantId, IntegrationId, PersonId, ResourceId } from './ids.ts'
import type { Seconds, Timestamp } from './time.ts'

/** Who an owner, a requester or an allow-list entry is: one person or one group of the directory. */
export type Party = `person:${string}` | `group:${string}`

/** One configured vault. Who may ask, who decides, and for how long. */
export type Integration = {
  readonly id: IntegrationId
  readonly requesters: readonly Party[]
  /** The integration's owners: they decide where no resource owner does, and may revoke every grant. */
  readonly owners: readonly Party[]
  /** Absent: the integration's owners decide everything. */
  readonly resourceOwner?: ResourceOwnerRule
  /** Offered lengths, shortest first; the last one is the longest that can be asked for. */
  readonly durations: readonly [Seconds, ...Seconds[]]
  readonly decideWithin: Seconds
  /** What comes of the live access of somebody who is no requester any more; by default owners are told. */
  readonly formerRequesters?: 'tell' | 'end'
  /** Instructions shown to whoever gets access; at most 400 characters. */
  readonly accessDetails?: string
  /** A channel that gets a copy of each card, in the chat platform's own id. */
  readonly channel?: string
}

export type ResourceOwnerRule = {
  /** Key in the resource's metadata whose value names the owner. */
  readonly key: string
  /** A tag counts only if it names one of these: whoever may write metadata could otherwise choose the approver. */
  readonly allow: readonly Party[]
  /** Owners fixed in configuration; the first match wins over every tag. `*` at the end matches any rest. */
  readonly pinned: readonly { readonly path: string; readonly owner: Party }[]
}

/** One requestable thing, as discovery last saw it. */
export type Resource = {
  readonly id: ResourceId
  readonly integration: IntegrationId
  /** The connector's resource type, such as `secret` or `key`. */
  readonly type: string
  /** Where it lies in the vault, mount first, such as `kv/apps/db`. Unique per integration and type. */
  readonly path: string
  readonly permissions: readonly string[]
  /** The metadata value under the integration's owner key, as it was at the last discovery. */
  readonly ownerTag?: string
  /** Why it cannot be granted safely; absent for what can be asked for. */
  readonly obstacle?: string
  readonly seenAt: Timestamp
}

/** One (resource, permission) pair asked for; the path is kept as it was, for the record. */
export type Item = {
  readonly resource: ResourceId
  readonly type: string
  readonly path: string
  readonly permission: string
}

/** What exactly will be written to the vault, and the fingerprint that is frozen in the request. */
export type Plan = { readonly document: string; readonly hash: string }

/** What a connector needs to find its work again. Opaque to everyone else; nobody can log in with it. */
export type Handle = Readonly<Record<string, string | number | readonly string[]>>

/** Something at the vault that carries our name pattern. */
export type Leftover = { readonly name: string; readonly kind: 'policy' | 'account'; readonly grant?: GrantId }

/** The set of people whom a list of parties stands for right now. */
export type Members = ReadonlySet<PersonId>

/** Handles as sets of policy names. */
export type HandleNames = {
  /** The handle of the newest name alone. */
  newest(handle: Handle): Handle
  /** The stored handle with the names of `others` that it lacks, as older ones. */
  join(stored: Handle | undefined, others: Handle): Handle
  /** The stored handle without the names of `others`. */
  drop(stored: Handle | undefined, others: Handle): Handle
}
