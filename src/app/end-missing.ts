import type { Loaded } from '../ports.ts'
import { cardsTo, noticeToOwners } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { askForEnd } from './revoke-grant.ts'

/** Somebody else took the access away at the vault: it is not made again, the grant ends, and people are told. */
export const endMissing =
  (deps: Deps) =>
  async ({ request, grant }: Loaded): Promise<void> => {
    if (!grant) return
    const notice = { about: 'access-missing' } as const
    const ended = await askForEnd(deps)(grant.id, 'missing-at-vault')
    if (!ended.ok) return // it ends already, as somebody here asked
    await deps.store.addCards([
      ...cardsTo(deps, request.requester, { request: request.id, audience: 'notice', notice }),
      ...noticeToOwners(deps, request, notice),
    ])
    deps.nudge()
  }
