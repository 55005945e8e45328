import type { Identity } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'

/** Who people are. Unknown means `undefined`, never a guess. */
export interface Directory {
  person(identity: Identity): Person | undefined
  find(id: PersonId): Person | undefined
  /** People in a party today; empty for one that does not exist. */
  members(party: Party): readonly PersonId[]
  /** Which state of its source the answers come from; kept with each decision. */
  readonly fingerprint?: () => string
}
export type Person = { readonly id: PersonId; readonly name: string; readonly identities: readonly Identity[] }

/** Proof of who sits at a browser, from an OpenID Connect issuer. What fails is an `ExternalError`. */
export interface SignIn {
  /** The issuer's host, as people know it. */
  readonly at: string
  /** Where the issuer asks the person; `anew` asks also whom it remembers. `kept` never leaves this process. */
  begin(anew: boolean): Promise<{ readonly url: string; readonly kept: SignInSecrets }>
  /** Who came back, under each name that the issuer gives, the one to show first. */
  finish(answer: URLSearchParams, kept: SignInSecrets): Promise<readonly [Identity, ...Identity[]]>
  /** Throws while the issuer does not answer. */
  check(): Promise<void>
}
export type SignInSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string }
