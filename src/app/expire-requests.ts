import { expire } from '../domain/access-request.ts'
import { outcomeCards } from './decide-request.ts'
import { type Deps, untilCommitted } from './deps.ts'

/** Closes the requests that nobody decided in time. */
export const expireRequests = (deps: Deps) => async (): Promise<void> => {
  for (const { id } of await deps.store.pendingPast(deps.clock.now())) {
    await untilCommitted(async () => {
      const loaded = await deps.store.request(id)
      const change = loaded && expire(loaded.request, deps.clock.now())
      return change ? deps.store.commit(outcomeCards(deps, change)) : 'committed'
    })
    deps.nudge()
  }
}
