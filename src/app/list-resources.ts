import type { IntegrationId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Resource } from '../domain/resource.ts'
import type { ResourcePage } from '../ports.ts'
import type { Deps } from './deps.ts'
import { mayAskFor, searching } from './list-access.ts'
import { type Page, pageOf } from './list-requests.ts'

/** One page of what a person may request, in one integration or in all of theirs; each page counts as a search. */
export const listResources = (deps: Deps) => {
  const isTooMuch = searching(deps)
  return async (
    person: PersonId,
    vault: IntegrationId | undefined,
    page: ResourcePage,
  ): Promise<Outcome<Page<Resource>>> => {
    if (isTooMuch(person)) return refuse({ code: 'too-many-searches' })
    const open = mayAskFor(deps)(person).map(({ id }) => id)
    if (vault !== undefined && !open.includes(vault)) return refuse({ code: 'not-a-requester', integration: vault })
    const found = await deps.store.resourcePage(vault === undefined ? open : [vault], {
      ...page,
      limit: page.limit + 1,
    })
    return accept(pageOf(found, page.limit))
  }
}
