import { mayRequest } from '../domain/eligibility.ts'
import type { IntegrationId, PersonId, ResourceId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Resource } from '../domain/resource.ts'
import { route } from '../domain/routing.ts'
import { seconds } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'
import { newRate } from './rates.ts'

/** The integrations from which this person may request. */
export const mayAskFor =
  (deps: Pick<Deps, 'integrations' | 'directory'>) =>
  (person: PersonId): readonly Integration[] =>
    [...deps.integrations.values()]
      .map(({ integration }) => integration)
      .filter((integration) => mayRequest(person, integration, membersOf(deps)))

/** Whether the person has searched too often within a minute: a search in a large catalogue takes time. */
const searching = ({ clock, settings: { limits } }: Pick<Deps, 'clock' | 'settings'>) =>
  limits ? newRate(clock, limits.searchesAMinute, seconds(60)) : () => false

/** The resources that this person may request at these integrations and whose path contains every word. */
export const searchResources = (deps: Deps) => {
  const isTooMuch = searching(deps)
  return async (
    person: PersonId,
    integrations: readonly IntegrationId[],
    words: string,
    limit: number,
  ): Promise<Outcome<readonly Resource[]>> => {
    if (isTooMuch(person)) return refuse({ code: 'too-many-searches' })
    const open = mayAskFor(deps)(person).flatMap(({ id }) => (integrations.includes(id) ? [id] : []))
    return accept(open.length > 0 ? await deps.store.findResources(open, words, limit) : [])
  }
}

/** Whether an integration offers anything; `looking` until its vault was listed once. */
export const offering =
  ({ store }: Deps) =>
  async (integration: IntegrationId): Promise<'something' | 'nothing' | 'looking'> => {
    if (await store.hasResources(integration)) return 'something'
    const progress = await store.discoveryProgress(integration)
    return progress?.completed === undefined ? 'looking' : 'nothing'
  }

/** One resource, if this person may request it. */
export const findResource =
  (deps: Deps) =>
  async (person: PersonId, id: ResourceId): Promise<Resource | undefined> => {
    const resource = await deps.store.resource(id)
    if (!resource) return undefined
    return mayAskFor(deps)(person).some(({ id: integration }) => integration === resource.integration)
      ? resource
      : undefined
  }

/** The person's pending requests and live grants, then the latest others. */
export const accessOf =
  ({ store }: Deps) =>
  (person: PersonId): Promise<readonly Loaded[]> =>
    store.requestsOf(person, 10)

/**
 * Who has or awaits access to the named resource; for its owners and the integration's only. Names are searched only
 * where the person may request or owns something. Elsewhere existing and missing names get the same answer.
 */
export const holdersOf = (deps: Deps) => {
  const isTooMuch = searching(deps)
  return async (words: string, by: PersonId): Promise<Outcome<{ resource: Resource; loaded: readonly Loaded[] }>> => {
    if (isTooMuch(by)) return refuse({ code: 'too-many-searches' })
    const found = await deps.store.findResources(
      concernedIn(deps, by).map(({ id }) => id),
      words,
      20,
    )
    const resource = found.find(({ path }) => path === words.trim()) ?? found[0]
    const integration = resource && deps.integrations.get(resource.integration)?.integration
    if (!resource || !integration) return refuse({ code: 'no-such-resource' })
    const requirement = route(integration, resource, resource.ownerTag, '' as PersonId, membersOf(deps))
    const owners = [...(requirement?.owners ?? []), ...integration.owners].flatMap(membersOf(deps))
    if (!owners.includes(by)) return refuse({ code: 'not-an-owner' })
    return accept({ resource, loaded: await deps.store.requestsFor(resource.id) })
  }
}

/** The integrations from which the person may request, or in which they may own something. */
export const concernedIn = (deps: Pick<Deps, 'integrations' | 'directory'>, person: PersonId): readonly Integration[] =>
  [...deps.integrations.values()]
    .map(({ integration }) => integration)
    .filter((integration) => {
      const { owners, resourceOwner } = integration
      const pinned = resourceOwner?.pinned.map(({ owner }) => owner) ?? []
      const parties = [...owners, ...(resourceOwner?.allow ?? []), ...pinned]
      return mayRequest(person, { requesters: [...integration.requesters, ...parties] }, membersOf(deps))
    })
