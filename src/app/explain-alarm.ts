import { type FetchLink, isUnexplained, type LinkExplanation } from '../domain/fetch-link.ts'
import type { FetchLinkId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { type Found, linkEvent } from './find-link.ts'

type By = LinkExplanation['by']

/**
 * Whether the link's person may say that its alarm was their own doing. Where an issuer can prove who they are, a press
 * in the chat is not enough.
 */
export const mayExplain =
  (deps: Deps) =>
  async (id: FetchLinkId, person: PersonId, by: By = 'press'): Promise<Outcome<Loaded>> => {
    const found = await explainable(deps, id, person, by)
    return found.ok ? accept(found.value.loaded) : found
  }

/**
 * Notes that the link's person says: it was me. Only words change, also after the access has ended. The credential stays
 * dead, and the owners see who said so and when.
 */
export const explainAlarm =
  (deps: Deps) =>
  (id: FetchLinkId, person: PersonId, by: By = 'press'): Promise<Outcome<Loaded>> =>
    untilCommitted(async () => {
      const found = await explainable(deps, id, person, by)
      if (!found.ok) return found
      const { link, loaded } = found.value
      const { request, grant } = loaded
      const at = deps.clock.now()
      const saved = await deps.store.commit({
        request,
        ...(grant && { grant }),
        explained: { link: link.id, at, by },
        audit: [linkEvent({ link, loaded }, at, 'link-explained', { by })],
      })
      if (saved === 'conflict') return saved
      deps.nudge()
      return accept(loaded)
    })

const explainable = async (deps: Deps, id: FetchLinkId, person: PersonId, by: By): Promise<Outcome<Found>> => {
  const link = await deps.store.link({ id })
  const loaded = link && (await deps.store.request(link.request))
  if (!loaded) return refuse({ code: 'no-such-request' })
  if (link.person !== person) return refuse({ code: 'not-the-requester' })
  if (!isUnexplained(link)) return refuse(settled(link))
  if (by === 'press' && deps.settings.hasIssuer) return refuse({ code: 'sign-in-needed' })
  return accept({ link, loaded })
}

const settled = ({ explained }: FetchLink) =>
  explained ? ({ code: 'already-explained', at: explained.at } as const) : ({ code: 'no-such-request' } as const)
