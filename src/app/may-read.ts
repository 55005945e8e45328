import type { PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, isOwner } from './deps.ts'

/** Whether the person may read a request: its requester and the owners may. For anybody else it does not exist. */
const mayRead = (deps: Pick<Deps, 'directory' | 'integrations'>, loaded: Loaded, by: PersonId): boolean =>
  loaded.request.requester === by || isOwner(deps, loaded, by)

/** A request that the person may read. */
export const readRequest =
  (deps: Pick<Deps, 'directory' | 'integrations' | 'store'>) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
    const loaded = await deps.store.request(id)
    return loaded && mayRead(deps, loaded, by) ? accept(loaded) : refuse({ code: 'no-such-request' })
  }

/** The refusal that a stranger gets: it does not tell whether the id exists. */
export const unlessStrange = (
  deps: Pick<Deps, 'directory' | 'integrations'>,
  refusal: Refusal,
  loaded: Loaded | undefined,
  by: PersonId,
): Refusal => {
  const tells = refusal.code === 'not-an-owner' || refusal.code === 'not-the-requester'
  return tells && !(loaded && mayRead(deps, loaded, by)) ? { code: 'no-such-request' } : refusal
}
