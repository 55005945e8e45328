import type { IntegrationId, PersonId } from './ids.ts'
import type { Channel } from './platform.ts'
import type { Seconds } from './time.ts'

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
  /** A channel that gets a copy of each request's card. */
  readonly channel?: Channel
}

export type ResourceOwnerRule = {
  /** Key in the resource's metadata whose value names the owner. */
  readonly key: string
  /** A tag counts only if it names one of these: whoever may write metadata could otherwise choose the approver. */
  readonly allow: readonly Party[]
  /** Owners fixed in configuration; the first match wins over every tag. `*` at the end matches any rest. */
  readonly pinned: readonly { readonly path: string; readonly owner: Party }[]
}

/** The set of people whom a list of parties stands for right now. */
export type Members = ReadonlySet<PersonId>
