import { byPerson } from '../domain/audit-event.ts'
import type { Credential } from '../domain/credential.ts'
import { type FetchLink, isUnspent, visit } from '../domain/fetch-link.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { type Found, findLink, type Live, linkEvent, liveOf, type Shown } from './find-link.ts'
import { linkMisused } from './link-misused.ts'
import { mintCredential } from './mint-credential.ts'

/** A link that gives nothing to this visitor, and why. A used one tells neither what it led to nor whose it was. */
export type Spent =
  | { readonly kind: 'redeemed-here'; readonly what: Shown }
  | { readonly kind: 'used'; readonly at: Timestamp; readonly isReported: boolean }
  | { readonly kind: 'expired' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'sign-in-first' }
  | { readonly kind: 'unusable' }
export type LinkLook = { readonly kind: 'ready'; readonly what: Shown } | Spent
export type Redeemed =
  | { readonly kind: 'credential'; readonly what: Shown; readonly credential: Credential }
  /** Somebody else tried the link at the same moment, so nobody was given anything. */
  | { readonly kind: 'contested' }
  | { readonly kind: 'failed' }
  /** The vault refused for now and gave nothing: the same browser may press again, after so many milliseconds. */
  | { readonly kind: 'not-yet'; readonly after: number }
  | Spent

/**
 * What a visitor may see of a link. Changes nothing: previewers and scanners come here too. Where a sign-in is asked for,
 * the link alone does not even say whether it was used. `signedIn` is who proved to sit at this browser, for this link.
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
 * Spends the link and mints its credential. The one conditional update decides who wins, before anything is minted: a
 * response that is lost costs the link, never a second credential. A press on a page that was opened before the link was
 * used, from another browser than the one that used it, raises the link's alarm.
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
        return { ...minted, what: { ...live.what, until } }
      }
    }
    const spent = await reload(deps, found)
    const visitor = visit(spent.link, deps.hash(browser), deps.clock.now())
    // A person who signed in is the link's own, only at another browser: that alone is no misuse.
    if (visitor === 'other-browser' && deps.settings.linkConfirm === 'none') {
      await linkMisused(deps)(spent.link, 'other-browser')
    }
    return withoutOffer(lookAt(deps, await reload(deps, found), browser, signedIn))
  }

/** Somebody says that they did not use the link. Where a sign-in is asked for, only its person can say so. */
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

/** A link that could not be redeemed is not offered again in the same answer. */
const withoutOffer = (look: LinkLook): Spent => (look.kind === 'ready' ? { kind: 'unusable' } : look)
