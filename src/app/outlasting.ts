import type { AccessRequest } from '../domain/access-request.ts'
import type { Item, Resource } from '../domain/resource.ts'
import type { Deps } from './deps.ts'

type Of = Pick<AccessRequest, 'integration'> & { readonly items: readonly Item[] }

/** What of these items goes on after the end of the access, a sentence each. Nobody should approve without having read it. */
export const outlastingOf = (
  { integrations }: Pick<Deps, 'integrations'>,
  { integration, items }: Of,
): readonly string[] => integrations.get(integration)?.connector.cannotEnd(items) ?? []

/** The same for a resource that may be asked for, by permission. */
export const outlastingBy =
  (deps: Pick<Deps, 'integrations'>) =>
  ({ id, integration, type, path, permissions }: Resource): ReadonlyMap<string, readonly string[]> =>
    new Map(
      permissions.map((permission) => [
        permission,
        outlastingOf(deps, { integration, items: [{ resource: id, type, path, permission }] }),
      ]),
    )
