import { cancel } from '../domain/access-request.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, untilCommitted } from './deps.ts'

/** Whether the person may cancel the request now. */
export const mayCancel =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const change = cancel(loaded.request, by, deps.clock.now())
    return change.ok ? accept(loaded) : change
  }

/** Cancels a pending request for its requester. */
export const cancelRequest =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<Loaded>> => {
    const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
      const loaded = await deps.store.request(id)
      if (!loaded) return refuse({ code: 'no-such-request' })
      const change = cancel(loaded.request, by, deps.clock.now())
      if (!change.ok) return change
      return (await deps.store.commit(change.value)) === 'conflict' ? 'conflict' : accept(change.value)
    })
    deps.nudge()
    return outcome
  }
