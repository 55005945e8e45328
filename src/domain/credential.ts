import type { Secret } from './secret.ts'
import type { Timestamp } from './time.ts'

/** How somebody who has the token uses it; nothing in it is secret. */
export type Usage = {
  /** The vault's address as people reach it. */
  readonly address: string
  readonly namespace?: string
  /** What to type once signed in, one line an item. Mount and path arrive shell-quoted. */
  readonly commands: readonly string[]
}

/** Shown once, never stored. */
export type Credential = Usage & {
  /** Works once, until `spendBy`; opening it yields the token that works until the grant's end. */
  readonly wrappingToken: Secret
  readonly spendBy: Timestamp
  readonly until: Timestamp // the token's real end: the order's, or earlier where the vault limits it
  /** Signs in to the vault's own web pages in one click and lands on the first item. Holds the wrapping token. */
  readonly signInUrl: Secret
}
