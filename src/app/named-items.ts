import type { IntegrationId, PersonId, ResourceId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { named } from '../domain/request-items.ts'
import type { ChosenItem, ChosenItems } from './chosen-items.ts'
import type { Deps } from './deps.ts'
import { mayAskFor } from './list-access.ts'

/** An item as a program names it: by its complete path, or as a search found it. */
export type NamedItem = { readonly permission: string } & (
  | { readonly path: string; readonly type?: string | undefined }
  | { readonly resource: ResourceId }
)

/**
 * The items that a program names in one vault. Whoever may request nothing there learns nothing, not even whether a
 * path exists.
 */
export const namedItems =
  (deps: Deps) =>
  async (person: PersonId, vault: IntegrationId, wanted: readonly NamedItem[]): Promise<Outcome<ChosenItems>> => {
    if (!mayAskFor(deps)(person).some(({ id }) => id === vault)) {
      return refuse({ code: 'not-a-requester', integration: vault })
    }
    const chosen: ChosenItem[] = []
    for (const item of wanted) {
      const found = 'path' in item ? await at(deps, vault, item) : await deps.store.resource(item.resource)
      const label = named({ path: 'path' in item ? item.path : item.resource }, wanted)
      if (!found) return refuse({ code: 'no-such-resource', ...label })
      if (found.integration !== vault) return refuse({ code: 'other-integration', integration: vault, ...label })
      chosen.push({ resource: found.id, permission: item.permission })
    }
    const [first, ...others] = chosen
    return first ? accept([first, ...others]) : refuse({ code: 'no-such-resource' })
  }

/** Types share a path hardly ever; the first one is meant then, unless a type is named. */
const at = async (
  { store }: Deps,
  vault: IntegrationId,
  { path, type }: { readonly path: string; readonly type?: string | undefined },
) => (await store.resourcesAt(vault, path)).find((one) => type === undefined || one.type === type)
