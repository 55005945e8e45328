import type { Identity } from '../../domain/card.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/refusal.ts'
import type { Clock } from '../../ports.ts'

/** Asks the platform whether an account is an ordinary one now. Throws an `ExternalError` when it does not say. */
export type AskPlatform = (identity: Identity) => Promise<Outcome<void>>

/** `minute` accepts a yes that is at most so old, and asks again after a no. */
export type Admits = (identity: Identity, freshness: 'fresh' | 'minute') => Promise<Outcome<void>>

/** How a turn has the account looked at before it does anything. Each turn must say it. */
export type Admission =
  | 'fresh'
  | 'minute'
  /** As `minute`, but while the platform is silent the turn goes on: it gives nothing, and what follows asks again. */
  | 'minute-unless-silent'
  /** Not at all: whoever holds a grant may give it back, also a guest, or somebody who has left the directory. */
  | { readonly givesBack: GrantId }

/** Milliseconds. */
const minute = 60_000
const remembered = 10_000

/** Remembers what the platform said of late. */
export const newAdmits = (ask: AskPlatform, clock: Pick<Clock, 'now'>): Admits => {
  const seen = new Map<string, { readonly at: number; readonly outcome: Outcome<void> }>()
  return async (identity, freshness) => {
    const key = `${identity.tenant}/${identity.subject}`
    const earlier = seen.get(key)
    if (freshness === 'minute' && earlier?.outcome.ok && clock.now() - earlier.at < minute) return earlier.outcome
    const outcome = await ask(identity)
    if (seen.size >= remembered) seen.clear()
    seen.set(key, { at: clock.now(), outcome })
    return outcome
  }
}
