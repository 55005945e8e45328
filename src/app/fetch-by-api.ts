import { grantId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { seconds, secondsUntil } from '../domain/time.ts'
import { admitPerson } from './admit-person.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { type OpenedLink, openFetchLink } from './open-fetch-link.ts'
import { type Redeemed, redeemFetchLink } from './redeem-fetch-link.ts'

/** How old a sign-in may be where links require one. */
const freshFor = seconds(600)

/** Draws a link for a call of the API, after the same checks as in chat. Only the session that asked may use it. */
export const linkByApi =
  (deps: Deps) =>
  async (id: string, caller: Caller): Promise<Outcome<OpenedLink>> => {
    const stale = notFresh(deps, caller)
    if (stale) return refuse(stale)
    const { person } = caller
    const grant = grantId(id)
    const loaded = await deps.store.requestOfGrant(grant)
    if (loaded?.request.requester === person.id) {
      const admitted = await admitPerson(deps)(person.id)
      if (admitted === 'silent') return refuse({ code: 'try-again' })
      if (!admitted.ok) return admitted
    }
    return openFetchLink(deps)(grant, person.id, undefined, visitorOf(deps, caller))
  }

/**
 * Uses up a link for a call of the API. The caller's session stands for the browser of a page, so a second caller
 * raises the same alarm. Where links require a sign-in, only the link's person gets anything, with a fresh one.
 */
export const redeemByApi =
  (deps: Deps) =>
  async (nonce: string, caller: Caller | undefined): Promise<Outcome<Redeemed>> => {
    const stale = notFresh(deps, caller)
    if (stale) return refuse(stale)
    return accept(await redeemFetchLink(deps)(nonce, visitorOf(deps, caller), caller?.person.id))
  }

const notFresh = ({ settings, clock }: Deps, caller: Caller | undefined): Refusal | undefined => {
  if (settings.linkConfirm === 'none') return undefined
  if (!caller) return { code: 'not-signed-in', why: 'nothing' }
  if (caller.by === 'pipeline') return undefined // each call proves its run anew
  const { signedInAt } = caller
  const isFresh = signedInAt !== undefined && secondsUntil(signedInAt, clock.now()) <= freshFor
  return isFresh ? undefined : { code: 'needs-fresh-sign-in', within: freshFor }
}

/** Each call without a sign-in is a visitor of its own. */
const visitorOf = ({ newNonce }: Deps, caller: Caller | undefined): string => {
  if (!caller) return `call ${newNonce()}`
  return caller.session === undefined ? `person ${caller.person.id}` : `session ${caller.session}`
}
