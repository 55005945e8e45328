import type { AccessRequest, Change } from '../domain/access-request.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { nextReminder, remind } from '../domain/remind.ts'
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
    if (!change.ok) return change
    const enough = await remindedEnough(deps, loaded.request)
    return enough ? refuse(enough) : accept(loaded)
  }

/**
 * Reminds everybody who can still decide, in a new message, because an edit notifies nobody. Its row is written first,
 * together with the moment: so the next reminder must wait in every process.
 */
export const remindOwners = (deps: Deps) => {
  // One after the other: presses of one instant on several requests would not see each other.
  const alone = oneAtATime()
  return (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => alone(() => remindNow(deps, id, by))
}

const oneAtATime = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }
}

const remindNow = async (deps: Deps, id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
  const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const change = reminded(deps, loaded.request, by)
    if (!change.ok) return change
    const enough = await remindedEnough(deps, loaded.request)
    if (enough) return refuse(enough)
    return (await deps.store.commit(change.value)) === 'conflict' ? 'conflict' : accept(change.value)
  })
  deps.nudge()
  return outcome
}

/** Two in a quarter of an hour: whoever asks one owner for twenty things still sends at most eight reminders an hour. */
const mostReminded = 2

/** Refuses where the requester has reminded of other requests lately. Rows count, so this outlives a restart. */
const remindedEnough = async ({ store, clock }: Deps, request: AccessRequest): Promise<Refusal | undefined> => {
  const own = await store.requestsOf(request.requester, 1)
  const waiting = own
    .flatMap((other) => (other.request.id === request.id ? [] : (nextReminder(other.request) ?? [])))
    .filter((again) => again > clock.now())
    .sort((one, other) => other - one)
  const again = waiting[mostReminded - 1]
  return again === undefined ? undefined : { code: 'reminded-lately', again }
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
