import type { Beneath } from '../domain/connector.ts'
import type { Integration } from '../domain/integration.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { named } from '../domain/request-items.ts'
import { type Item, isFolder } from '../domain/resource.ts'
import type { Connector } from '../ports.ts'

type Entry = { readonly integration: Integration; readonly connector: Pick<Connector, 'beneath'> }
type Items = readonly [Item, ...Item[]]

/** Items as they should be now, and what lies beneath each of their folders. */
export type Walked = { readonly items: Items; readonly beneath: readonly Beneath[] }

/** The answers of one look, so that a folder of several grants is looked up once. */
export type WalkMemory = Map<string, Outcome<Beneath>>

/**
 * Looks up at the vault what lies beneath the folders among the items, and changes each folder by that. Other items stay.
 * It may take seconds, so no chat may be waiting. A vault that is away throws.
 */
export const walkBeneath = async (
  { integration, connector }: Entry,
  items: Items,
  change: (integration: Integration, item: Item, beneath: Beneath) => Item,
  memory: WalkMemory = new Map(),
): Promise<Outcome<Walked>> => {
  const changed: Item[] = []
  const found: Beneath[] = []
  for (const item of items) {
    if (!isFolder(item)) {
      changed.push(item)
      continue
    }
    const seen = memory.get(item.path) ?? (await connector.beneath(item, integration.resourceOwner?.key, never))
    memory.set(item.path, seen)
    if (!seen.ok) return refuse({ ...seen.refusal, ...named(item, items) })
    found.push(seen.value)
    changed.push(change(integration, item, seen.value))
  }
  const [first = items[0], ...others] = changed
  return accept({ items: [first, ...others], beneath: found })
}

/** The connector has its own limit. */
const never = new AbortController().signal
