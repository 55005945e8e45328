import type { PersonId } from '../domain/ids.ts'
import { waitingFor } from '../domain/request-items.ts'
import type { Loaded } from '../ports.ts'
import type { Decidable } from './decide-request.ts'
import { type Deps, ownersOf } from './deps.ts'

/** The requests that one person may decide now: the most urgent ones, and whether there are more. */
export type DecisionsFor = { readonly shown: readonly Decidable[]; readonly hasMore: boolean }

const most = 8
const page = 50

/**
 * The requests of others that wait for this person, by the rows: no vault is asked. A decision checks the owner again.
 */
export const decisionsFor =
  (deps: Deps) =>
  async (person: PersonId): Promise<DecisionsFor> => {
    const parties = deps.directory.partiesOf(person)
    const found: Decidable[] = []
    if (parties.length === 0) return { shown: found, hasMore: false }
    const filter = { besides: person, after: deps.clock.now(), limit: page }
    for (let skip = 0; found.length <= most; skip += page) {
      const loaded = await deps.store.requestsAsking(parties, { ...filter, skip })
      found.push(...loaded.flatMap((one) => decidable(deps, one, person)))
      if (loaded.length < page) break
    }
    return { shown: found.slice(0, most), hasMore: found.length > most }
  }

/** Nothing once the person has decided all of their items. */
const decidable = (deps: Deps, loaded: Loaded, person: PersonId): readonly Decidable[] => {
  const items = waitingFor(loaded.request, ownersOf(deps, loaded.request), person)
  return items.length === 0 ? [] : [{ ...loaded, part: { items } }]
}
