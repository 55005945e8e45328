import type { AccessRequest } from '../domain/access-request.ts'
import type { OtherSecrets } from '../domain/beneath.ts'
import { mayRequest } from '../domain/eligibility.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Item, Resource } from '../domain/resource.ts'
import { withoutPinned } from '../domain/routing.ts'
import type { Connector } from '../ports.ts'
import { type Deps, membersOf, notServed } from './deps.ts'

/** An earlier request of the person, as far as they may make it again now. */
export type WishAgain = Pick<AccessRequest, 'duration' | 'reason' | 'workload'> & {
  readonly integration: Integration
  readonly chosen: readonly { readonly resource: Resource; readonly permission: string }[]
  readonly allOrNothing: boolean
  readonly others: OtherSecrets
  /** The paths that cannot be requested now. */
  readonly leftOut: readonly string[]
}

/** What a person asked for, or got, so that they can ask for it again. It uses only the database and files nothing. */
export const wishAgain =
  (deps: Pick<Deps, 'store' | 'integrations' | 'directory'>) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<WishAgain>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request, grant } = loaded
    if (request.requester !== by) return refuse({ code: 'not-the-requester' })
    const entry = deps.integrations.get(request.integration)
    if (!entry) return refuse(notServed(request))
    const { integration, connector } = entry
    if (!mayRequest(by, integration, membersOf(deps))) {
      return refuse({ code: 'not-a-requester', integration: integration.id })
    }
    const items = grant?.items ?? request.items
    const found = await Promise.all(
      items.map(async (item) => ({ item, resource: await deps.store.resource(item.resource) })),
    )
    const offered = found.flatMap(({ item, resource }) =>
      resource && isOffered(resource, item, integration, connector) ? [{ item, resource }] : [],
    )
    return accept({
      integration,
      chosen: offered.map(({ item, resource }) => ({ resource, permission: item.permission })),
      allOrNothing: request.allOrNothing === true,
      others: request.items.some(({ asked }) => asked !== undefined) ? 'ask' : 'leave-out',
      leftOut: items.flatMap((item) => (offered.some((one) => one.item === item) ? [] : [item.path])),
      duration: request.duration,
      reason: request.reason,
      ...(request.workload && { workload: request.workload }),
    })
  }

const isOffered = (resource: Resource, item: Item, integration: Integration, connector: Connector): boolean => {
  if (resource.integration !== integration.id || resource.obstacle !== undefined) return false
  if (!resource.permissions.includes(item.permission)) return false
  const { id, type, path } = resource
  return connector.plan([withoutPinned(integration, { ...item, resource: id, type, path })]).ok
}
