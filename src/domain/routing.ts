import type { PersonId } from './ids.ts'
import type { Integration, Party } from './integration.ts'
import { type Item, isFolder } from './resource.ts'

/**
 * The rule that chose the owners, shown on the card and kept in the audit. `unreachable`: none of the first owners can
 * be reached, so the integration's owners may decide too. `reach`: the policies to lend open more than the item.
 */
export type RoutedBy = 'pinned' | 'tag' | 'integration' | 'unreachable' | 'reach'

/** Ascending positions of items in their request. */
export type Positions = readonly number[]

/** The number of approvals, and the owners who give them. */
export type Route = {
  readonly owners: readonly Party[]
  readonly approvals: number
  readonly by: RoutedBy
}

/** Frozen in the request: a route, and its items (absent: all of them). Every requirement must be met. */
export type Requirement = Route & { readonly for?: Positions }

/** Why nobody can decide on an item, as a refusal's code. `no-owner`: a list of owners has no member at all. */
export type NoDecider = 'nobody-to-decide' | 'no-owner'

/** The members of a party today; an unknown party is empty. */
export type MembersOf = (party: Party) => readonly PersonId[]

/**
 * Who must decide on an item: the pinned owner, else the allowed owner tag, else the integration's owners. Owners with
 * no member but the requester are skipped; `undefined` when nobody remains.
 */
export const route = (
  integration: Integration,
  item: Pick<Item, 'path'>,
  tag: string | undefined,
  requester: PersonId,
  membersOf: MembersOf,
): Route | undefined =>
  candidatesFor(integration, item, tag).find(({ owners }) => canDecide(owners, requester, membersOf))

const candidatesFor = (
  integration: Integration,
  item: Pick<Item, 'path'>,
  tag: string | undefined,
): readonly Route[] => {
  const pinned = pinnedOwner(integration, item.path)
  const tagged = pinned === undefined ? taggedOwner(integration, tag) : undefined
  return [
    ...(pinned ? [{ owners: [pinned], approvals: 1, by: 'pinned' as const }] : []),
    ...(tagged ? [{ owners: [tagged], approvals: 1, by: 'tag' as const }] : []),
    { owners: integration.owners, approvals: 1, by: 'integration' },
  ]
}

/**
 * The routes of an item. The first is that of `route`. A folder adds the owner of each pinned path beneath it that the
 * item does not except, and the owners of the secrets beneath that it asks for. The strongest permission also needs the
 * integration's owners, and so does an item that opens more than itself (`opensMore`): no owner of one resource speaks
 * for the rest. A reason when nobody but the requester could decide on the item or a part of it.
 */
export const routesOf = (
  integration: Integration,
  item: Item,
  tag: string | undefined,
  requester: PersonId,
  membersOf: MembersOf,
  opensMore = false,
): readonly Route[] | NoDecider => {
  const own = route(integration, item, tag, requester, membersOf)
  const open = pinnedBeneath(integration, item).filter(({ path }) => !isExcepted(item, path))
  const pinned = [...new Set(open.map(({ owner }) => owner))].map((owner) => oneOf([owner], 'pinned'))
  const asked = askedOwners(item).map((owner) =>
    canDecide([owner], requester, membersOf) ? oneOf([owner], 'tag') : oneOf(integration.owners, 'integration'),
  )
  const whole = isStrongest(item) ? [oneOf(integration.owners, 'integration')] : []
  const rest = opensMore ? [oneOf(integration.owners, 'reach')] : []
  if (!own) return reasonFor([candidatesFor(integration, item, tag).flatMap(({ owners }) => owners)], membersOf)
  const others = [...pinned, ...asked, ...whole, ...rest]
  const stuck = others.filter(({ owners }) => !canDecide(owners, requester, membersOf))
  if (stuck.length > 0)
    return reasonFor(
      stuck.map(({ owners }) => owners),
      membersOf,
    )
  return [own, ...others].filter((each, index, all) => all.findIndex((one) => sameParties(one, each)) === index)
}

const oneOf = (owners: readonly Party[], by: RoutedBy): Route => ({ owners, approvals: 1, by })

const askedOwners = ({ asked = [] }: Item): readonly Party[] => [...new Set(asked.map(({ owner }) => owner))]

/** To manage everything beneath a folder, deletion included, is more than its owner alone may give. */
const isStrongest = ({ type, permission }: Pick<Item, 'type' | 'permission'>): boolean =>
  type === 'management' && permission === 'Admin'

/** Who decides on a folder itself; no tag can name the owner of a folder. */
export const ownersOfFolder = (integration: Integration, { path }: Pick<Item, 'path'>): readonly Party[] => {
  const pinned = pinnedOwner(integration, path)
  return pinned === undefined ? integration.owners : [pinned]
}

/** A secret's own owner, pinned or by its tag; `undefined` where the owner of its folder speaks for it. */
export const ownerBeneath = (
  integration: Integration,
  { path, ownerTag }: { readonly path: string; readonly ownerTag?: string },
): { readonly owner: Party; readonly isPinned: boolean } | undefined => {
  const pinned = pinnedOwner(integration, path)
  const owner = pinned ?? taggedOwner(integration, ownerTag)
  return owner && { owner, isPinned: pinned !== undefined }
}

/** Lists of owners with no member but the requester. */
const reasonFor = (lists: readonly (readonly Party[])[], membersOf: MembersOf): NoDecider =>
  lists.every((owners) => owners.flatMap(membersOf).length > 0) ? 'nobody-to-decide' : 'no-owner'

const canDecide = (owners: readonly Party[], requester: PersonId, membersOf: MembersOf): boolean =>
  owners.flatMap(membersOf).some((person) => person !== requester)

/** One requirement for each group of owners, with the items that they decide; `routes` are those of each item. */
export const requirementsFrom = (routes: readonly (readonly Route[])[]): readonly Requirement[] => {
  const groups: { route: Route; positions: number[] }[] = []
  for (const [position, each] of routes.entries()) {
    for (const route of each) {
      const known = groups.find((group) => sameOwners(group.route, route) && group.route.approvals === route.approvals)
      if (known) known.positions.push(position)
      else groups.push({ route, positions: [position] })
    }
  }
  return groups.map(({ route, positions }) =>
    positions.length === routes.length ? route : { ...route, for: positions },
  )
}

const pinnedOwner = (integration: Integration, path: string): Party | undefined =>
  integration.resourceOwner?.pinned.find((rule) => isNamedBy(rule.path, path))?.owner

/** Whether a path equals a name, or starts with a name that ends in `*`. */
export const isNamedBy = (name: string, path: string): boolean =>
  name.endsWith('*') ? path.startsWith(name.slice(0, -1)) : path === name

/** Pinned paths beneath a folder whose owner differs from the folder's. */
const pinnedBeneath = (integration: Integration, item: Pick<Item, 'path'>) => {
  if (!isFolder(item)) return []
  const own = pinnedOwner(integration, item.path)
  const rules = integration.resourceOwner?.pinned ?? []
  const isFirst = (rule: (typeof rules)[number]) => rules.find(({ path }) => isNamedBy(path, rule.path)) === rule
  return rules.filter(
    (rule) => rule.owner !== own && rule.path !== item.path && rule.path.startsWith(item.path) && isFirst(rule),
  )
}

/** Whether an item excepts everything that a name matches. */
export const isExcepted = ({ except = [] }: Pick<Item, 'except'>, name: string): boolean =>
  except.some((excepted) => excepted === name || (excepted.endsWith('*') && isNamedBy(excepted, name)))

/** Whether an item gives something on the path of a secret, as a folder above it. */
export const isBeneath = (item: Item, path: string): boolean =>
  isFolder(item) && path.startsWith(item.path) && !(item.except ?? []).some((name) => isNamedBy(name, path))

/** A folder without the paths beneath it that are pinned to other owners; any other item unchanged. */
export const withoutPinned = (integration: Integration, item: Item): Item => {
  const pinned = pinnedBeneath(integration, item).map(({ path }) => path)
  return pinned.length === 0 ? item : { ...item, except: [...new Set([...(item.except ?? []), ...pinned])].sort() }
}

/** A tag names a party in full (`group:payments`), or by its name alone if only one allowed party has it. */
export const taggedOwner = (
  { resourceOwner }: Pick<Integration, 'resourceOwner'>,
  tag: string | undefined,
): Party | undefined => {
  const allow = resourceOwner?.allow ?? []
  const name = tag?.trim()
  if (!name) return undefined
  const exact = allow.find((party) => party === name)
  if (exact) return exact
  const bare = allow.filter((party) => party.slice(party.indexOf(':') + 1) === name)
  return bare.length === 1 ? bare[0] : undefined
}

/** The same route, on which the integration's owners may also decide. */
export const withOthers = <Asked extends Route>(asked: Asked, { owners }: Pick<Integration, 'owners'>): Asked => ({
  ...asked,
  owners: [...new Set([...asked.owners, ...owners])],
  by: 'unreachable',
})

/** A route as of now; it keeps the added owners while the first ones are unchanged. */
export const keepingOthers = (
  before: Route | undefined,
  routed: Route,
  integration: Pick<Integration, 'owners'>,
): Route => {
  const widened = withOthers(routed, integration)
  return before && sameOwners(before, widened) ? widened : routed
}

/** Whether two routes ask the same people; a difference means a new routing of the item. */
export const sameOwners = (one: Route, other: Route): boolean => one.by === other.by && sameParties(one, other)

const sameParties = (one: Pick<Route, 'owners'>, other: Pick<Route, 'owners'>): boolean =>
  one.owners.length === other.owners.length && one.owners.every((party) => other.owners.includes(party))
