import type { Audience } from '../domain/card.ts'
import type { PersonId, RequestId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Loaded } from '../ports.ts'
import { requestCard } from '../views/cards.ts'
import { type Moment, timeline } from '../views/timeline.ts'
import type { MessageView } from '../views/view-model.ts'
import { contextFor } from './card-content.ts'
import { type Deps, isOwner, nameOf } from './deps.ts'
import { accessPageAt } from './page-addresses.ts'

/** A request as its page shows it to one reader: the card, and everything that happened to it. */
export type ShownRequest = {
  readonly loaded: Loaded
  readonly view: MessageView
  readonly moments: readonly Moment[]
}

/**
 * A request for its requester, or for an owner. It is the card that the same person has in chat, so that nobody has to
 * learn it twice. With an issuer the page of the access needs no chat, whatever the links there ask for.
 */
export const showRequest =
  (deps: Deps) =>
  async (id: RequestId, by: PersonId): Promise<Outcome<ShownRequest>> => {
    const loaded = await deps.store.request(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const { request, grant } = loaded
    const isOwn = request.requester === by
    if (!isOwn && !isOwner(deps, loaded, by)) return refuse({ code: 'not-an-owner' })
    const context = await contextFor(deps, loaded, by, 'with-caveats')
    const unfetched = !isOwn && grant ? { isUnfetched: !(await deps.store.wasFetched(grant.id)) } : {}
    const page = { isPage: true, ...(grant && { accessPage: accessPageAt(deps.settings, grant.id) }) }
    const view = requestCard(loaded, { ...context, ...unfetched, ...page, audience: audienceOf(loaded, isOwn) })
    return accept({ loaded, view, moments: timeline(await deps.store.auditOf(id), nameOf(deps)) })
  }

const audienceOf = ({ request, grant }: Loaded, isOwn: boolean): Audience => {
  if (!isOwn) return 'owner'
  if (grant) return 'access'
  return request.state === 'pending' ? 'requester' : 'outcome'
}
