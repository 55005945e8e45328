import { told } from '../domain/ending.ts'
import type { Loaded } from '../ports.ts'
import { cardsTo } from './cards-for.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { neighboursOf } from './neighbours.ts'

/** Whether a newer access to the same, which its holder knows, outlasts this one. */
const isFollowedUp = async (deps: Deps, loaded: Loaded): Promise<boolean> => {
  const [end, next] = [loaded.grant, (await neighboursOf(deps, loaded)).follower?.grant]
  return end?.state === 'active' && next?.state === 'active' && next.expiresAt > end.expiresAt
}

/** Tells holders that their access ends soon. The card and the note that it is told are one transaction. */
export const tellEndings = (deps: Deps) => async (): Promise<void> => {
  const due = await deps.store.toTell(deps.clock.now())
  for (const { request: known } of due) {
    await untilCommitted(async () => {
      const loaded = await deps.store.request(known.id)
      const news = loaded?.grant && told(loaded.grant, deps.clock.now())
      if (!news) return 'committed'
      const { request } = loaded
      const about = { request: request.id, audience: 'notice', notice: { about: 'end-near' } } as const
      const cards = news.isNews && !(await isFollowedUp(deps, loaded)) ? cardsTo(deps, request.requester, about) : []
      return deps.store.commit({ request, grant: news.grant, audit: [], cards })
    })
  }
  if (due.length > 0) deps.nudge()
}
