import type { AccessRequest } from './access-request.ts'
import type { Recipient } from './card.ts'
import type { Grant } from './grant.ts'
import type { IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Platform } from './platform.ts'
import type { Timestamp } from './time.ts'

type Filter = {
  /** The id, or its beginning. */
  readonly id?: string
  readonly person?: PersonId
  readonly integration?: IntegrationId
  /** Only what is older than this request. */
  readonly before?: RequestId
  readonly limit: number
}

/** The requests that an operator wants to see; `open` ones are pending or have a live grant. */
export type RequestFilter = Filter & { readonly state?: AccessRequest['state'] | 'open' }
export type GrantFilter = Filter & { readonly state?: Grant['state'] | 'live' }

/** Messages to one recipient that its platform refuses permanently, all for the same reason. */
export type Refused = {
  readonly platform: Platform
  readonly recipient: Recipient
  readonly code: string
  readonly since: Timestamp
  readonly count: number
}

/** An end is overdue when it is due for longer than this and not proved, in milliseconds. */
export const overdueAfter = 60_000

/** The numbers of open and due things. */
export type Tally = {
  readonly pending: readonly { readonly integration: IntegrationId; readonly count: number }[]
  readonly grants: readonly {
    readonly integration: IntegrationId
    readonly state: Grant['state']
    readonly count: number
    /** Ends that should have been proved by now. */
    readonly overdue: number
    /** When the longest-waiting end was due; absent when no end is due. */
    readonly oldestOwed?: Timestamp
  }[]
  /** Messages that do not yet show the newest state. */
  readonly cards: readonly { readonly platform: Platform; readonly count: number }[]
  /** Those of them that a platform refuses permanently, by recipient, most first. */
  readonly refused: readonly Refused[]
}
