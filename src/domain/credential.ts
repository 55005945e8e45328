import type { Secret } from './secret.ts'
import type { Timestamp } from './time.ts'
import type { WorkloadKind } from './workload.ts'

/** How the holder of a token uses it; it contains no secret. */
export type Usage = {
  /** The vault's address for people. */
  readonly address: string
  readonly namespace?: string
  /** The commands to type after the login, one line per item. Mount and path are shell-quoted. */
  readonly commands: readonly string[]
  /** Each way to use it, for exactly what it opens. */
  readonly ways: readonly Way[]
  /** What outlasts the end of the access, a sentence each; absent for nothing. */
  readonly outlasts?: readonly string[]
  /** Words of the commands that people replace by their own; absent for none. */
  readonly fillIn?: readonly string[]
  /** Whether the vault's own pages show an item, and a command does. */
  readonly hasPage?: true
  /** How the workload logs in; absent where a person uses it. */
  readonly login?: WorkloadLogin
}

/** The login of a workload at the vault; it contains no secret. */
export type WorkloadLogin = {
  readonly kind: WorkloadKind
  /** Where it logs in, such as `kubernetes` for `auth/kubernetes/login`. */
  readonly mount: string
  /** The role that exists for this access alone. */
  readonly role: string
  /** The audience that its token must have. */
  readonly audience?: string
  /** The login with the vault's own program, without a secret. */
  readonly commands: readonly string[]
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
} & (
    | {
        /** Signs in to the vault's own web pages in one click and opens the first item that has a page. It contains the wrapping token. */
        readonly signInUrl: Secret
        readonly appRole?: never
      }
    | {
        /** A job or service gets a wrapped secret_id, and no person a token. */
        readonly appRole: AppRole
        readonly signInUrl?: never
      }
  )

/** What a workload needs beside its secret_id. The role_id is no secret. */
export type AppRole = {
  readonly roleId: string
  /** Until when the secret_id can log in. */
  readonly loginBy: Timestamp
  readonly uses: 'once' | 'many'
}
