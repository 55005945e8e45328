import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import { grantId, type PersonId } from '../domain/ids.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { admitPerson } from './admit-person.ts'
import { type Confirmed, personOf } from './confirm-fetch-link.ts'
import { aboutGrant, type Deps } from './deps.ts'
import { liveGrantOf, type Shown } from './find-link.ts'
import { linkMisused } from './link-misused.ts'
import { openFetchLink } from './open-fetch-link.ts'
import { recordRefusal } from './record-refusal.ts'

export type AccessLook =
  /** `before`: when another browser fetched the credential that works now. */
  { readonly kind: 'ready'; readonly what: Shown; readonly before?: Timestamp } | { readonly kind: 'nothing' }
/** A link for one press, or none. */
export type Opened = { readonly kind: 'link'; readonly nonce: string } | { readonly kind: 'nothing' }

/**
 * Handles a sign-in for the page of an access. Its address holds the grant's id, which many may know, so everything
 * depends on who signed in. Whoever is not its holder learns nothing, not even whether it exists.
 */
export const enterAccess =
  (deps: Deps) =>
  async (id: string, identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
    const loaded = await deps.store.requestOfGrant(grantId(id))
    const person = personOf(deps, identities)
    const [account] = identities
    const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
    const refusal = person ? refusalFor(deps, loaded, person.id) : ({ code: 'unknown-person', ...account } as const)
    const about = loaded?.grant ? aboutGrant(loaded.request, loaded.grant.id) : {}
    if (refusal) {
      await recordRefusal(deps)(actor, refusal, about)
      return person ? { kind: 'nothing', person } : { kind: 'nobody', accounts: identities }
    }
    const event = { at: deps.clock.now(), kind: 'link-confirmed', actor, ...about } as const
    await deps.store.audit([{ ...event, detail: { issuer: account.tenant } }])
    return person ? { kind: 'confirmed', person } : { kind: 'nobody', accounts: identities }
  }

const refusalFor = (deps: Deps, loaded: Loaded | undefined, person: PersonId): Refusal | undefined => {
  if (!loaded?.grant) return { code: 'no-such-request' }
  if (loaded.request.requester !== person) return { code: 'not-the-requester' }
  return liveGrantOf(deps, loaded) ? undefined : { code: 'access-not-active', state: 'ended' }
}

/** What the page shows to the person who signed in. It changes nothing. */
export const lookAtAccess =
  (deps: Deps) =>
  async (id: string, person: PersonId, browser: string): Promise<AccessLook> => {
    const loaded = await deps.store.requestOfGrant(grantId(id))
    const live = loaded?.request.requester === person ? liveGrantOf(deps, loaded) : undefined
    if (!live) return { kind: 'nothing' }
    const before = (await fetchedElsewhere(deps, id, browser))?.redeemedAt
    return { kind: 'ready', what: live.what, ...(before !== undefined && { before }) }
  }

const fetchedElsewhere = async (deps: Deps, id: string, browser: string): Promise<FetchLink | undefined> => {
  const links = await deps.store.linksInUse(grantId(id))
  return links.findLast(
    ({ credential, browser: by, misusedAt }) =>
      credential?.state === 'issued' && by !== deps.hash(browser) && misusedAt === undefined,
  )
}

/**
 * Draws a one-time link for the press of its person, after the same checks as a press in the chat. The person has just
 * signed in at the issuer, so a chat that does not answer stops nobody.
 */
export const openAccess =
  (deps: Deps) =>
  async (id: string, person: PersonId): Promise<Opened> => {
    const grant = grantId(id)
    const admitted = await admitPerson(deps)(person)
    const isRefused = admitted !== 'silent' && !admitted.ok
    const opened = isRefused ? admitted : await openFetchLink(deps)(grant, person)
    if (opened.ok) return { kind: 'link', nonce: opened.value.url.reveal().split('/').at(-1) ?? '' }
    await recordRefusal(deps)(byPerson(person), opened.refusal, { grant })
    return { kind: 'nothing' }
  }

/** The person reports that another browser's fetch was not theirs. `false` when there is none to report; that is audited. */
export const reportAccess =
  (deps: Deps) =>
  async (id: string, person: PersonId, browser: string): Promise<boolean> => {
    const link = await fetchedElsewhere(deps, id, browser)
    if (link?.person !== person) {
      const loaded = await deps.store.requestOfGrant(grantId(id))
      const foreign = loaded && loaded.request.requester !== person
      const code = foreign ? 'not-the-requester' : loaded ? 'link-unusable' : 'no-such-request'
      const about = loaded?.grant ? aboutGrant(loaded.request, loaded.grant.id) : {}
      await recordRefusal(deps)(byPerson(person), { code }, about)
      return false
    }
    await linkMisused(deps)(link, 'reported', byPerson(person))
    return true
  }
