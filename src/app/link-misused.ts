import { type Actor, system } from '../domain/audit-event.ts'
import type { Notice } from '../domain/card.ts'
import { evolve } from '../domain/grant.ts'
import type { Loaded } from '../ports.ts'
import { noticeToAll } from './cards-for.ts'
import { type Deps, untilCommitted } from './deps.ts'

type How = (Notice & { about: 'link-misused' })['how']

/**
 * Somebody else tried a link, or a credential does not come from where it must: requester and owners are told, and the
 * credential dies (a setting, on by default). The requester asks for a new link within the same approval. Who signed in as
 * another person was given nothing, so nothing has to die.
 */
export const linkMisused =
  (deps: Deps) =>
  async (loaded: Loaded, how: How, actor: Actor = system): Promise<void> => {
    await untilCommitted(async () => {
      const { request, grant } = (await deps.store.request(loaded.request.id)) ?? loaded
      const now = deps.clock.now()
      const revoked = how !== 'other-person' && deps.settings.revokeOnMisuse && grant?.state === 'active'
      const notice = { about: 'link-misused', how, revoked } as const
      const about = { integration: request.integration, request: request.id, ...(grant && { grant: grant.id }) }
      const change = {
        request,
        ...(grant && { grant: revoked ? evolve(grant, { kind: 'withdraw-asked' }, now) : grant }),
        audit: [{ at: now, kind: 'link-misused', actor, ...about, detail: { how, revoked } } as const],
        cards: noticeToAll(deps, request, notice),
      }
      return deps.store.commit(change)
    })
    deps.nudge()
  }
