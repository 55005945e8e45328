import { after, seconds, type Timestamp } from '../domain/time.ts'
import type { Clock, Person, SignInSecrets } from '../ports.ts'

/** A sign-in under way: its browser, its link, and the secrets that prove its end. */
export type Begun = { readonly browser: string; readonly nonce: string; readonly kept: SignInSecrets }

/** Remembers sign-ins; each is bound to one browser (the value of its cookie) and one link. A restart forgets them. */
export type SignIns = {
  begin(begun: Begun): void
  /**
   * Hands out a sign-in once. A request from another browser does not end it, so replaying an address has no effect.
   */
  take(browser: string | undefined, state: string): Begun | 'other-browser' | 'unknown'
  confirm(browser: string, nonce: string, person: Person): void
  /** The person who proved to use this browser, for this link. */
  confirmed(browser: string | undefined, nonce: string): Person | undefined
  forget(browser: string, nonce: string): void
}

/** Longer than the life of any link that requires a sign-in. */
const life = seconds(600)
/**
 * One person needs only a few sign-ins per link. The limit keeps a thief of one link from pushing out other sign-ins.
 */
const defaults = { perLink: 5, all: 10_000 }

/** Kept in memory: a sign-in is used once, and after a restart the person presses the button again. */
export const signIns = (clock: Pick<Clock, 'now'>, limits = defaults): SignIns => {
  const underWay = shelf<Begun>(clock, limits.all)
  const done = shelf<Person>(clock, limits.all)
  const place = (browser: string, nonce: string) => `${browser} ${nonce}`
  return {
    begin(begun) {
      const sameLink = underWay.keys(({ nonce }) => nonce === begun.nonce)
      const tooMany = Math.max(0, sameLink.length + 1 - limits.perLink)
      for (const state of sameLink.slice(0, tooMany)) underWay.remove(state)
      underWay.put(begun.kept.state, begun)
    },
    take(browser, state) {
      const found = underWay.get(state)
      if (!found) return 'unknown'
      if (found.browser !== browser) return 'other-browser'
      underWay.remove(state)
      return found
    },
    confirm: (browser, nonce, person) => done.put(place(browser, nonce), person),
    confirmed: (browser, nonce) => (browser === undefined ? undefined : done.get(place(browser, nonce))),
    forget: (browser, nonce) => done.remove(place(browser, nonce)),
  }
}

/** A store whose things expire; when it is full, the oldest one goes. */
const shelf = <T>(clock: Pick<Clock, 'now'>, room: number) => {
  const kept = new Map<string, { readonly thing: T; readonly until: Timestamp }>()
  const sweep = () => {
    for (const [key, { until }] of kept) if (until <= clock.now() || kept.size > room) kept.delete(key)
  }
  return {
    put(key: string, thing: T) {
      kept.delete(key)
      kept.set(key, { thing, until: after(clock.now(), life) })
      sweep()
    },
    get(key: string): T | undefined {
      const found = kept.get(key)
      return found && found.until > clock.now() ? found.thing : undefined
    },
    remove: (key: string) => void kept.delete(key),
    keys: (isMeant: (thing: T) => boolean) =>
      [...kept].flatMap(([key, { thing, until }]) => (until > clock.now() && isMeant(thing) ? [key] : [])),
  }
}
