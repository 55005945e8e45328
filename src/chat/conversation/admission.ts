import type { Identity } from '../../domain/card.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/refusal.ts'
import type { Clock } from '../../ports.ts'

/** Asks the platform whether an account is an ordinary one now. Throws an `ExternalError` without an answer. */
export type AskPlatform = (identity: Identity) => Promise<Outcome<void>>

/** `minute` accepts a yes up to a minute old, and asks again after a no. */
export type Admits = (identity: Identity, freshness: 'fresh' | 'minute') => Promise<Outcome<void>>

/** How a turn has the account checked before it acts. Each turn must state it. */
export type Admission =
  | 'fresh'
  | 'minute'
  /** Like `minute`, but a silent platform does not stop the turn: it gives nothing, and the next step asks again. */
  | 'minute-unless-silent'
  /** No check: a holder may give a grant back, even as a guest or after leaving the directory. */
  | { readonly givesBack: GrantId }

/** Milliseconds. */
const minute = 60_000
const remembered = 10_000

/** Remembers the platform's recent answers. */
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
