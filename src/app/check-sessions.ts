import type { PersonId } from '../domain/ids.ts'
import type { Deps } from './deps.ts'
import { endSession } from './end-session.ts'

/**
 * Ends the sessions of people who have left the people file, and of those whose chat accounts were deactivated. Many at
 * once are no matter: whoever is back signs in again.
 */
export const checkSessions =
  (deps: Deps) =>
  async (accounts: ReadonlyMap<PersonId, boolean> = new Map()): Promise<void> => {
    for (const { id, person } of await deps.store.liveSessions(deps.clock.now())) {
      if (!deps.directory.find(person)) await endSession(deps)(id, 'person-removed')
      else if (accounts.get(person)) await endSession(deps)(id, 'account-deactivated')
    }
  }
