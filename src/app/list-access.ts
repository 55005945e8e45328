import { mayRequest } from '../domain/eligibility.ts'
import type { IntegrationId, PersonId, ResourceId } from '../domain/ids.ts'
import { type Integration, type Party, partiesOf } from '../domain/integration.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Resource } from '../domain/resource.ts'
import { route } from '../domain/routing.ts'
import { seconds } from '../domain/time.ts'
import { likelyNext, type Usual } from '../domain/usual.ts'
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

const openTo = (
  deps: Pick<Deps, 'integrations' | 'directory'>,
  person: PersonId,
  integrations: readonly IntegrationId[],
): readonly IntegrationId[] => mayAskFor(deps)(person).flatMap(({ id }) => (integrations.includes(id) ? [id] : []))

/** Whether the person has searched too often within a minute: a search in a large catalogue takes time. */
export const searching = ({ clock, settings: { limits } }: Pick<Deps, 'clock' | 'settings'>) =>
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
    const open = openTo(deps, person, integrations)
    return accept(open.length > 0 ? await deps.store.findResources(open, words, limit) : [])
  }
}

/** Resources that the person may request there and probably meant; ask only after a search that found nothing. */
export const similarResources =
  (deps: Deps) =>
  async (person: PersonId, integrations: readonly IntegrationId[], words: string): Promise<readonly Resource[]> => {
    const open = openTo(deps, person, integrations)
    const similar = open.length > 0 ? await deps.store.findSimilar(open, words, mostSimilar) : []
    return similar.filter(({ obstacle }) => obstacle === undefined)
  }

const mostSimilar = 20

/** Smaller folders in a folder, which the person may ask for instead. */
export const foldersIn =
  (deps: Deps) =>
  async (person: PersonId, { integration, type, path }: Pick<Resource, 'integration' | 'type' | 'path'>) =>
    openTo(deps, person, [integration]).length > 0
      ? deps.store.resourcesIn(integration, { type, folder: path }, mostFolders)
      : []

const mostFolders = 5

/** What the person probably asks for again at the integration. */
export const usualResources =
  (deps: Deps) =>
  async (person: PersonId, integration: IntegrationId): Promise<readonly Usual[]> =>
    openTo(deps, person, [integration]).length > 0
      ? likelyNext(await deps.store.usualResources(person, integration))
      : []

/** One path that the person may request there, for examples; the person's own if there is one. */
export const examplePath =
  (deps: Deps) =>
  async (person: PersonId, integration: IntegrationId): Promise<string | undefined> => {
    const [own] = await usualResources(deps)(person, integration)
    if (own) return own.resource.path
    const first = await deps.store.findResources(openTo(deps, person, [integration]), '', 20)
    return first.find(({ obstacle }) => obstacle === undefined)?.path
  }

/** Who would decide on a request of this person, by the owner tag that discovery saw last. */
export const decidersOf =
  (deps: Pick<Deps, 'integrations' | 'directory'>) =>
  (person: PersonId, resource: Resource): readonly Party[] => {
    const integration = deps.integrations.get(resource.integration)?.integration
    return (integration && route(integration, resource, resource.ownerTag, person, membersOf(deps))?.owners) ?? []
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

/** The integrations from which the person may request, or in which they may own something. */
export const concernedIn = (deps: Pick<Deps, 'integrations' | 'directory'>, person: PersonId): readonly Integration[] =>
  [...deps.integrations.values()]
    .map(({ integration }) => integration)
    .filter((integration) => mayRequest(person, { requesters: partiesOf(integration) }, membersOf(deps)))
