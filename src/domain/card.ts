import type { AlarmHow } from './fetch-link.ts'
import type { CardId, ControlGroupId, FetchLinkId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { LapseReason } from './lapse.ts'
import type { Claim, Taken } from './lease-memory.ts'
import type { Channel, Platform } from './platform.ts'
import type { Reads } from './rotation.ts'
import type { Seconds, Timestamp } from './time.ts'

/** The platform's own id of a person; an e-mail address is never part of it. */
export type Identity = { readonly platform: Platform; readonly tenant: string; readonly subject: string }

/** The audience of a card, which decides its text and buttons. */
export type Audience =
  /** Decides on the request, and may revoke the access later. */
  | 'owner'
  /** Made the request, and follows its state. */
  | 'requester'
  /** The integration's channel: it reads, and an owner in it can decide. */
  | 'channel'
  /** Holds the access, with link button and give-back. It is a new message, because an edit notifies nobody. */
  | 'access'
  /** Learns that there is no access, or none any more. It is a new message for the same reason. */
  | 'outcome'

/** News in a separate message. What it says about a request is kept up to date, as on every card. */
export type Notice =
  | {
      readonly about: 'rerouted'
      readonly from: string
      readonly to: string
      /** The paths with new owners; absent when it is all of them. */
      readonly items?: readonly string[]
    }
  | {
      readonly about: 'link-misused'
      readonly how: AlarmHow
      readonly revoked: boolean
      /** Absent in messages of older releases, which did not note it. */
      readonly link?: FetchLinkId
    }
  /** No owner can be reached; `others` says whether the integration's owners are asked instead. */
  | {
      readonly about: 'owners-unreachable'
      readonly people: readonly PersonId[]
      readonly others: boolean
      /** Why each of them cannot be reached; absent in messages of older releases. */
      readonly why?: Readonly<Record<string, UnreachableReason>>
    }
  /** The requester asks again for a decision, at that moment. */
  | { readonly about: 'reminder'; readonly at: Timestamp }
  /** An account that may request nothing asks the administrators; `lines` let it in. */
  | {
      readonly about: 'introduction'
      readonly identity: Identity
      readonly name: string
      readonly lines: readonly string[]
      /** The command that adds the account; absent for a person whom the directory knows. */
      readonly command?: string
    }
  /** Secrets were read with an access that has ended; `count` are all that the reader owns. */
  | {
      readonly about: 'secrets-read'
      readonly secrets: readonly { readonly path: string; readonly reads: Reads; readonly command: string }[]
      readonly count: number
    }
  /** Nobody opened a fetched credential in time, so it was ended. */
  | { readonly about: 'credential-unopened'; readonly at: Timestamp }
  | { readonly about: 'not-revoked'; readonly code: string }
  | { readonly about: 'not-withdrawn'; readonly code: string }
  /** Something new beneath a folder stays reachable. */
  | { readonly about: 'not-narrowed'; readonly code: string }
  /** Something new beneath a folder is excepted: the first names, and how many they are. */
  | { readonly about: 'access-narrowed'; readonly names: readonly string[]; readonly count: number }
  | {
      readonly about: 'vault-back'
      readonly integration: IntegrationId
      readonly since: Timestamp
      readonly count: number
      /** What was wrong; absent in older rows. */
      readonly code?: string | undefined
    }
  | { readonly about: 'directory-rejected'; readonly problem: string }
  /** The holder may no longer have the access: it ends, or its owners are asked. */
  | { readonly about: 'access-lapsed'; readonly why: LapseReason; readonly isEnding: boolean }
  /** Many people would lose access at once, which looks like a mistake. */
  | { readonly about: 'removals-held'; readonly people: number; readonly grants: number; readonly endsAt: Timestamp }
  | { readonly about: 'removals-called-off'; readonly grants: number }
  /** For the holder: the planned end is near; and then the end itself, because an edit notifies nobody. */
  | { readonly about: 'end-near' }
  | { readonly about: 'ended' }
  | { readonly about: 'access-missing' }
  | { readonly about: 'access-altered' }
  /** What is new beneath a folder cannot be left out any more, so the access ends. */
  | { readonly about: 'not-narrowable'; readonly code: string }
  /** A part of an integration, such as a mount, cannot be listed, or can be again. */
  | {
      readonly about: 'place-away' | 'place-back'
      readonly integration: IntegrationId
      readonly place: string
      readonly code: string
    }
  /** A request at a vault that waits for its control group. */
  | { readonly about: 'control-group'; readonly controlGroup: ControlGroupId; readonly as: ControlGroupReader }
  /** The first contact of a person who may use Latchkey. */
  | { readonly about: 'welcome' }
  /** A refresh token of the person's terminal was used twice: somebody may have copied it. */
  | { readonly about: 'session-ended'; readonly label: string; readonly address: string; readonly at: Timestamp }
  /** The vault has given up ending what it made with a resource, or that is gone now. */
  | {
      readonly about: 'lease-stuck' | 'lease-gone'
      readonly integration: IntegrationId
      readonly path: string
      readonly count: number
      /** The vault's words about the first. */
      readonly reason: string
      /** What an administrator types, for the first ones. */
      readonly commands: readonly string[]
    }
  /** The audit log of a vault tells of a use that nobody approved, or of an access that is none. */
  | {
      readonly about: 'use-unapproved' | 'use-unknown'
      readonly integration: IntegrationId
      readonly name: string
      readonly path: string
      readonly operation: string
    }
  | { readonly about: 'leftover-removed'; readonly integration: IntegrationId; readonly name: string }

export const controlGroupReaders = ['decider', 'reminded', 'asker', 'told'] as const
/**
 * Who reads news about a control group. `decider`: may authorise or deny; `reminded`: the same, once more. `asker`: asked,
 * or reported it; `told`: the same, in a new message once it is decided.
 */
export type ControlGroupReader = (typeof controlGroupReaders)[number]

/** The recipient of a card: a person's direct conversation, or a channel. */
export type Recipient =
  | { readonly to: 'person'; readonly person: PersonId; readonly identity: Identity }
  | { readonly to: 'channel'; readonly channel: Channel }

/** Why a platform refuses a recipient permanently. No message arrives until somebody changes something there. */
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

/** Who reads along in a channel: only our own people, another organisation too, or unknown. */
export type Reach = 'inside' | 'outside' | 'unknown'

/** A channel of unknown reach is treated as shared. */
export const isGuarded = (reach: Reach): boolean => reach !== 'inside'

/** A message at the platform: the ids that an edit needs. */
export type MessageRef = { readonly conversation: string; readonly message: string }

export type CardTrouble = { readonly since: Timestamp; readonly code: string }

/** A chat message that is kept up to date. It is stale while `rendered < revision` of its request. */
export type Card = {
  readonly id: CardId
  readonly request?: RequestId
  readonly recipient: Recipient
  readonly message?: MessageRef
  readonly rendered: number
  readonly attempts: number
  /** What the platform refuses permanently, and since when. A fault of the recipient is an `UnreachableReason`. */
  readonly trouble?: CardTrouble
} & ({ readonly audience: Audience } | { readonly audience: 'notice'; readonly notice: Notice })

/** A card that was not shown yet. */
export type NewCard = Unshown<Card>
/** Distributes over the union, because a plain `Omit` would drop a notice's content. */
type Unshown<Each> = Each extends Card ? Omit<Each, 'message' | 'rendered' | 'attempts' | 'trouble'> : never

/** The result of showing a card: rendered up to a revision, or to be retried at `retryAt`. */
export type CardOutcome =
  /** `reach` is the audience of the text. If it changed meanwhile, the card stays stale. */
  | { readonly kind: 'rendered'; readonly revision: number; readonly message: MessageRef; readonly reach?: Reach }
  | { readonly kind: 'failed'; readonly retryAt: Timestamp }
  /** Refused permanently: retried rarely, and reported to operators. */
  | { readonly kind: 'refused'; readonly code: string; readonly at: Timestamp; readonly retryAt: Timestamp }
  | { readonly kind: 'gone' }

/** What the store remembers about messages. */
export interface CardMemory {
  /** The channel's reach, as noted last. */
  channelReach(channel: Channel): Promise<Reach | undefined>
  /** Notes the reach. If cards must say less or may say more now, all cards of the channel become stale. */
  noteReach(channel: Channel, reach: Reach): Promise<void>
  addCards(cards: readonly NewCard[]): Promise<void>
  /** Claims stale cards of the platform for `lasting`; skips those with a live claim. */
  claimCards(platform: Platform, now: Timestamp, lasting: Seconds, limit: number): Promise<Taken<Card>>
  /** The earliest moment at which a stale card may be claimed. */
  nextCard(platform: Platform): Promise<Timestamp | undefined>
  card(id: CardId): Promise<Card | undefined>
  /**
   * Records the result of showing a card. Returns `false` without writing once another process took the card; or,
   * without a claim, while another one holds it. A first message is recorded also after its claim was released.
   */
  recordCard(id: CardId, outcome: CardOutcome, claim?: Claim): Promise<boolean>
  /** Makes every permanently refused card due now. */
  retryRefused(): Promise<void>
  cardsOf(request: RequestId): Promise<readonly Card[]>
  /** Pending requests with an owner who has no deliverable card. */
  unheard(): Promise<readonly RequestId[]>
}
