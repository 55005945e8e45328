import type { AccessRequest, Change } from '../domain/access-request.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { remind } from '../domain/remind.ts'
import { waitingFor } from '../domain/request-items.ts'
import type { Loaded, NewCard } from '../ports.ts'
import { cardsTo } from './cards-for.ts'
import { type Deps, ownersOf, untilCommitted } from './deps.ts'

/** Whether the person may remind the owners of the request now. */
export const mayRemind =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const change = reminded(deps, loaded.request, by)
    return change.ok ? accept(loaded) : change
  }

/**
 * Reminds everybody who can still decide, in a new message, because an edit notifies nobody. Its row is written first,
 * together with the moment: so the next reminder must wait in every process.
 */
export const remindOwners =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
    const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
      const loaded = await deps.store.request(id)
      if (!loaded) return refuse({ code: 'no-such-request' })
      const change = reminded(deps, loaded.request, by)
      if (!change.ok) return change
      return (await deps.store.commit(change.value)) === 'conflict' ? 'conflict' : accept(change.value)
    })
    deps.nudge()
    return outcome
  }

const reminded = (
  deps: Deps,
  request: AccessRequest,
  by: PersonId,
): Outcome<Change & { readonly cards: readonly NewCard[] }> => {
  const at = deps.clock.now()
  const owners = ownersOf(deps, request)
  const cards = [...new Set(owners.flatMap((each) => [...each]))]
    .filter((person) => person !== request.requester && waitingFor(request, owners, person).length > 0)
    .map((person) =>
      cardsTo(deps, person, { request: request.id, audience: 'notice', notice: { about: 'reminder', at } }),
    )
    .filter((each) => each.length > 0)
  const people = cards.flatMap(([first]) => (first?.recipient.to === 'person' ? [first.recipient.person] : []))
  const change = remind(request, by, people, at)
  return change.ok ? accept({ ...change.value, cards: cards.flat() }) : change
}
