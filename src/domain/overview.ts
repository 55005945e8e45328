import type { AccessRequest } from './access-request.ts'
import type { Recipient } from './card.ts'
import type { Grant } from './grant.ts'
import type { IntegrationId, PersonId } from './ids.ts'
import type { Platform } from './platform.ts'
import type { Timestamp } from './time.ts'

type Filter = {
  /** The id, or how it begins. */
  readonly id?: string
  readonly person?: PersonId
  readonly integration?: IntegrationId
  readonly limit: number
}

/** Which requests an operator wants to see; `open` ones are pending or have a live grant. */
export type RequestFilter = Filter & { readonly state?: AccessRequest['state'] | 'open' }
export type GrantFilter = Filter & { readonly state?: Grant['state'] | 'live' }

/** Messages to one recipient that its platform refuses for good, all for the same reason. */
export type Refused = {
  readonly platform: Platform
  readonly recipient: Recipient
  readonly code: string
  readonly since: Timestamp
  readonly count: number
}

/** An end that was owed for longer than this and is not proved is overdue, in milliseconds. */
export const overdueAfter = 60_000

/** What is open and owed, counted. */
export type Tally = {
  readonly pending: readonly { readonly integration: IntegrationId; readonly count: number }[]
  readonly grants: readonly {
    readonly integration: IntegrationId
    readonly state: Grant['state']
    readonly count: number
    /** Ends that should have come and been proved by now. */
    readonly overdue: number
    /** When the longest owed end should have come; absent when none is owed. */
    readonly oldestOwed?: Timestamp
  }[]
  /** Messages that do not show the newest state yet. */
  readonly cards: readonly { readonly platform: Platform; readonly count: number }[]
  /** Those of them that a platform refuses for good, by recipient, the most first. */
  readonly refused: readonly Refused[]
}
