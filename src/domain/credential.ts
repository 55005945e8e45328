import type { Secret } from './secret.ts'
import type { Timestamp } from './time.ts'

/** How the holder of a token uses it; it contains no secret. */
export type Usage = {
  /** The vault's address for people. */
  readonly address: string
  readonly namespace?: string
  /** The commands to type after the login, one line per item. Mount and path are shell-quoted. */
  readonly commands: readonly string[]
  /** Each way to use it, for exactly what it opens. */
  readonly ways: readonly Way[]
}

/** The ways to use an access; the last ones are for workloads. */
export const wayKinds = ['cli', 'latchkey', 'curl', 'env', 'agent', 'external-secrets', 'injector', 'cron-job'] as const

/** One way to use a token, ready to copy. The text holds no token. */
export type Way = {
  readonly kind: (typeof wayKinds)[number]
  readonly title: string
  readonly text: string
}

/** Shown once, never stored. */
export type Credential = Usage & {
  /** Works once, until `spendBy`; unwrapping it yields the token that works until the grant's end. */
  readonly wrappingToken: Secret
  readonly spendBy: Timestamp
  readonly until: Timestamp // the token's real end: the order's, or earlier where the vault limits it
  /** Signs in to the vault's own web pages in one click and opens the first item. It contains the wrapping token. */
  readonly signInUrl: Secret
}
