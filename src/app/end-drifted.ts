import type { Notice } from '../domain/card.ts'
import type { EndReason } from '../domain/grant.ts'
import type { Loaded } from '../ports.ts'
import { cardsTo, noticeToOwners } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { askForEnd } from './revoke-grant.ts'

/** Somebody else took the access away at the vault: it is not made again, the grant ends, and people are told. */
export const endMissing = (deps: Deps) => (loaded: Loaded) =>
  endDrifted(deps, loaded, 'missing-at-vault', { about: 'access-missing' })

/** Somebody else changed what the access opens: nobody approved that, so the grant ends, and people are told. */
export const endAltered = (deps: Deps) => (loaded: Loaded) =>
  endDrifted(deps, loaded, 'altered-at-vault', { about: 'access-altered' })

const endDrifted = async (
  deps: Deps,
  { request, grant }: Loaded,
  because: EndReason,
  notice: Notice,
): Promise<void> => {
  if (!grant) return
  const ended = await askForEnd(deps)(grant.id, because)
  if (!ended.ok) return // it ends already, as somebody here asked
  await deps.store.addCards([
    ...cardsTo(deps, request.requester, { request: request.id, audience: 'notice', notice }),
    ...noticeToOwners(deps, request, notice),
  ])
  deps.nudge()
}
