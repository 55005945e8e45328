import type { PersonId } from './ids.ts'
import type { Integration, Party } from './integration.ts'
import type { Item } from './resource.ts'

/** Which rule chose the owners: shown on the card and kept in the audit. */
/** `unreachable`: nobody among the first owners could be written to, so the integration's owners may decide as well. */
export type RoutedBy = 'pinned' | 'tag' | 'integration' | 'unreachable'

/** Frozen in the request: so many approvals from these owners. Every requirement must be met. */
export type Requirement = {
  readonly owners: readonly Party[]
  readonly approvals: number
  readonly by: RoutedBy
}

/** Looks up who is in a party today; a party that the directory does not know is empty. */
export type MembersOf = (party: Party) => readonly PersonId[]

/**
 * Who must decide on an item: the owner pinned in configuration, else the allowed owner tag, else the integration's
 * owners. Owners among whom nobody but the requester is left are passed over; `undefined` when nobody is left at all.
 */
export const route = (
  integration: Integration,
  item: Item,
  tag: string | undefined,
  requester: PersonId,
  membersOf: MembersOf,
): Requirement | undefined => {
  const pinned = pinnedOwner(integration, item)
  const tagged = pinned === undefined ? taggedOwner(integration, tag) : undefined
  const candidates: Requirement[] = []
  if (pinned) candidates.push({ owners: [pinned], approvals: 1, by: 'pinned' })
  if (tagged) candidates.push({ owners: [tagged], approvals: 1, by: 'tag' })
  candidates.push({ owners: integration.owners, approvals: 1, by: 'integration' })
  return candidates.find(({ owners }) => owners.flatMap(membersOf).some((person) => person !== requester))
}

const pinnedOwner = (integration: Integration, item: Item): Party | undefined =>
  integration.resourceOwner?.pinned.find(({ path }) =>
    path.endsWith('*') ? item.path.startsWith(path.slice(0, -1)) : item.path === path,
  )?.owner

/** A tag may name a party in full (`group:payments`) or by its bare name, if only one allowed party has that name. */
const taggedOwner = (integration: Integration, tag: string | undefined): Party | undefined => {
  const allow = integration.resourceOwner?.allow ?? []
  const name = tag?.trim()
  if (!name) return undefined
  const exact = allow.find((party) => party === name)
  if (exact) return exact
  const bare = allow.filter((party) => party.slice(party.indexOf(':') + 1) === name)
  return bare.length === 1 ? bare[0] : undefined
}

/** The same requirement, on which the integration's owners may decide as well. */
export const withOthers = (requirement: Requirement, { owners }: Pick<Integration, 'owners'>): Requirement => ({
  ...requirement,
  owners: [...new Set([...requirement.owners, ...owners])],
  by: 'unreachable',
})

/** A requirement as it is routed now, with the others who were asked while its owners are still the same. */
export const keepingOthers = (
  before: Requirement | undefined,
  routed: Requirement,
  integration: Pick<Integration, 'owners'>,
): Requirement => {
  const widened = withOthers(routed, integration)
  return before && sameOwners(before, widened) ? widened : routed
}

/** Whether two requirements ask the same people; a change means that the request must be routed anew. */
export const sameOwners = (one: Requirement, other: Requirement): boolean =>
  one.by === other.by &&
  one.owners.length === other.owners.length &&
  one.owners.every((party) => other.owners.includes(party))
