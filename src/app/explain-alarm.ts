import { alarmedAt, explanationOf, type LinkExplanation, openAlarms, type ShownAlarm } from '../domain/fetch-link.ts'
import type { FetchLinkId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { type Found, linkEvent } from './find-link.ts'

type By = LinkExplanation['by']
/** The alarm that the person saw, and its link. */
type About = { readonly link: FetchLinkId; readonly alarm: ShownAlarm }

/**
 * Whether the link's person may say that this alarm was their own doing. Where an issuer can prove who they are, a press
 * in the chat is not enough.
 */
export const mayExplain =
  (deps: Deps) =>
  async (about: About, person: PersonId, by: By = 'press'): Promise<Outcome<Loaded>> => {
    const found = await explained(deps, about, person, by)
    return found.ok ? accept(found.value.loaded) : found
  }

/**
 * Notes that the link's person says of the alarm that they saw: it was me. Only words change, also after the access has
 * ended. The credential stays dead, and the owners see who said so and when.
 */
export const explainAlarm =
  (deps: Deps) =>
  (about: About, person: PersonId, by: By = 'press'): Promise<Outcome<Loaded>> =>
    untilCommitted(async () => {
      const found = await explained(deps, about, person, by)
      if (!found.ok) return found
      const { link, loaded } = found.value
      const { request, grant } = loaded
      const at = deps.clock.now()
      const { alarm } = about
      const saved = await deps.store.commit({
        request,
        ...(grant && { grant }),
        explained: { link: link.id, at, by, alarm },
        audit: [linkEvent({ link, loaded }, at, 'link-explained', { by, how: alarm.how })],
      })
      if (saved === 'conflict') return saved
      deps.nudge()
      return accept(loaded)
    })

/** The link of the person, whose open alarm is the one that they saw. */
const explained = async (deps: Deps, { link: id, alarm }: About, person: PersonId, by: By): Promise<Outcome<Found>> => {
  const link = await deps.store.link({ id })
  const loaded = link && (await deps.store.request(link.request))
  if (!loaded) return refuse({ code: 'no-such-request' })
  if (link.person !== person) return refuse({ code: 'not-the-requester' })
  if (!openAlarms(link).some(({ how, at }) => how === alarm.how && at === alarm.at)) {
    const said = alarmedAt(link, alarm.how) === alarm.at ? explanationOf(link, alarm.how) : undefined
    return refuse(said ? { code: 'already-explained', at: said.at } : { code: 'other-alarm' })
  }
  if (by === 'press' && deps.settings.hasIssuer) return refuse({ code: 'sign-in-needed' })
  return accept({ link, loaded })
}
