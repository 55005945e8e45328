import { byPerson } from '../domain/audit-event.ts'
import type { Credential } from '../domain/credential.ts'
import { type FetchLink, isUnspent, visit } from '../domain/fetch-link.ts'
import type { GrantId, PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { type Found, findLink, type Live, linkEvent, liveOf, type Shown } from './find-link.ts'
import { linkMisused } from './link-misused.ts'
import { mintCredential } from './mint-credential.ts'

/** A link that gives this visitor nothing, and why. A used link reveals neither what it opened nor for whom. */
export type Spent =
  | { readonly kind: 'redeemed-here'; readonly what: Shown }
  | { readonly kind: 'used'; readonly at: Timestamp; readonly isReported: boolean }
  | { readonly kind: 'expired' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'sign-in-first' }
  | { readonly kind: 'unusable' }
export type LinkLook = { readonly kind: 'ready'; readonly what: Shown } | Spent
export type Redeemed =
  | { readonly kind: 'credential'; readonly what: Shown; readonly credential: Credential; readonly grant: GrantId }
  /** Somebody else tried the link at the same moment, so nobody got anything. */
  | { readonly kind: 'contested' }
  | { readonly kind: 'failed' }
  /** The vault refused for now and gave nothing: the same browser may press again after this many milliseconds. */
  | { readonly kind: 'not-yet'; readonly after: number }
  | Spent

/**
 * What a visitor may see of a link. It changes nothing, because previewers come here too. Where a sign-in is required,
 * the link alone does not even show whether it was used. `signedIn` is the person who proved to use this browser.
 */
export const lookAtFetchLink =
  (deps: Deps) =>
  async (nonce: string, browser: string | undefined, signedIn?: PersonId): Promise<LinkLook> => {
    const found = await findLink(deps, nonce)
    return found ? lookAt(deps, found, browser, signedIn) : { kind: 'unusable' }
  }

const lookAt = (deps: Deps, found: Found, browser: string | undefined, signedIn?: PersonId): LinkLook => {
  const { link } = found
  const live = liveOf(deps, found)
  const visitor = visit(link, browser && deps.hash(browser), deps.clock.now())
  switch (visitor) {
    case 'first':
      return live ? offer(deps, live, signedIn) : { kind: 'unusable' }
    case 'bound-elsewhere':
      return { kind: 'unusable' }
    case 'expired':
    case 'replaced':
      return { kind: visitor }
    case 'same-browser':
      if (live && isUnspent(link, deps.clock.now())) return offer(deps, live, signedIn)
      return live && link.misusedAt === undefined ? { kind: 'redeemed-here', what: live.what } : used(link)
    case 'other-browser':
      if (isConfirmed(deps, link, signedIn)) return used(link)
      return live ? { kind: 'sign-in-first' } : { kind: 'unusable' }
    default:
      return visitor satisfies never
  }
}

const offer = (deps: Deps, { link, what }: Live, signedIn: PersonId | undefined): LinkLook =>
  isConfirmed(deps, link, signedIn) ? { kind: 'ready', what } : { kind: 'sign-in-first' }

const isConfirmed = ({ settings }: Deps, link: FetchLink, signedIn: PersonId | undefined): boolean =>
  settings.linkConfirm === 'none' || signedIn === link.person

const used = ({ redeemedAt, misusedAt }: FetchLink): Spent =>
  redeemedAt === undefined
    ? { kind: 'unusable' }
    : { kind: 'used', at: redeemedAt, isReported: misusedAt !== undefined }

/**
 * Uses up the link and mints its credential. One conditional update decides the winner before anything is minted. So a
 * lost response costs the link, but never makes a second credential. A press from another browser, on a page that was
 * opened before the use, raises the alarm.
 */
export const redeemFetchLink =
  (deps: Deps) =>
  async (nonce: string, browser: string, signedIn?: PersonId): Promise<Redeemed> => {
    const found = await findLink(deps, nonce)
    if (!found) return { kind: 'unusable' }
    const live = liveOf(deps, found)
    if (live && isConfirmed(deps, found.link, signedIn)) {
      const now = deps.clock.now()
      const audit = [linkEvent(found, now, 'link-redeemed')]
      const isWinner = await deps.store.redeem(found.link.hash, deps.hash(browser), now, audit)
      if (isWinner) {
        const minted = await mintCredential(deps, live)
        if (minted.kind !== 'credential') return minted
        const until = minted.credential.until < live.what.until ? minted.credential.until : live.what.until
        return { ...minted, what: { ...live.what, until }, grant: live.grant.id }
      }
    }
    const spent = await reload(deps, found)
    const visitor = visit(spent.link, deps.hash(browser), deps.clock.now())
    // A signed-in visitor is the link's own person at another browser, which is no misuse.
    if (visitor === 'other-browser' && deps.settings.linkConfirm === 'none') {
      await linkMisused(deps)(spent.link, 'other-browser')
    }
    return withoutOffer(lookAt(deps, await reload(deps, found), browser, signedIn))
  }

/** A visitor reports that they did not use the link. Where a sign-in is required, only its person can report. */
export const reportFetchLink =
  (deps: Deps) =>
  async (nonce: string, browser: string, signedIn?: PersonId): Promise<Spent> => {
    const found = await findLink(deps, nonce)
    if (!found) return { kind: 'unusable' }
    if (found.link.state === 'redeemed' && isConfirmed(deps, found.link, signedIn)) {
      await linkMisused(deps)(found.link, 'reported', signedIn && byPerson(signedIn))
    }
    return withoutOffer(lookAt(deps, await reload(deps, found), browser, signedIn))
  }

const reload = async (deps: Deps, { link, loaded }: Found): Promise<Found> => ({
  link: (await deps.store.link({ id: link.id })) ?? link,
  loaded: (await deps.store.request(link.request)) ?? loaded,
})

/** The answer must not offer a link again that could not be redeemed. */
const withoutOffer = (look: LinkLook): Spent => (look.kind === 'ready' ? { kind: 'unusable' } : look)
