import { type Actor, system } from '../domain/audit-event.ts'
import type { AlarmHow, FetchLink } from '../domain/fetch-link.ts'
import { evolve } from '../domain/grant.ts'
import { noticeToAll } from './cards-for.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { linkEvent } from './find-link.ts'

/**
 * Handles a misused link, or a credential of wrong origin. The link's row notes the alarm, which is told once. The link
 * mints nothing more, and its credential dies (a setting, on by default). The requester asks for a new link within the
 * same approval. A different person at the sign-in got nothing, so nothing dies; the audit has each such try.
 */
export const linkMisused =
  (deps: Deps) =>
  async ({ id }: FetchLink, how: AlarmHow, actor: Actor = system): Promise<void> => {
    await untilCommitted(async () => {
      const link = await deps.store.link({ id })
      const loaded = link && (await deps.store.request(link.request))
      if (!loaded) return 'committed'
      const at = deps.clock.now()
      const isTheft = how !== 'other-person'
      const event = (revoked: boolean) => linkEvent({ link, loaded }, at, 'link-misused', { how, revoked }, actor)
      if (isTheft && link.misusedAt !== undefined) return 'committed'
      if (!isTheft && link.doubtedAt !== undefined) {
        await deps.store.audit([event(false)])
        return 'committed'
      }
      const { request, grant } = loaded
      const revoked = isTheft && deps.settings.revokeOnMisuse && grant?.state === 'active' && !isGone(link)
      return deps.store.commit({
        request,
        ...(grant && { grant: revoked ? evolve(grant, { kind: 'withdraw-asked' }, at) : grant }),
        alarm: { link: id, how, at },
        audit: [event(revoked)],
        cards: noticeToAll(deps, request, { about: 'link-misused', how, revoked, link: id }),
      })
    })
    deps.nudge()
  }

/** A credential that is still being made is not gone; the holder of its account will see whether it exists. */
const isGone = ({ credential }: FetchLink): boolean =>
  credential?.state === 'superseded' || credential?.state === 'withdrawn'
