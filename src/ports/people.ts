import type { Identity } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { Timestamp } from '../domain/time.ts'

/** The people. An unknown person is `undefined`, never a guess. */
export interface Directory {
  person(identity: Identity): Person | undefined
  find(id: PersonId): Person | undefined
  /** The people in a party today; empty for an unknown party. */
  members(party: Party): readonly PersonId[]
  /** Every party in which the person is today. */
  partiesOf(person: PersonId): readonly Party[]
  /** The state of the source behind the answers; each decision keeps it. */
  readonly fingerprint?: () => string
}
export type Person = {
  readonly id: PersonId
  readonly name: string
  readonly identities: readonly Identity[]
  /** A CI job: it asks and uses its own access, has no account anywhere, and never decides. */
  readonly isPipeline?: true
}

/** Proof of the person at a browser, from an OpenID Connect issuer. Failures are `ExternalError`. */
export interface SignIn {
  /** The issuer's host, as people know it. */
  readonly at: string
  /**
   * Starts a sign-in and returns the issuer's address for it. Without `secrets` it draws them. `kept` never leaves this
   * process.
   */
  begin(how: SignInHow, secrets?: SignInSecrets): Promise<{ readonly url: string; readonly kept: SignInSecrets }>
  /** The person who returned, under each of the issuer's identities, the one to show first. */
  finish(answer: URLSearchParams, kept: SignInSecrets): Promise<readonly [Identity, ...Identity[]]>
  /** Throws while the issuer does not answer. */
  check(): Promise<void>
}
/**
 * `other-account` lets a person choose whom the issuer remembers. `fresh` proves that they have just signed in: the
 * address is in the person's hands, so its end is checked, too.
 */
export type SignInHow = 'remembered' | 'other-account' | 'fresh'
export type SignInSecrets = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** The person must have signed in at the issuer since then. */
  readonly freshSince?: Timestamp
}
