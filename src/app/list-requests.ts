import type { PersonId, RequestId } from '../domain/ids.ts'
import { waitingFor } from '../domain/request-items.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, ownersOf } from './deps.ts'

/** A part of a list, and whether there is more after it. */
export type Page<One> = { readonly shown: readonly One[]; readonly hasMore: boolean }
type Newest = { readonly before?: RequestId | undefined; readonly limit: number }

/** What a person asked for, newest first. */
export const ownRequests =
  ({ store }: Pick<Deps, 'store'>) =>
  async (person: PersonId, { before, limit }: Newest): Promise<Page<Loaded>> =>
    pageOf(await store.requests({ person, limit: limit + 1, ...(before && { before }) }), limit)

/** A person's own access, newest first: what is live, or what has ended. */
export const ownGrants =
  ({ store }: Pick<Deps, 'store'>) =>
  async (person: PersonId, state: 'live' | 'ended', { before, limit }: Newest): Promise<Page<Loaded>> =>
    pageOf(await store.grants({ person, state, limit: limit + 1, ...(before && { before }) }), limit)

type Urgent = { readonly decideBy: Timestamp; readonly request: RequestId }

/** What waits for a person's decision by the rows, the earliest deadline first. A decision checks the owner again. */
export const waitingRequests =
  (deps: Pick<Deps, 'store' | 'directory' | 'clock'>) =>
  async (
    person: PersonId,
    { beyond, limit }: { readonly beyond?: Urgent | undefined; readonly limit: number },
  ): Promise<Page<Loaded>> => {
    const parties = deps.directory.partiesOf(person)
    const filter = { besides: person, after: deps.clock.now(), skip: 0, limit: limit + 1 }
    const found: Loaded[] = []
    let from = beyond
    while (found.length <= limit) {
      const some = await deps.store.requestsAsking(parties, { ...filter, beyond: from })
      found.push(...some.filter(({ request }) => waitingFor(request, ownersOf(deps, request), person).length > 0))
      const last = some.at(-1)?.request
      if (some.length <= limit || last?.state !== 'pending') break
      from = { decideBy: last.decideBy, request: last.id }
    }
    return pageOf(found, limit)
  }

/** Cuts a list that was asked for one entry too many. */
export const pageOf = <One>(found: readonly One[], limit: number): Page<One> => ({
  shown: found.slice(0, limit),
  hasMore: found.length > limit,
})
