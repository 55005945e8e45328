import { mayRequest } from '../domain/eligibility.ts'
import type { PersonId, ResourceId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { maxItems, named } from '../domain/request-items.ts'
import type { Item, Resource } from '../domain/resource.ts'
import { withoutPinned } from '../domain/routing.ts'
import type { Connector } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'

/** A chosen resource, with the chosen permission. An extension also chooses what the access so far leaves out. */
export type ChosenItem = {
  readonly resource: ResourceId
  readonly permission: string
  readonly except?: readonly string[] | undefined
}
export type ChosenItems = readonly [ChosenItem, ...ChosenItem[]]

/** The chosen items as the catalogue has them. */
export type FoundItems = {
  readonly integration: Integration
  readonly connector: Connector
  readonly items: readonly [Item, ...Item[]]
  /** The last discovered owner tag of each item. */
  readonly tags: readonly (string | undefined)[]
}

/**
 * Finds the chosen items. The person may request all of them; otherwise the refusal names the first one that they may
 * not.
 */
export const findChosen = async (deps: Deps, person: PersonId, wanted: ChosenItems): Promise<Outcome<FoundItems>> => {
  const chosen = wanted.filter((one, position) => wanted.findIndex((other) => isSame(one, other)) === position)
  if (chosen.length > maxItems) return refuse({ code: 'too-many-items', most: maxItems })
  const found = await Promise.all(chosen.map(({ resource }) => deps.store.resource(resource)))
  const [first] = found
  const entry = first && deps.integrations.get(first.integration)
  if (!entry) return refuse({ code: 'no-such-resource', ...numbered(0, chosen) })
  const { integration, connector } = entry
  if (!mayRequest(person, integration, membersOf(deps))) {
    return refuse({ code: 'not-a-requester', integration: integration.id })
  }
  const items: Item[] = []
  for (const [position, { permission, except }] of chosen.entries()) {
    const resource = found[position]
    if (!resource) return refuse({ code: 'no-such-resource', ...numbered(position, chosen) })
    const refusal = refusalOf(resource, permission, integration)
    if (refusal) return refuse({ ...refusal, ...named(resource, chosen) })
    const { id, type, path } = resource
    items.push(withoutPinned(integration, { resource: id, type, path, permission, ...(except && { except }) }))
  }
  const [one, ...others] = items
  if (!one) return refuse({ code: 'no-such-resource' })
  return accept({ integration, connector, items: [one, ...others], tags: found.map((resource) => resource?.ownerTag) })
}

const refusalOf = (
  { integration: id, obstacle, permissions }: Resource,
  permission: string,
  integration: Integration,
): Refusal | undefined => {
  if (id !== integration.id) return { code: 'other-integration', integration: integration.id }
  if (obstacle) return { code: 'cannot-be-granted', obstacle }
  return permissions.includes(permission) ? undefined : { code: 'no-such-permission', permission }
}

const isSame = (one: ChosenItem, other: ChosenItem): boolean =>
  one.resource === other.resource && one.permission === other.permission

/** A missing resource has no name any more, so the refusal gives its position in the list. */
const numbered = (position: number, chosen: readonly unknown[]) =>
  chosen.length > 1 ? { item: `number ${position + 1}` } : {}
