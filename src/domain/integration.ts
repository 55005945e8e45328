import type { IntegrationId, PersonId } from './ids.ts'
import type { Channel } from './platform.ts'
import { type Seconds, seconds } from './time.ts'

/** An owner, a requester or an allow-list entry: one person or one group of the directory. */
export type Party = `person:${string}` | `group:${string}`

/** One configured vault: who may request, who decides, and for how long. */
export type Integration = {
  readonly id: IntegrationId
  readonly requesters: readonly Party[]
  /** The integration's owners. They decide where no resource owner does, and may revoke every grant. */
  readonly owners: readonly Party[]
  /** Absent: the integration's owners decide everything. */
  readonly resourceOwner?: ResourceOwnerRule
  /** The lengths on offer, shortest first; the last one is the longest. */
  readonly durations: readonly [Seconds, ...Seconds[]]
  readonly decideWithin: Seconds
  /** What happens to the live access of a former requester; by default its owners are told. */
  readonly formerRequesters?: 'tell' | 'end'
  /** Instructions for people with access; at most 400 characters. */
  readonly accessDetails?: string
  /** A channel that gets a copy of each request's card. */
  readonly channel?: Channel
}

/** The longest length on offer. */
export const longest = ({ durations }: Pick<Integration, 'durations'>): Seconds =>
  durations.reduce((most, each) => (each > most ? each : most))

/** The shortest sufficient length on offer, else the longest. */
export const nearest = (integration: Pick<Integration, 'durations'>, wanted: Seconds): Seconds =>
  integration.durations.find((each) => each >= wanted) ?? longest(integration)

const quarter = seconds(900)

/** The length to start from: the shortest of a quarter of an hour or more, else the longest. Few tasks take less. */
export const usualLength = (integration: Pick<Integration, 'durations'>): Seconds => nearest(integration, quarter)

export type ResourceOwnerRule = {
  /** The key in the resource's metadata whose value names the owner. */
  readonly key: string
  /** A tag counts only if it names one of these. Otherwise any writer of metadata could choose the approver. */
  readonly allow: readonly Party[]
  /** Owners fixed in the configuration; the first match wins over every tag. A final `*` matches any rest. */
  readonly pinned: readonly { readonly path: string; readonly owner: Party }[]
}

/** Everybody whom the configuration of an integration names: who may request, and who may decide. */
export const partiesOf = ({
  requesters,
  owners,
  resourceOwner,
}: Pick<Integration, 'requesters' | 'owners' | 'resourceOwner'>): readonly Party[] => [
  ...requesters,
  ...owners,
  ...(resourceOwner?.allow ?? []),
  ...(resourceOwner?.pinned.map(({ owner }) => owner) ?? []),
]

/** The people in a list of parties right now. */
export type Members = ReadonlySet<PersonId>
