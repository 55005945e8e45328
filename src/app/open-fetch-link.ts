import { type linkLife, openLink } from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import { fetchLinkId, type GrantId, type PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { type Secret, secret } from '../domain/secret.ts'
import type { Timestamp } from '../domain/time.ts'
import { isFetched } from '../domain/workload.ts'
import type { Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'
import { linkEvent } from './find-link.ts'
import { barTo, barToRequester, isDeactivated } from './may-hold.ts'

export type OpenedLink = { readonly url: Secret; readonly expiresAt: Timestamp; readonly loaded: Loaded }

/**
 * Draws a new link for the grant's holder; an older open link stops working. Only the hash is stored. With `bound` only
 * this visitor may use it.
 */
export const openFetchLink =
  (deps: Deps) =>
  async (
    id: GrantId,
    by: PersonId,
    life: keyof typeof linkLife = deps.settings.linkConfirm === 'sign-in' ? 'signIn' : 'modal',
    bound?: string,
  ): Promise<Outcome<OpenedLink>> => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant) return refuse({ code: 'no-such-request' })
    const { request, grant } = loaded
    if (request.requester !== by) return refuse({ code: 'not-the-requester' })
    const bar = barTo(deps, loaded)
    if (bar) return refuse(barToRequester(bar))
    if (isDeactivated(grant)) return refuse({ code: 'not-admitted', why: 'deactivated' })
    if (!isFetched(grant.workload)) return refuse({ code: 'nothing-to-fetch' })
    const now = deps.clock.now()
    const refusal = notActive(grant, now)
    if (refusal) return refusal
    const nonce = deps.newNonce()
    const given = { id: fetchLinkId(deps.newId()), grant: id, request: request.id, person: by, hash: deps.hash(nonce) }
    const link = openLink({ ...given, ...(bound !== undefined && { bound: deps.hash(bound) }) }, now, life)
    const isOpened = await deps.store.openLink(link, [linkEvent({ link, loaded }, now, 'link-opened')])
    if (!isOpened) return refuse({ code: 'access-not-active', state: 'ending' }) // its end has just begun
    const isCut = grant.state === 'active' && grant.expiresAt < link.expiresAt // no link outlives its access
    const expiresAt = isCut ? grant.expiresAt : link.expiresAt
    return accept({ url: secret(`${deps.settings.linkBase}/fetch/${nonce}`), expiresAt, loaded })
  }

const notActive = (grant: Grant, now: Timestamp) => {
  if (grant.state === 'provisioning') return refuse({ code: 'access-not-active', state: 'not-yet' })
  if (grant.state === 'ended') return refuse({ code: 'access-not-active', state: 'ended' })
  if (grant.state === 'revoking' || grant.expiresAt <= now)
    return refuse({ code: 'access-not-active', state: 'ending' })
  return undefined
}
