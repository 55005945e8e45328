import type { CardId, FetchLinkId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { LapseReason } from './lapse.ts'
import type { Claim, Taken } from './lease-memory.ts'
import type { Channel, Platform } from './platform.ts'
import type { Seconds, Timestamp } from './time.ts'

/** A platform's own name for someone: e-mail is never part of it. */
export type Identity = { readonly platform: Platform; readonly tenant: string; readonly subject: string }

/** Whom a card is for, which decides what it says and which buttons it has. */
export type Audience =
  /** Decides, and may revoke later. */
  | 'owner'
  /** Asked; follows what becomes of it. */
  | 'requester'
  /** The integration's channel: reads, decides like an owner if it is one. */
  | 'channel'
  /** Holds access: the link button and give-back. A new message, because an edit notifies nobody. */
  | 'access'
  /** Told that there is no access, or none any more. A new message, for the same reason. */
  | 'outcome'

/** News in a message of its own. What it says about a request is kept up to date, as on every card. */
export type Notice =
  | {
      readonly about: 'rerouted'
      readonly from: string
      readonly to: string
      /** The paths that changed hands, where these are not all. */
      readonly items?: readonly string[]
    }
  | {
      readonly about: 'link-misused'
      readonly how: 'other-browser' | 'reported' | 'other-person' | 'wrong-creation-path' | 'spent-unseen'
      readonly revoked: boolean
      /** Absent in messages of releases that did not note it. */
      readonly link?: FetchLinkId
    }
  /** None of the owners can be written to; `others` is whether the integration's owners are asked instead. */
  | {
      readonly about: 'owners-unreachable'
      readonly people: readonly PersonId[]
      readonly others: boolean
      /** What keeps each of them from being written to; absent in messages of releases that did not note it. */
      readonly why?: Readonly<Record<string, UnreachableReason>>
    }
  | { readonly about: 'not-revoked'; readonly code: string }
  | { readonly about: 'not-withdrawn'; readonly code: string }
  | {
      readonly about: 'vault-back'
      readonly integration: IntegrationId
      readonly since: Timestamp
      readonly count: number
      /** What was wrong; absent in older rows. */
      readonly code?: string | undefined
    }
  | { readonly about: 'directory-rejected'; readonly problem: string }
  /** The holder may not have it any more: it ends, or its owners are asked whether it should. */
  | { readonly about: 'access-lapsed'; readonly why: LapseReason; readonly isEnding: boolean }
  /** Many would lose their access at once, which looks like a mistake. */
  | { readonly about: 'removals-held'; readonly people: number; readonly grants: number; readonly endsAt: Timestamp }
  | { readonly about: 'removals-called-off'; readonly grants: number }
  | { readonly about: 'access-missing' }
  | { readonly about: 'access-altered' }
  /** A part of an integration, such as a mount, cannot be looked into; or can be again. */
  | {
      readonly about: 'place-away' | 'place-back'
      readonly integration: IntegrationId
      readonly place: string
      readonly code: string
    }
  | { readonly about: 'leftover-removed'; readonly integration: IntegrationId; readonly name: string }

/** Where a card goes: a person's direct conversation, or a channel. */
export type Recipient =
  | { readonly to: 'person'; readonly person: PersonId; readonly identity: Identity }
  | { readonly to: 'channel'; readonly channel: Channel }

/** Why a platform refuses a recipient for good: until somebody changes something there, no message arrives. */
export const unreachableReasons = [
  'account-deactivated',
  'account-unknown',
  'account-closed',
  'account-blocked',
  'app-missing',
  'conversation-unknown',
  'channel-unknown',
  'channel-archived',
  'channel-closed',
] as const
export type UnreachableReason = (typeof unreachableReasons)[number]
export const isUnreachable = (code: string): code is UnreachableReason => unreachableReasons.some((one) => one === code)

/** Who reads along in a channel: only our own people, another organisation too, or nobody can tell. */
export type Reach = 'inside' | 'outside' | 'unknown'

/** What nobody vouches for is treated as shared. */
export const isGuarded = (reach: Reach): boolean => reach !== 'inside'

/** A message at the platform: the ids that are needed to edit it. */
export type MessageRef = { readonly conversation: string; readonly message: string }

export type CardTrouble = { readonly since: Timestamp; readonly code: string }

/** A chat message that is kept up to date: out of date while `rendered < revision` of its request. */
export type Card = {
  readonly id: CardId
  readonly request?: RequestId
  readonly recipient: Recipient
  readonly message?: MessageRef
  readonly rendered: number
  readonly attempts: number
  /** What the platform refuses for good, and since when; a recipient's own fault is an `UnreachableReason`. */
  readonly trouble?: CardTrouble
} & ({ readonly audience: Audience } | { readonly audience: 'notice'; readonly notice: Notice })

/** A card that was not shown yet. */
export type NewCard = Unshown<Card>
/** One by one: `Omit` over a union would drop a notice's content. */
type Unshown<Each> = Each extends Card ? Omit<Each, 'message' | 'rendered' | 'attempts' | 'trouble'> : never

/** What came of showing a card: rendered up to a revision, or not before `retryAt`. */
export type CardOutcome =
  /** `reach` is who the words were for: if that changed meanwhile, the card stays out of date. */
  | { readonly kind: 'rendered'; readonly revision: number; readonly message: MessageRef; readonly reach?: Reach }
  | { readonly kind: 'failed'; readonly retryAt: Timestamp }
  /** Refused for good: tried again rarely, and named where an operator looks. */
  | { readonly kind: 'refused'; readonly code: string; readonly at: Timestamp; readonly retryAt: Timestamp }
  | { readonly kind: 'gone' }

/** What is remembered of messages: a part of the store. */
export interface CardMemory {
  /** Who reads along in a channel, as it was noted last. */
  channelReach(channel: Channel): Promise<Reach | undefined>
  /** Notes it; if cards must say less or may say more now, all cards of the channel are out of date. */
  noteReach(channel: Channel, reach: Reach): Promise<void>
  addCards(cards: readonly NewCard[]): Promise<void>
  /** Cards of the platform that are out of date, without a live claim; claimed for so long. */
  claimCards(platform: Platform, now: Timestamp, lasting: Seconds, limit: number): Promise<Taken<Card>>
  /** The earliest moment at which one of them may be taken. */
  nextCard(platform: Platform): Promise<Timestamp | undefined>
  card(id: CardId): Promise<Card | undefined>
  /**
   * What came of it: rendered up to a revision, or not before `retryAt`. `false`, and nothing is written, once somebody
   * else took the card; without a claim: while somebody holds it.
   */
  recordCard(id: CardId, outcome: CardOutcome, claim?: Claim): Promise<boolean>
  /** Lets all that was refused for good be tried again now. */
  retryRefused(): Promise<void>
  cardsOf(request: RequestId): Promise<readonly Card[]>
  /** Pending requests of which some owner has no card that could be delivered. */
  unheard(): Promise<readonly RequestId[]>
}
