import { after, seconds, type Timestamp, timestamp } from '../domain/time.ts'
import type { Clock, Person, SignInSecrets } from '../ports.ts'

/** A sign-in under way: its browser, the page that asked for it, and the secrets that prove its end. */
export type Begun = { readonly browser: string; readonly page: string; readonly kept: SignInSecrets }

/** Remembers sign-ins; each is bound to one browser (the value of its cookie) and one page. A restart forgets them. */
export type SignIns<One extends Begun = Begun> = {
  begin(begun: One): void
  /**
   * Hands out a sign-in once. A request from another browser does not end it, so replaying an address has no effect.
   */
  take(browser: string | undefined, state: string): One | 'other-browser' | 'unknown'
  confirm(browser: string, page: string, person: Person): void
  /** The person who proved to use this browser, for this page. */
  confirmed(browser: string | undefined, page: string): Person | undefined
  /** When that person came back from the issuer. */
  confirmedAt(browser: string | undefined, page: string): Timestamp | undefined
  forget(browser: string, page: string): void
}

/** Longer than the life of any link that requires a sign-in. */
export const signInLife = seconds(600)
/**
 * One person needs only a few sign-ins per page. The limit keeps a thief of one link from pushing out other sign-ins.
 */
const defaultLimits = { perGroup: 5, all: 10_000 }

/**
 * Kept in memory: a sign-in is used once, and after a restart the person presses the button again. Only where the
 * address of a page is a secret; for others see `sealed-sign-ins.ts`.
 */
export const signIns = <One extends Begun = Begun>(clock: Pick<Clock, 'now'>, limits = defaultLimits): SignIns<One> => {
  const underWay = shelf<One>(clock, limits.all)
  const done = shelf<Person>(clock, limits.all)
  const place = (browser: string, page: string) => `${browser} ${page}`
  return {
    begin(begun) {
      const same = underWay.keys(({ page }) => page === begun.page)
      const tooMany = Math.max(0, same.length + 1 - limits.perGroup)
      for (const state of same.slice(0, tooMany)) underWay.remove(state)
      underWay.put(begun.kept.state, begun)
    },
    take(browser, state) {
      const found = underWay.get(state)
      if (!found) return 'unknown'
      if (found.browser !== browser) return 'other-browser'
      underWay.remove(state)
      return found
    },
    confirm: (browser, page, person) => done.put(place(browser, page), person),
    confirmed: (browser, page) => (browser === undefined ? undefined : done.get(place(browser, page))),
    confirmedAt: (browser, page) => (browser === undefined ? undefined : done.putAt(place(browser, page))),
    forget: (browser, page) => done.remove(place(browser, page)),
  }
}

/** A store whose things expire; when it is full, the oldest one goes. */
export const shelf = <T>(clock: Pick<Clock, 'now'>, room: number) => {
  const kept = new Map<string, { readonly thing: T; readonly until: Timestamp }>()
  const sweep = () => {
    for (const [key, { until }] of kept) if (until <= clock.now() || kept.size > room) kept.delete(key)
  }
  return {
    put(key: string, thing: T) {
      kept.delete(key)
      kept.set(key, { thing, until: after(clock.now(), signInLife) })
      sweep()
    },
    get(key: string): T | undefined {
      const found = kept.get(key)
      return found && found.until > clock.now() ? found.thing : undefined
    },
    /** When that thing was put here. */
    putAt(key: string): Timestamp | undefined {
      const found = kept.get(key)
      return found && found.until > clock.now() ? timestamp(found.until - signInLife * 1000) : undefined
    },
    remove: (key: string) => void kept.delete(key),
    keys: (isMeant: (thing: T) => boolean) =>
      [...kept].flatMap(([key, { thing, until }]) => (until > clock.now() && isMeant(thing) ? [key] : [])),
  }
}
