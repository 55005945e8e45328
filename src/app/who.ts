import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Resource } from '../domain/resource.ts'
import { isBeneath, route } from '../domain/routing.ts'
import type { Loaded } from '../ports.ts'
import type { Known, Who } from '../views/who.ts'
import { type Deps, membersOf } from './deps.ts'
import { concernedIn, mayAskFor, searching } from './list-access.ts'

const most = 10
/** Where a person owns only some resources, so many matches are looked through. */
const lookedThrough = 200

/**
 * Who has or awaits access to what the words name. Only its owners and the integration's read that. People who may
 * request it read who owns it. For everybody else, existing and missing names get the same answer.
 */
export const whoHas = (deps: Deps) => {
  const isTooMuch = searching(deps)
  return async (typed: string, by: PersonId): Promise<Outcome<Who>> => {
    if (isTooMuch(by)) return refuse({ code: 'too-many-searches' })
    const words = typed.trim()
    const found = await knownTo(deps, by, words)
    const exact = found.filter(({ resource }) => resource.path === words)
    const chosen = exact.length > 0 ? exact : found
    const [known] = chosen
    if (!known) return refuse({ code: 'no-such-resource' })
    if (chosen.length > 1) return accept({ is: 'several', found: chosen.slice(0, most), isMore: chosen.length > most })
    if (!known.isOwned) return accept({ is: 'owners', known })
    return accept({ is: 'holders', known, subjects: await concerning(deps, known.resource) })
  }
}

/** Who has or awaits access to it, also those who have a folder above it. */
const concerning = async ({ store }: Deps, { id, path, integration }: Resource): Promise<readonly Loaded[]> => {
  const own = await store.requestsFor(id)
  const live = await store.liveAt(integration)
  const above = live.filter(({ grant }) => grant?.items.some((item) => isBeneath(item, path)))
  return [...own, ...above.filter(({ request }) => own.every((one) => one.request.id !== request.id))]
}

/** The matches of which the reader may know: all where they may request, else only those that they own. */
const knownTo = async (deps: Deps, by: PersonId, words: string): Promise<readonly Known[]> => {
  const open = mayAskFor(deps)(by).map(({ id }) => id)
  const closed = concernedIn(deps, by).flatMap(({ id }) => (open.includes(id) ? [] : [id]))
  const [requestable, others] = await Promise.all([
    open.length > 0 ? deps.store.findResources(open, words, most + 1) : [],
    closed.length > 0 ? deps.store.findResources(closed, words, lookedThrough) : [],
  ])
  const owned = others.flatMap((resource) => knownAs(deps, by, resource)).filter(({ isOwned }) => isOwned)
  return [...requestable.flatMap((resource) => knownAs(deps, by, resource)), ...owned]
}

const knownAs = (deps: Deps, by: PersonId, resource: Resource): readonly Known[] => {
  const integration = deps.integrations.get(resource.integration)?.integration
  if (!integration) return []
  const owners = route(integration, resource, resource.ownerTag, '' as PersonId, membersOf(deps))?.owners ?? []
  const isOwned = [...owners, ...integration.owners].flatMap(membersOf(deps)).includes(by)
  return [{ resource, owners, isOwned }]
}
